using UserTcp.Dns;
using UserTcp.Network;
using UserTcp.Tcp;
using UserTcp.Udp;
using UserTcp.Wire;

namespace UserTcp;

/// <summary>The whole stack below the host: frames and time in; frames, deadlines and signals out. One thread at a time.</summary>
/// <remarks>
/// <para>It owns no thread, socket, clock or random source. The TAP loop, the simulator and the tests drive the same object:
/// <see cref="FrameArrives"/> for what arrived, <see cref="Advance"/> when <see cref="NextDeadline"/> has come, then <see cref="TryTransmit"/> until there is no more.</para>
/// <para>Only here do the rooms meet: Network says where a packet goes, Tcp what is in it, and the stack carries it from one to the other.
/// Input is in NetStack.Input.cs, output in NetStack.Output.cs, connections in NetStack.Tcp.cs, listeners in
/// NetStack.Listeners.cs, the resolver's and ping's errands in
/// NetStack.Errands.cs.</para>
/// </remarks>
internal sealed partial class NetStack
{
    private readonly NetStackConfiguration _configuration;
    private readonly IStackEventSink? _events;
    private readonly RouteTable _routes = new();
    private readonly ArpTable _arp;
    private readonly IcmpSender _icmp;
    private readonly Ipv4Reassembler _reassembler;
    private readonly Ipv4Identification _identification;
    private readonly EchoRequests _echoes = new();
    private readonly UdpPorts _udp;

    internal NetStack(NetStackConfiguration configuration, Instant now)
    {
        _configuration = configuration;
        _events = configuration.Events;
        _routes.AddOnLink(configuration.Address);
        if (configuration.Gateway is IpAddress gateway) _routes.AddGateway(Ipv4Prefix.Everything, gateway);
        _arp = new(configuration.Mac, configuration.Address.Address, _events);
        _arp.Start(now);
        _icmp = new(_events);
        _reassembler = new(_events);
        _identification = new(configuration.Random);
        _udp = new(configuration.Random);
        _initialSequence = new(DrawSecret(configuration.Random));
        _connections = new(_initialSequence);
        _cookies = new(_initialSequence, configuration.Tcp, LinkPath);
        Resolver = new(configuration.Resolver, configuration.Random, new ResolverPorts(this), _events);
    }

    /// <summary>Our address.</summary>
    internal IpAddress Address => _configuration.Address.Address;

    /// <summary>What has been counted; the live object, for whoever holds the lock.</summary>
    internal StackCounters Counters { get; } = new();

    /// <summary>Looks names up; the host starts questions and collects the answers.</summary>
    internal DnsResolver Resolver { get; }

    /// <summary>When <see cref="Advance"/> wants to be called at the latest.</summary>
    internal Instant NextDeadline
        => Instant.Min(
            Instant.Min(Instant.Min(_deadlines.Earliest, _timeWaits.Earliest), Resolver.NextDeadline),
            Instant.Min(_arp.NextDeadline, Instant.Min(_echoes.NextDeadline, _reassembler.NextDeadline)));

    /// <summary>Lets time pass: fires everything that is due.</summary>
    internal void Advance(Instant now)
    {
        _arp.Advance(now);
        while (_arp.TryTakeUndeliverable(out ReadOnlyMemory<byte> packet, out _))
        {
            if (IcmpErrorReport.HostUnreachable(packet.Span, Address, out IcmpErrorReport report) == ParseError.None) Report(report, now);
        }
        while (_reassembler.TryExpire(now, out ReadOnlyMemory<byte> quote))
        {
            // RFC 1122 3.3.2: only when the first fragment was there, which is when there is something to quote.
            if (!quote.IsEmpty) _icmp.ReportError(IcmpType.TimeExceeded, FragmentReassemblyTimeExceeded, quote.Span, _configuration.Mac, _routes, now);
        }
        _echoes.Advance(now);
        Resolver.Advance(now);
        AdvanceConnections(now);
    }

    private static byte[] DrawSecret(Func<uint> random)
    {
        byte[] secret = new byte[InitialSequenceNumber.SecretSize];
        for (int i = 0; i < secret.Length; i += sizeof(uint)) System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(secret.AsSpan(i), random());
        return secret;
    }
}
