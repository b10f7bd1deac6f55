using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>The control bits of a TCP header (RFC 9293 3.1, RFC 3168 6.1).</summary>
[Flags]
public enum TcpFlags : byte
{
    /// <summary>No bit.</summary>
    None = 0,

    /// <summary>The sender has no more data.</summary>
    Fin = 0x01,

    /// <summary>Synchronize sequence numbers.</summary>
    Syn = 0x02,

    /// <summary>Reset the connection.</summary>
    Rst = 0x04,

    /// <summary>Push: hand the data over without waiting for more.</summary>
    Psh = 0x08,

    /// <summary>The acknowledgment field is significant.</summary>
    Ack = 0x10,

    /// <summary>The urgent pointer is significant.</summary>
    Urg = 0x20,

    /// <summary>ECN-Echo.</summary>
    Ece = 0x40,

    /// <summary>Congestion window reduced.</summary>
    Cwr = 0x80,
}

/// <summary>The fixed part of a TCP header (RFC 9293 3.1). Options are parsed by <see cref="TcpOptions"/>.</summary>
/// <param name="SourcePort">The sender's port.</param>
/// <param name="DestinationPort">The receiver's port.</param>
/// <param name="Seq">The sequence number of the first octet, or of the SYN.</param>
/// <param name="Ack">The next sequence number the sender expects, when ACK is set.</param>
/// <param name="Flags">The control bits.</param>
/// <param name="Window">The receive window as on the wire, not scaled; unsigned (RFC 9293 3.1, MUST-1).</param>
/// <param name="UrgentPointer">The urgent data's end as an offset, when URG is set.</param>
public readonly record struct TcpHeader(
    ushort SourcePort, ushort DestinationPort, SeqNum Seq, SeqNum Ack, TcpFlags Flags, ushort Window, ushort UrgentPointer = 0)
{
    /// <summary>Bytes of the fixed part.</summary>
    public const int MinimumSize = 20;

    /// <summary>Bytes of the longest options: the data offset has four bits.</summary>
    public const int MaximumOptions = 40;

    /// <summary>Where the checksum lies, in bytes from the start of the header.</summary>
    public const int ChecksumOffset = 16;

    /// <summary>Reads a header. Returns <see cref="ParseError.None"/> or the first thing that is wrong; never throws. The checksum is not looked at.</summary>
    public static ParseError TryParse(ReadOnlySpan<byte> segment, out TcpHeader header, out ReadOnlySpan<byte> options, out ReadOnlySpan<byte> payload)
    {
        header = default;
        options = default;
        payload = default;
        if (segment.Length < MinimumSize) return ParseError.Truncated;
        int headerLength = (segment[12] >> 4) * 4;
        if (headerLength < MinimumSize || headerLength > segment.Length) return ParseError.HeaderLength;
        header = new(
            BinaryPrimitives.ReadUInt16BigEndian(segment),
            BinaryPrimitives.ReadUInt16BigEndian(segment[2..]),
            new SeqNum(BinaryPrimitives.ReadUInt32BigEndian(segment[4..])),
            new SeqNum(BinaryPrimitives.ReadUInt32BigEndian(segment[8..])),
            (TcpFlags)segment[13],
            BinaryPrimitives.ReadUInt16BigEndian(segment[14..]),
            BinaryPrimitives.ReadUInt16BigEndian(segment[18..]));
        options = segment[MinimumSize..headerLength];
        payload = segment[headerLength..];
        return ParseError.None;
    }

    /// <summary>Whether the checksum of a whole segment is right (RFC 9293 3.1, MUST-3).</summary>
    public static bool ChecksumIsRight(ReadOnlySpan<byte> segment, IpAddress source, IpAddress destination)
    {
        InternetChecksum checksum = InternetChecksum.PseudoHeader(source, destination, IpProtocol.Tcp, segment.Length);
        checksum.Add(segment);
        return checksum.Finish() == 0;
    }

    /// <summary>Writes the fixed part with a checksum of zero; the options (padded to a multiple of 4) are already behind it.</summary>
    /// <param name="destination">Where the header starts.</param>
    /// <param name="optionsLength">Bytes of options, a multiple of 4.</param>
    public void Write(Span<byte> destination, int optionsLength)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], DestinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], Seq.Value);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], Ack.Value);
        destination[12] = (byte)((MinimumSize + optionsLength) / 4 << 4);
        destination[13] = (byte)Flags;
        BinaryPrimitives.WriteUInt16BigEndian(destination[14..], Window);
        BinaryPrimitives.WriteUInt16BigEndian(destination[ChecksumOffset..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(destination[18..], UrgentPointer);
    }
}
