using UserTcp.Dns;
using UserTcp.Network;
using UserTcp.Udp;
using UserTcp.Wire;

namespace UserTcp;

/// <content>Small exchanges without a connection: echoes, and the resolver's datagrams.</content>
internal sealed partial class NetStack
{
    /// <summary>Asks a host for an echo; the result comes with <see cref="TryTakeEcho"/>.</summary>
    /// <returns>False when there is no route to it, or too many wait.</returns>
    internal bool RequestEcho(IpAddress host, ushort identifier, ushort sequence, ReadOnlySpan<byte> data, TimeSpan timeout, Instant now)
        => _routes.Route(host, out _, out IpAddress source) == RouteVerdict.Found
            && _echoes.TryAdd(host, identifier, sequence, timeout, now)
            && _icmp.RequestEcho(source, host, identifier, sequence, data, now);

    /// <summary>Gives the next echo that was answered, refused or not answered in time.</summary>
    internal bool TryTakeEcho(out EchoResult result) => _echoes.TryTakeResult(out result);

    /// <summary>Puts what ICMP and the resolver want sent into packets.</summary>
    private void CollectErrands(Instant now)
    {
        while (_frames.Count < Budgets.ControlFrames && _icmp.TryTransmit(out IcmpDatagram datagram))
            SendPacket(IpProtocol.Icmp, datagram.Destination, datagram.Message.Span, now);
        while (_frames.Count < Budgets.ControlFrames && Resolver.TryTransmit(out DnsDatagram query))
        {
            if (!SendUdp(query.LocalPort, query.Server, query.Payload.Span, now))
                Resolver.Undeliverable(query.LocalPort, query.Server, $"{Address} has no route to {query.Server.Address}", now);
        }
    }

    private bool SendUdp(ushort sourcePort, IpEndpoint remote, ReadOnlySpan<byte> payload, Instant now)
    {
        byte[] datagram = new byte[UdpHeader.Size + payload.Length];
        payload.CopyTo(datagram.AsSpan(UdpHeader.Size));
        new UdpHeader(sourcePort, remote.Port).Write(datagram, Address, remote.Address);
        return SendPacket(IpProtocol.Udp, remote.Address, datagram, now);
    }

    /// <summary>Where the resolver gets its ports from and its answers through.</summary>
    private sealed class ResolverPorts(NetStack stack) : IDnsPorts, IUdpReceiver
    {
        public ushort Bind()
        {
            ushort port = 0;
            return stack._udp.TryBind(this, ref port) ? port : (ushort)0;
        }

        public void Release(ushort port) => stack._udp.Release(port);

        public void Arrived(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload, Instant now)
            => stack.Resolver.Arrived(local.Port, remote, payload, now);

        public void Undeliverable(ushort localPort, IpEndpoint remote, bool hard, string reason, Instant now)
            => stack.Resolver.Undeliverable(localPort, remote, reason, now);
    }
}
