using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>What an IP packet carries (IANA protocol numbers).</summary>
public enum IpProtocol : byte
{
    /// <summary>Control messages (RFC 792).</summary>
    Icmp = 1,

    /// <summary>TCP (RFC 9293).</summary>
    Tcp = 6,

    /// <summary>UDP (RFC 768).</summary>
    Udp = 17,
}

/// <summary>The three flag bits of an IPv4 header (RFC 791 3.1).</summary>
[Flags]
public enum Ipv4Flags : byte
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>More fragments follow.</summary>
    MoreFragments = 1,

    /// <summary>Routers must not fragment.</summary>
    DontFragment = 2,

    /// <summary>Must be zero.</summary>
    Reserved = 4,
}

/// <summary>The fixed part of an IPv4 header (RFC 791 3.1): 20 bytes.</summary>
/// <param name="TypeOfService">DSCP in the upper six bits (RFC 2474), ECN in the lower two (RFC 3168).</param>
/// <param name="TotalLength">Header and payload, in bytes.</param>
/// <param name="Identification">Which datagram a fragment belongs to (RFC 6864).</param>
/// <param name="Flags">DF and MF.</param>
/// <param name="FragmentOffset">Where this fragment's payload starts in the datagram's, in bytes (a multiple of 8).</param>
/// <param name="TimeToLive">Hops left.</param>
/// <param name="Protocol">What follows.</param>
/// <param name="Source">The sender.</param>
/// <param name="Destination">The receiver.</param>
public readonly record struct Ipv4Header(
    byte TypeOfService,
    ushort TotalLength,
    ushort Identification,
    Ipv4Flags Flags,
    ushort FragmentOffset,
    byte TimeToLive,
    IpProtocol Protocol,
    IpAddress Source,
    IpAddress Destination)
{
    /// <summary>Bytes of the fixed part.</summary>
    public const int MinimumSize = 20;

    /// <summary>Bytes of the longest options.</summary>
    public const int MaximumOptions = 40;

    /// <summary>Whether this is a part of a larger datagram.</summary>
    public bool IsFragment => FragmentOffset != 0 || (Flags & Ipv4Flags.MoreFragments) != 0;

    /// <summary>Reads a header, checks its checksum, and cuts the payload to the total length: what follows is the link's padding.</summary>
    public static ParseError TryParse(ReadOnlySpan<byte> packet, out Ipv4Header header, out ReadOnlySpan<byte> options, out ReadOnlySpan<byte> payload)
    {
        header = default;
        options = default;
        payload = default;
        ParseError error = TryParseQuoted(packet, out header, out options, out payload, out int headerLength);
        if (error != ParseError.None) return error;
        if (header.TotalLength > packet.Length) return ParseError.Length;
        if (InternetChecksum.Of(packet[..headerLength]) != 0) return ParseError.Checksum; // RFC 1122 3.2.1.2 MUST verify
        payload = packet[headerLength..header.TotalLength];
        return ParseError.None;
    }

    /// <summary>Reads a header as an ICMP error quotes it: the payload may be cut short and routers may have changed the checksum.</summary>
    public static ParseError TryParseQuoted(ReadOnlySpan<byte> quote, out Ipv4Header header, out ReadOnlySpan<byte> payload)
        => TryParseQuoted(quote, out header, out _, out payload, out _);

    private static ParseError TryParseQuoted(
        ReadOnlySpan<byte> packet, out Ipv4Header header, out ReadOnlySpan<byte> options, out ReadOnlySpan<byte> payload, out int headerLength)
    {
        header = default;
        options = default;
        payload = default;
        headerLength = 0;
        if (packet.Length < MinimumSize) return ParseError.Truncated;
        if (packet[0] >> 4 != 4) return ParseError.Version; // RFC 1122 3.2.1.1
        headerLength = (packet[0] & 0xf) * 4;
        if (headerLength < MinimumSize || headerLength > packet.Length) return ParseError.HeaderLength;
        int totalLength = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (totalLength < headerLength) return ParseError.Length;
        ushort flagsAndOffset = BinaryPrimitives.ReadUInt16BigEndian(packet[6..]);
        header = new(
            packet[1],
            (ushort)totalLength,
            BinaryPrimitives.ReadUInt16BigEndian(packet[4..]),
            (Ipv4Flags)(flagsAndOffset >> 13),
            (ushort)((flagsAndOffset & 0x1fff) * 8),
            packet[8],
            (IpProtocol)packet[9],
            IpAddress.ReadV4(packet[12..]),
            IpAddress.ReadV4(packet[16..]));
        options = packet[MinimumSize..headerLength];
        payload = packet[headerLength..Math.Min(totalLength, packet.Length)];
        return ParseError.None;
    }

    /// <summary>Writes a header without options, with its checksum: <see cref="MinimumSize"/> bytes.</summary>
    public void Write(Span<byte> destination) => Write(destination, default);

    /// <summary>Writes a header with options (a multiple of 4 bytes) and its checksum.</summary>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination, ReadOnlySpan<byte> options)
    {
        int headerLength = MinimumSize + options.Length;
        destination[0] = (byte)(4 << 4 | headerLength / 4);
        destination[1] = TypeOfService;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], TotalLength);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], Identification);
        BinaryPrimitives.WriteUInt16BigEndian(destination[6..], (ushort)((int)Flags << 13 | FragmentOffset / 8));
        destination[8] = TimeToLive;
        destination[9] = (byte)Protocol;
        BinaryPrimitives.WriteUInt16BigEndian(destination[10..], 0);
        Source.WriteV4(destination[12..]);
        Destination.WriteV4(destination[16..]);
        options.CopyTo(destination[MinimumSize..]);
        BinaryPrimitives.WriteUInt16BigEndian(destination[10..], InternetChecksum.Of(destination[..headerLength]));
        return headerLength;
    }
}
