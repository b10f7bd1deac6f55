using UserTcp.Wire;

namespace UserTcp.Network;

/// <summary>Hears what happens between the frame and the transport. Called with the stack's lock held: do not block and do not call back into the stack.</summary>
public interface INetworkEventSink
{
    /// <summary>An ARP request of ours left.</summary>
    void ArpRequestSent(in ArpRequestSentEvent e);

    /// <summary>A neighbour's MAC address became known or changed.</summary>
    void ArpResolved(in ArpResolvedEvent e);

    /// <summary>A neighbour did not answer.</summary>
    void ArpFailed(in ArpFailedEvent e);

    /// <summary>Somebody else uses our address (RFC 5227 2.4).</summary>
    void AddressConflict(in AddressConflictEvent e);

    /// <summary>An ICMP message left.</summary>
    void IcmpSent(in IcmpEvent e);

    /// <summary>An ICMP message arrived.</summary>
    void IcmpReceived(in IcmpEvent e);

    /// <summary>A datagram was not delivered or not sent.</summary>
    void DatagramDropped(in DatagramDroppedEvent e);
}

/// <summary>An ARP request of ours left.</summary>
/// <param name="At">When.</param>
/// <param name="Target">Whose MAC address is asked for.</param>
/// <param name="Attempt">The first is 1; 0 is an announcement of our own address.</param>
/// <param name="To">Where it went: the broadcast address, or the neighbour that is asked to confirm.</param>
public readonly record struct ArpRequestSentEvent(Instant At, IpAddress Target, int Attempt, MacAddress To);

/// <summary>A neighbour's MAC address became known or changed.</summary>
/// <param name="At">When.</param>
/// <param name="Address">The neighbour.</param>
/// <param name="Mac">Its MAC address.</param>
public readonly record struct ArpResolvedEvent(Instant At, IpAddress Address, MacAddress Mac);

/// <summary>A neighbour did not answer.</summary>
/// <param name="At">When.</param>
/// <param name="Address">The neighbour.</param>
/// <param name="Attempts">How many requests were sent.</param>
/// <param name="PacketsLost">How many packets had waited for it.</param>
public readonly record struct ArpFailedEvent(Instant At, IpAddress Address, int Attempts, int PacketsLost);

/// <summary>Somebody else uses our address.</summary>
/// <param name="At">When.</param>
/// <param name="Address">Our address.</param>
/// <param name="Other">Who else claims it.</param>
/// <param name="Defended">Whether we answer with an announcement: at most one in 10 s (RFC 5227 2.4 (c)).</param>
public readonly record struct AddressConflictEvent(Instant At, IpAddress Address, MacAddress Other, bool Defended);

/// <summary>An ICMP message left or arrived.</summary>
/// <param name="At">When.</param>
/// <param name="Source">The sender.</param>
/// <param name="Destination">The receiver.</param>
/// <param name="Message">Its header.</param>
/// <param name="PayloadLength">Bytes after the header.</param>
public readonly record struct IcmpEvent(Instant At, IpAddress Source, IpAddress Destination, IcmpMessage Message, int PayloadLength);

/// <summary>A datagram was not delivered or not sent.</summary>
/// <param name="At">When.</param>
/// <param name="Source">The sender; all zeros when the header could not be read.</param>
/// <param name="Destination">The receiver; all zeros when the header could not be read.</param>
/// <param name="Protocol">What it carried.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Reason">Why.</param>
public readonly record struct DatagramDroppedEvent(
    Instant At, IpAddress Source, IpAddress Destination, IpProtocol Protocol, int Length, DropReason Reason);

/// <summary>Why a datagram was not delivered or not sent.</summary>
public enum DropReason
{
    /// <summary>It was not dropped.</summary>
    None = 0,

    /// <summary>A header that cannot be read, or a wrong checksum.</summary>
    Malformed,

    /// <summary>A destination that is not ours (RFC 1122 3.2.1.3).</summary>
    NotForUs,

    /// <summary>A source that no host can have, or our own (RFC 1122 3.2.1.3).</summary>
    MartianSource,

    /// <summary>A unicast destination in a link-layer broadcast (RFC 1122 3.3.6).</summary>
    LinkBroadcast,

    /// <summary>A source route; we are no router and follow none.</summary>
    SourceRoute,

    /// <summary>A fragment so small that it hides the transport header from filters (RFC 1858 3, RFC 3128 2).</summary>
    TinyFragment,

    /// <summary>Fragments that contradict each other (RFC 5722 4, by the same reasoning).</summary>
    FragmentOverlap,

    /// <summary>Fragments that end outside of any datagram, or a length that is not a multiple of 8.</summary>
    FragmentShape,

    /// <summary>More incomplete datagrams than the budget allows.</summary>
    ReassemblyBudget,

    /// <summary>The rest of the fragments did not come in time (RFC 791 3.2).</summary>
    ReassemblyTimeout,

    /// <summary>No route leads to the destination, or it is not unicast.</summary>
    NoRoute,

    /// <summary>Too many packets wait for the same neighbour; the oldest went.</summary>
    ArpQueueFull,

    /// <summary>The neighbour did not answer ARP.</summary>
    NeighbourUnreachable,

    /// <summary>A protocol that is not implemented here.</summary>
    UnknownProtocol,

    /// <summary>A port that nobody listens on.</summary>
    NoListener,

    /// <summary>A queue was full.</summary>
    QueueFull,
}
