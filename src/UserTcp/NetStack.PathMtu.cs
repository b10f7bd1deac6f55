using UserTcp.Network;
using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp;

/// <content>Path MTU discovery (RFC 1191): what a router tells one connection is for all to the same destination.</content>
internal sealed partial class NetStack
{
    private readonly PathMtuCache _pathMtus = new();

    // What an IPv4 packet can carry behind its own and the largest TCP header.
    private static int MaximumSuperSegment => ushort.MaxValue - Ipv4Header.MinimumSize - TcpHeader.MinimumSize - TcpHeader.MaximumOptions;

    private PathProperties LinkPath => new(_configuration.Mtu, Ipv4Header.MinimumSize, _configuration.Offload ? MaximumSuperSegment : 0);

    private PathProperties PathTo(IpAddress destination, Instant now)
        => LinkPath with { PathMtu = _pathMtus.Find(destination, _configuration.Mtu, now) };

    private void PacketTooBig(TcpSlot slot, in IcmpErrorReport report, Instant now)
    {
        bool narrower = slot.Connection.PacketTooBig(report.NextHopMtu, report.Seq, now);
        Settle(slot, now); // even a report that says no more than was known may be about a probe
        if (!narrower || !_pathMtus.Lower(report.Remote.Address, slot.Connection.PathMtu, _configuration.Mtu, now)) return;
        foreach (TcpSlot other in _connections.Values)
        {
            if (other.Connection.Tuple.Remote.Address == report.Remote.Address && other.Connection.PathNarrowed(report.NextHopMtu, now)) Settle(other, now);
        }
    }
}
