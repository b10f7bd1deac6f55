using System.Buffers.Binary;
using UserTcp.Wire;

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>Makes the frames of an attacker on the kernel's side of the TAP: from any address, with right checksums.</summary>
internal sealed class Forger
{
    private static readonly MacAddress Attacker = new(0x02_00_00_00_00_66);
    private static readonly IpAddress Target = IpAddress.From(TapLab.Ours);

    private readonly MacAddress _target;

    /// <summary>Learns where our stack is; it has spoken to the kernel already.</summary>
    public Forger(TapLab lab)
    {
        string[] neighbour = lab.Namespace.Ip($"neigh show {TapLab.Ours} dev {TapLab.Tap}").Split(' ');
        if (!MacAddress.TryParse(neighbour[Array.IndexOf(neighbour, "lladdr") + 1], out _target)) throw new InvalidOperationException($"The kernel does not know {TapLab.Ours}.");
    }

    /// <summary>A frame with a segment for our stack.</summary>
    public byte[] Segment(IpAddress source, in TcpHeader header, in TcpOptions options, ReadOnlySpan<byte> payload)
    {
        Span<byte> room = stackalloc byte[TcpHeader.MinimumSize + TcpHeader.MaximumOptions];
        int length = TcpHeader.MinimumSize + options.Write(room[TcpHeader.MinimumSize..]);
        header.Write(room, length - TcpHeader.MinimumSize);
        byte[] tcp = [.. room[..length], .. payload];
        InternetChecksum checksum = InternetChecksum.PseudoHeader(source, Target, IpProtocol.Tcp, tcp.Length);
        checksum.Add(tcp);
        BinaryPrimitives.WriteUInt16BigEndian(tcp.AsSpan(TcpHeader.ChecksumOffset), checksum.Finish());
        return Frame(Packet(source, Target, IpProtocol.Tcp, tcp));
    }

    /// <summary>A frame with an ICMP error for our stack about a segment that it may have sent.</summary>
    /// <param name="source">Who reports it.</param>
    /// <param name="error">What is wrong.</param>
    /// <param name="destination">Where the segment went.</param>
    /// <param name="quoted">Its header.</param>
    public byte[] Error(IpAddress source, IcmpMessage error, IpAddress destination, in TcpHeader quoted)
    {
        Span<byte> segment = stackalloc byte[TcpHeader.MinimumSize];
        quoted.Write(segment, 0);
        byte[] icmp = [.. new byte[IcmpMessage.HeaderSize], .. Packet(Target, destination, IpProtocol.Tcp, segment)];
        error.Write(icmp);
        return Frame(Packet(source, Target, IpProtocol.Icmp, icmp));
    }

    private static byte[] Packet(IpAddress source, IpAddress destination, IpProtocol protocol, ReadOnlySpan<byte> payload)
    {
        byte[] packet = [.. new byte[Ipv4Header.MinimumSize], .. payload];
        new Ipv4Header(0, (ushort)packet.Length, 0, Ipv4Flags.DontFragment, 0, 64, protocol, source, destination).Write(packet);
        return packet;
    }

    private byte[] Frame(ReadOnlySpan<byte> packet)
    {
        byte[] frame = [.. new byte[EthernetHeader.Size], .. packet];
        new EthernetHeader(_target, Attacker, EtherType.Ipv4).Write(frame);
        return frame;
    }
}
