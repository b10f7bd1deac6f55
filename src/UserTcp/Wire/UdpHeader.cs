using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>A UDP header (RFC 768): 8 bytes.</summary>
public readonly record struct UdpHeader(ushort SourcePort, ushort DestinationPort)
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 8;

    private const int ChecksumOffset = 6;

    /// <summary>Reads a datagram and, unless somebody has already done so, checks its checksum; 0 means that the sender made none.</summary>
    public static ParseError TryParse(
        ReadOnlySpan<byte> datagram, IpAddress source, IpAddress destination, bool checksumTrusted, out UdpHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (datagram.Length < Size) return ParseError.Truncated;
        int length = BinaryPrimitives.ReadUInt16BigEndian(datagram[4..]);
        if (length < Size || length > datagram.Length) return ParseError.Length;
        datagram = datagram[..length];
        if (!checksumTrusted && BinaryPrimitives.ReadUInt16BigEndian(datagram[ChecksumOffset..]) != 0)
        {
            InternetChecksum checksum = InternetChecksum.PseudoHeader(source, destination, IpProtocol.Udp, length);
            checksum.Add(datagram);
            if (checksum.Finish() != 0) return ParseError.Checksum; // RFC 1122 4.1.3.4
        }
        header = new(BinaryPrimitives.ReadUInt16BigEndian(datagram), BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]));
        payload = datagram[Size..];
        return ParseError.None;
    }

    /// <summary>Writes the header in front of a payload that is already in place, with length and checksum.</summary>
    /// <param name="datagram">Header and payload; its length is the datagram's.</param>
    /// <param name="source">The sender, for the pseudo header.</param>
    /// <param name="destination">The receiver, for the pseudo header.</param>
    public void Write(Span<byte> datagram, IpAddress source, IpAddress destination)
    {
        BinaryPrimitives.WriteUInt16BigEndian(datagram, SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[2..], DestinationPort);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[4..], (ushort)datagram.Length);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[ChecksumOffset..], 0);
        InternetChecksum checksum = InternetChecksum.PseudoHeader(source, destination, IpProtocol.Udp, datagram.Length);
        checksum.Add(datagram);
        ushort sum = checksum.Finish();
        BinaryPrimitives.WriteUInt16BigEndian(datagram[ChecksumOffset..], sum == 0 ? (ushort)0xffff : sum); // 0 would mean "none" (RFC 768)
    }
}
