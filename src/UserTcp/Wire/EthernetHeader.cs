using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>What an Ethernet frame carries (IEEE 802 numbers).</summary>
public enum EtherType : ushort
{
    /// <summary>Internet Protocol, version 4 (RFC 894).</summary>
    Ipv4 = 0x0800,

    /// <summary>Address resolution (RFC 826).</summary>
    Arp = 0x0806,

    /// <summary>Internet Protocol, version 6 (RFC 2464).</summary>
    Ipv6 = 0x86dd,
}

/// <summary>The header of an Ethernet II frame (RFC 894): 14 bytes.</summary>
public readonly record struct EthernetHeader(MacAddress Destination, MacAddress Source, EtherType Type)
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 14;

    /// <summary>Reads a header and gives what follows it, padding included.</summary>
    public static ParseError TryParse(ReadOnlySpan<byte> frame, out EthernetHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (frame.Length < Size) return ParseError.Truncated;
        header = new(MacAddress.Read(frame), MacAddress.Read(frame[6..]), (EtherType)BinaryPrimitives.ReadUInt16BigEndian(frame[12..]));
        payload = frame[Size..];
        return ParseError.None;
    }

    /// <summary>Writes <see cref="Size"/> bytes.</summary>
    public void Write(Span<byte> destination)
    {
        Destination.Write(destination);
        Source.Write(destination[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(destination[12..], (ushort)Type);
    }
}
