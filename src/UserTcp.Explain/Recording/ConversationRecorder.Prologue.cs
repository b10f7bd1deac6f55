using UserTcp.Dns;
using UserTcp.Explain.Model;
using UserTcp.Network;

namespace UserTcp.Explain.Recording;

/// <summary>What happens before a connection can be opened: a name becomes an address, an address becomes a neighbour's MAC address.</summary>
internal sealed partial class ConversationRecorder
{
    /// <summary>Lines that are kept.</summary>
    private const int PrologueKept = 32;

    private readonly List<PrologueLine> _prologue = [];

    /// <inheritdoc/>
    public void ArpRequestSent(in ArpRequestSentEvent e)
    {
        if (e.Attempt > 0) Line(e.At, $"ARP: who has {e.Target}?{(e.Attempt > 1 ? $" (asked {e.Attempt} times)" : "")}");
    }

    /// <inheritdoc/>
    public void ArpResolved(in ArpResolvedEvent e) => Line(e.At, $"ARP: {e.Address} is at {e.Mac}");

    /// <inheritdoc/>
    public void ArpFailed(in ArpFailedEvent e) => Line(e.At, $"ARP: nobody says that they have {e.Address}, asked {e.Attempts} times; {e.PacketsLost} packets had waited for it");

    /// <inheritdoc/>
    public void AddressConflict(in AddressConflictEvent e) => Line(e.At, $"ARP: {e.Other} uses our address {e.Address} too (RFC 5227 2.4)");

    /// <inheritdoc/>
    public void IcmpSent(in IcmpEvent e)
    {
        // Our own errors and echoes tell nothing about how a connection came to be.
    }

    /// <inheritdoc/>
    public void IcmpReceived(in IcmpEvent e)
    {
        // What matters to a connection comes back as its own change of state, with the reason.
    }

    /// <inheritdoc/>
    public void DatagramDropped(in DatagramDroppedEvent e)
    {
        // A dropped segment was never on the ladder; the sender's retransmission will be.
    }

    /// <inheritdoc/>
    public void QuerySent(in DnsQuerySentEvent e)
        => Line(e.At, $"DNS: what is the address of {e.Name}? Asked {e.Server}{(e.OverTcp ? " over TCP" : "")}{(e.Try > 1 ? $", try {e.Try}" : "")}");

    /// <inheritdoc/>
    public void AnswerReceived(in DnsAnswerReceivedEvent e)
    {
        string what = e.Addresses.Count > 0 ? $"{e.Name} is {string.Join(", ", e.Addresses)}" : $"{e.Code} for {e.Name}";
        Line(e.At, string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"DNS: {what}, says {e.Server}{(e.Truncated ? ", and there is more (truncated)" : "")}, after {e.RoundTrip.TotalMilliseconds:F3} ms"));
    }

    /// <inheritdoc/>
    public void AnswerIgnored(in DnsAnswerIgnoredEvent e) => Line(e.At, $"DNS: something from {e.From} is no answer to our question: {e.Reason}");

    /// <inheritdoc/>
    public void TryFailed(in DnsTryFailedEvent e) => Line(e.At, $"DNS: {e.Server} did not help with {e.Name}: {e.Reason}");

    /// <inheritdoc/>
    public void LookupFailed(in DnsFailedEvent e) => Line(e.At, $"DNS: {e.Message}");

    private void Line(Instant at, string text)
    {
        lock (_gate)
        {
            if (_prologue.Count < PrologueKept) _prologue.Add(new(at, text));
        }
    }
}
