using UserTcp.Network;

namespace UserTcp.Tests.Network;

/// <summary>Keeps the events as text, in order.</summary>
internal sealed class NetworkLog : INetworkEventSink
{
    public List<string> Lines { get; } = [];

    public void ArpRequestSent(in ArpRequestSentEvent e) => Lines.Add($"arp request {e.Attempt} for {e.Target} to {e.To}");

    public void ArpResolved(in ArpResolvedEvent e) => Lines.Add($"arp {e.Address} is {e.Mac}");

    public void ArpFailed(in ArpFailedEvent e) => Lines.Add($"arp {e.Address} failed after {e.Attempts}, {e.PacketsLost} lost");

    public void AddressConflict(in AddressConflictEvent e) => Lines.Add($"conflict on {e.Address} with {e.Other}, {(e.Defended ? "defended" : "not defended")}");

    public void IcmpSent(in IcmpEvent e) => Lines.Add($"icmp {e.Message.Type}/{e.Message.Code} to {e.Destination}, {e.PayloadLength} bytes");

    public void IcmpReceived(in IcmpEvent e) => Lines.Add($"icmp {e.Message.Type}/{e.Message.Code} from {e.Source}");

    public void DatagramDropped(in DatagramDroppedEvent e) => Lines.Add($"dropped {e.Reason}");
}
