using System.Buffers.Binary;
using UserTcp.Wire;

namespace UserTcp.Fuzz.Stack;

/// <summary>Good frames to a stack at 10.0.0.2 from its neighbour at 10.0.0.1.</summary>
internal static class Frames
{
    internal static IpAddress Ours { get; } = IpAddress.Parse("10.0.0.2");

    internal static IpAddress Peer { get; } = IpAddress.Parse("10.0.0.1");

    internal static MacAddress OurMac { get; } = new(0x02_00_00_00_00_02);

    internal static MacAddress PeerMac { get; } = new(0x02_00_00_00_00_01);

    /// <summary>One of each kind.</summary>
    internal static IReadOnlyList<byte[]> OneOfEach()
    {
        TcpOptions options = new() { MaximumSegmentSize = 1460, WindowScale = 7, SackPermitted = true, Timestamps = new(1, 2) };
        TcpOptions sack = new() { Timestamps = new(3, 4) };
        sack.AddSack(new(new(100), new(200)));
        byte[] syn = Tcp(new(40_000, 80, new(1000), default, TcpFlags.Syn, 64_000), options, []);
        var name = DnsName.Parse("www.example.com");
        byte[] dns = new byte[512];
        int length = new DnsMessage(new(7, true, 0, false, false, true, true, DnsResponseCode.NoError), new(name, DnsType.A, DnsMessage.ClassInternet),
            [DnsRecord.Cname(name, 60, DnsName.Parse("a.example.com")), DnsRecord.A(DnsName.Parse("a.example.com"), 60, Peer)], [DnsRecord.Soa(name.Parent, 60, name, 30)]).Write(dns);
        return
        [
            syn, Tcp(new(40_000, 80, new(1001), new(5000), TcpFlags.Ack, 500), sack, new byte[20]),
            Udp(DnsMessage.ServerPort, 1234, dns.AsSpan(0, length)), Icmp(IcmpMessage.Echo(IcmpType.EchoRequest, 1, 2), new byte[8]),
            Icmp(new(IcmpType.DestinationUnreachable, (byte)UnreachableCode.Port, 0), syn.AsSpan(EthernetHeader.Size)), Arp(ArpOperation.Request), Arp(ArpOperation.Reply),
        ];
    }

    internal static byte[] Arp(ArpOperation operation)
    {
        byte[] frame = new byte[EthernetHeader.Size + ArpPacket.Size];
        new EthernetHeader(OurMac, PeerMac, EtherType.Arp).Write(frame);
        new ArpPacket(operation, PeerMac, Peer, OurMac, Ours).Write(frame.AsSpan(EthernetHeader.Size));
        return frame;
    }

    internal static byte[] Ipv4(IpProtocol protocol, ReadOnlySpan<byte> payload, Ipv4Flags flags = Ipv4Flags.DontFragment, ushort offset = 0)
    {
        byte[] frame = new byte[EthernetHeader.Size + Ipv4Header.MinimumSize + payload.Length];
        new EthernetHeader(OurMac, PeerMac, EtherType.Ipv4).Write(frame);
        new Ipv4Header(0, (ushort)(Ipv4Header.MinimumSize + payload.Length), 1, flags, offset, 64, protocol, Peer, Ours).Write(frame.AsSpan(EthernetHeader.Size));
        payload.CopyTo(frame.AsSpan(EthernetHeader.Size + Ipv4Header.MinimumSize));
        return frame;
    }

    internal static byte[] Icmp(IcmpMessage header, ReadOnlySpan<byte> data)
    {
        byte[] message = [.. new byte[IcmpMessage.HeaderSize], .. data];
        header.Write(message);
        return Ipv4(IpProtocol.Icmp, message);
    }

    internal static byte[] Udp(ushort from, ushort to, ReadOnlySpan<byte> data)
    {
        byte[] datagram = [.. new byte[UdpHeader.Size], .. data];
        new UdpHeader(from, to).Write(datagram, Peer, Ours);
        return Ipv4(IpProtocol.Udp, datagram);
    }

    internal static byte[] Tcp(in TcpHeader header, in TcpOptions options, ReadOnlySpan<byte> data)
    {
        Span<byte> room = stackalloc byte[TcpHeader.MaximumOptions];
        return Tcp(header, room[..options.Write(room)], data);
    }

    /// <summary>A segment with options that need not be any, in whole words.</summary>
    internal static byte[] Tcp(in TcpHeader header, ReadOnlySpan<byte> options, ReadOnlySpan<byte> data)
    {
        byte[] segment = [.. new byte[TcpHeader.MinimumSize], .. options, .. data];
        header.Write(segment, options.Length);
        InternetChecksum checksum = InternetChecksum.PseudoHeader(Peer, Ours, IpProtocol.Tcp, segment.Length);
        checksum.Add(segment);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(TcpHeader.ChecksumOffset), checksum.Finish());
        return Ipv4(IpProtocol.Tcp, segment);
    }
}
