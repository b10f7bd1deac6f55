using System.Buffers.Binary;
using UserTcp.Wire;

namespace UserTcp.Tests.Wire;

/// <summary>Makes whole valid frames from one machine to another; the fuzzer's targets have them too.</summary>
/// <param name="source">The MAC address of who sends.</param>
/// <param name="destination">The MAC address of who receives.</param>
/// <param name="ip">What the IPv4 headers have in common; protocol, length and fragmentation are each frame's.</param>
internal sealed class Frames(MacAddress source, MacAddress destination, Ipv4Header ip)
{
    /// <summary>Ethernet, IPv4, by default without fragmentation, and what is given.</summary>
    public byte[] Ipv4(IpProtocol protocol, ReadOnlySpan<byte> payload, Ipv4Flags flags = Ipv4Flags.DontFragment, ushort offset = 0)
    {
        byte[] packet = [.. new byte[Ipv4Header.MinimumSize], .. payload];
        (ip with { TotalLength = (ushort)packet.Length, Protocol = protocol, Flags = flags, FragmentOffset = offset }).Write(packet);
        return Ethernet(EtherType.Ipv4, packet);
    }

    public byte[] Tcp(in TcpHeader header, in TcpOptions options, ReadOnlySpan<byte> data)
    {
        Span<byte> room = stackalloc byte[TcpHeader.MaximumOptions];
        return Tcp(header, room[..options.Write(room)], data);
    }

    /// <summary>A segment with options that need not be any, in whole words.</summary>
    public byte[] Tcp(in TcpHeader header, ReadOnlySpan<byte> options, ReadOnlySpan<byte> data)
    {
        byte[] segment = [.. new byte[TcpHeader.MinimumSize], .. options, .. data];
        header.Write(segment, options.Length);
        InternetChecksum checksum = InternetChecksum.PseudoHeader(ip.Source, ip.Destination, IpProtocol.Tcp, segment.Length);
        checksum.Add(segment);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(TcpHeader.ChecksumOffset), checksum.Finish());
        return Ipv4(IpProtocol.Tcp, segment);
    }

    public byte[] Udp(UdpHeader header, ReadOnlySpan<byte> data)
    {
        byte[] datagram = [.. new byte[UdpHeader.Size], .. data];
        header.Write(datagram, ip.Source, ip.Destination);
        return Ipv4(IpProtocol.Udp, datagram);
    }

    /// <summary>What a DNS server says.</summary>
    public byte[] Dns(DnsMessage message, ushort to)
    {
        byte[] bytes = new byte[4096];
        return Udp(new(DnsMessage.ServerPort, to), bytes.AsSpan(0, message.Write(bytes)));
    }

    public byte[] Icmp(IcmpMessage header, ReadOnlySpan<byte> data)
    {
        byte[] message = [.. new byte[IcmpMessage.HeaderSize], .. data];
        header.Write(message);
        return Ipv4(IpProtocol.Icmp, message);
    }

    public byte[] Arp(ArpPacket packet)
    {
        byte[] bytes = new byte[ArpPacket.Size];
        packet.Write(bytes);
        return Ethernet(EtherType.Arp, bytes);
    }

    private byte[] Ethernet(EtherType type, ReadOnlySpan<byte> packet)
    {
        byte[] frame = [.. new byte[EthernetHeader.Size], .. packet];
        new EthernetHeader(destination, source, type).Write(frame);
        return frame;
    }
}
