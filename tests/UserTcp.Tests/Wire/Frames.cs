using UserTcp.Wire;

namespace UserTcp.Tests.Wire;

/// <summary>Makes whole valid frames of random content.</summary>
internal static class Frames
{
    /// <summary>Ethernet, IPv4 without fragmentation, and what is given.</summary>
    public static byte[] Ipv4(Generator random, IpProtocol protocol, ReadOnlySpan<byte> payload, IpAddress source, IpAddress destination)
    {
        byte[] frame = new byte[EthernetHeader.Size + Ipv4Header.MinimumSize + payload.Length];
        new EthernetHeader(random.Mac(), random.Mac(), EtherType.Ipv4).Write(frame);
        (random.Ipv4Header(protocol, payload.Length) with
        {
            Flags = Ipv4Flags.DontFragment,
            FragmentOffset = 0,
            Source = source,
            Destination = destination,
        }).Write(frame.AsSpan(EthernetHeader.Size));
        payload.CopyTo(frame.AsSpan(EthernetHeader.Size + Ipv4Header.MinimumSize));
        return frame;
    }

    public static byte[] Tcp(Generator random, in TcpHeader header, in TcpOptions options, ReadOnlySpan<byte> data)
    {
        IpAddress source = random.Address(), destination = random.Address();
        Span<byte> optionBytes = stackalloc byte[TcpHeader.MaximumOptions];
        optionBytes = optionBytes[..options.Write(optionBytes)];
        byte[] segment = [.. new byte[TcpHeader.MinimumSize], .. optionBytes, .. data];
        header.Write(segment, optionBytes.Length);
        InternetChecksum checksum = InternetChecksum.PseudoHeader(source, destination, IpProtocol.Tcp, segment.Length);
        checksum.Add(segment);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(TcpHeader.ChecksumOffset), checksum.Finish());
        return Ipv4(random, IpProtocol.Tcp, segment, source, destination);
    }

    public static byte[] Udp(Generator random, UdpHeader header, ReadOnlySpan<byte> data)
    {
        IpAddress source = random.Address(), destination = random.Address();
        byte[] datagram = [.. new byte[UdpHeader.Size], .. data];
        header.Write(datagram, source, destination);
        return Ipv4(random, IpProtocol.Udp, datagram, source, destination);
    }

    public static byte[] Icmp(Generator random, IcmpMessage header, ReadOnlySpan<byte> data)
    {
        byte[] message = [.. new byte[IcmpMessage.HeaderSize], .. data];
        header.Write(message);
        return Ipv4(random, IpProtocol.Icmp, message, random.Address(), random.Address());
    }

    public static byte[] Arp(Generator random, ArpPacket packet)
    {
        byte[] frame = new byte[EthernetHeader.Size + ArpPacket.Size];
        new EthernetHeader(random.Mac(), random.Mac(), EtherType.Arp).Write(frame);
        packet.Write(frame.AsSpan(EthernetHeader.Size));
        return frame;
    }

    public static byte[] Dns(Generator random, DnsMessage message)
    {
        byte[] bytes = new byte[4096];
        return Udp(random, new(DnsMessage.ServerPort, random.NextUInt16()), bytes.AsSpan(0, message.Write(bytes)));
    }

    /// <summary>One frame of each kind that we know.</summary>
    public static byte[][] OneOfEach(Generator random)
    {
        byte[] quoted = Tcp(random, random.TcpHeader(), random.TcpOptions(), random.Bytes(40));
        return
        [
            Tcp(random, random.TcpHeader(), random.TcpOptions(), random.Bytes(random.Next(64))),
            Tcp(random, random.TcpHeader(), random.TcpOptions(), []),
            Udp(random, new(random.NextUInt16(), random.NextUInt16()), random.Bytes(random.Next(64))),
            Dns(random, random.DnsMessage()),
            Dns(random, random.DnsMessage()),
            Icmp(random, IcmpMessage.Echo(IcmpType.EchoRequest, random.NextUInt16(), random.NextUInt16()), random.Bytes(random.Next(64))),
            Icmp(random, new(IcmpType.DestinationUnreachable, (byte)random.Next(16), random.NextUInt32()), quoted.AsSpan(EthernetHeader.Size)),
            Arp(random, new(random.Pick(ArpOperation.Request, ArpOperation.Reply), random.Mac(), random.Address(), random.Mac(), random.Address())),
        ];
    }
}
