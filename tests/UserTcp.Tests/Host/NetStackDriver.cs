using UserTcp.Link;
using UserTcp.Network;
using UserTcp.Tcp;
using UserTcp.Tests.Tcp;
using UserTcp.Tests.Wire;
using UserTcp.Wire;

namespace UserTcp.Tests.Host;

/// <summary>A whole stack without a host at 10.0.0.2, and its neighbour 10.0.0.1 as frames: the test is the link, the clock and the user.</summary>
internal sealed class NetStackDriver : IListenerUser, ITcpUser
{
    internal const ushort ListenPort = 80, PeerPort = 40_000;

    internal static readonly IpAddress Ours = IpAddress.Parse("10.0.0.2"), Peer = IpAddress.Parse("10.0.0.1");
    internal static readonly MacAddress OurMac = new(0x02_00_00_00_00_02), PeerMac = new(0x02_00_00_00_00_01);

    private readonly ListenerSlot _listener;

    internal NetStackDriver(ulong seed = 1, bool offload = false, int mtu = 1500, TcpSettings? tcp = null, int backlog = 16, int maximumConnections = 100_000)
    {
        Generator random = new(seed);
        Net = new(
            new()
            {
                Mac = OurMac,
                Address = Ipv4Prefix.Parse("10.0.0.2/24"),
                Mtu = mtu,
                Offload = offload,
                MaximumConnections = maximumConnections,
                Tcp = tcp ?? Dialogue.Plain,
                Resolver = new() { Servers = [new(Peer, DnsMessage.ServerPort)] },
                Random = random.NextUInt32,
            },
            Now);
        Assert.True(Net.TryListen(ListenPort, backlog, this, out _listener));
        Arp(ArpOperation.Request);
        Pull();
    }

    internal NetStack Net { get; }

    internal Instant Now { get; private set; } = new(TimeSpan.TicksPerDay);

    internal List<TcpSlot> Accepted { get; } = [];

    /// <summary>The IP header of the last packet sent.</summary>
    internal Ipv4Header LastPacket { get; private set; }

    /// <summary>Whether connections are accepted as soon as they are complete.</summary>
    internal bool Accepting { get; set; } = true;

    /// <summary>The neighbour asks for our address, which teaches us its own.</summary>
    internal void Arp(ArpOperation operation)
    {
        byte[] frame = new byte[EthernetHeader.Size + ArpPacket.Size];
        new EthernetHeader(OurMac, PeerMac, EtherType.Arp).Write(frame);
        new ArpPacket(operation, PeerMac, Peer, OurMac, Ours).Write(frame.AsSpan(EthernetHeader.Size));
        Net.FrameArrives(frame, FrameOffload.None, Now);
    }

    /// <summary>A segment from the neighbour arrives.</summary>
    /// <returns>The segments that are sent for it.</returns>
    internal List<WireSegment> Segment(WireSegment segment, ushort port = PeerPort)
    {
        Net.FrameArrives(Packet(IpProtocol.Tcp, segment.Encode(port, ListenPort)), new(true, false, 34, 16, 0), Now);
        return Pull();
    }

    /// <summary>We open a connection to the neighbour.</summary>
    internal bool TryConnect(ushort port, out TcpSlot? slot, out TcpFailure? failure) => Net.TryConnect(new(Peer, port), this, Now, out slot, out failure);

    /// <summary>A whole frame from the neighbour; the transport's checksum is left as it is.</summary>
    internal static byte[] Packet(IpProtocol protocol, ReadOnlySpan<byte> payload, IpAddress? source = null, IpAddress? destination = null)
    {
        byte[] frame = new byte[EthernetHeader.Size + Ipv4Header.MinimumSize + payload.Length];
        new EthernetHeader(OurMac, PeerMac, EtherType.Ipv4).Write(frame);
        new Ipv4Header(0, (ushort)(Ipv4Header.MinimumSize + payload.Length), 1, Ipv4Flags.DontFragment, 0, 64, protocol, source ?? Peer, destination ?? Ours)
            .Write(frame.AsSpan(EthernetHeader.Size));
        payload.CopyTo(frame.AsSpan(EthernetHeader.Size + Ipv4Header.MinimumSize));
        return frame;
    }

    /// <summary>Time passes, and what is due happens.</summary>
    internal List<WireSegment> After(TimeSpan time)
    {
        Now += time;
        Net.Advance(Now);
        return Pull();
    }

    /// <summary>Takes everything that wants to be sent.</summary>
    /// <returns>The TCP segments among it.</returns>
    internal List<WireSegment> Pull()
    {
        List<WireSegment> segments = [];
        byte[] bytes = new byte[70_000];
        for (int frames = 0; Net.TryTransmit(Now, out OutgoingFrame frame); frames++)
        {
            Assert.True(frames < 50_000, "the stack never stops sending");
            Span<byte> sent = bytes.AsSpan(0, frame.CopyTo(bytes));
            Assert.Equal(ParseError.None, EthernetHeader.TryParse(sent, out EthernetHeader ethernet, out ReadOnlySpan<byte> packet));
            if (ethernet.Type != EtherType.Ipv4) continue;
            Assert.Equal(ParseError.None, Ipv4Header.TryParse(packet, out Ipv4Header ip, out _, out ReadOnlySpan<byte> payload));
            LastPacket = ip;
            if (ip.Protocol == IpProtocol.Tcp && !ip.IsFragment) segments.Add(WireSegment.Decode(payload));
        }
        return segments;
    }

    /// <summary>Accepts what is complete.</summary>
    internal void Accept()
    {
        while (_listener.TryDequeue(out TcpSlot? slot))
        {
            slot.Listener = null;
            slot.User = this;
            Accepted.Add(slot);
        }
    }

    internal void CloseListener() => Net.CloseListener(_listener, Now);

    void IListenerUser.OnAcceptable()
    {
        if (Accepting) Accept();
    }

    void ITcpUser.OnSignals(TcpSignals signals, Instant now)
    {
    }
}
