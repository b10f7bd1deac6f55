using System.Buffers.Binary;

namespace UserTcp.Tls.Wire;

/// <summary>The five bytes in front of each record (RFC 5246 6.2.1).</summary>
/// <param name="Type">What the record carries. Any value: the record layer refuses unknown ones.</param>
/// <param name="Version">The version; TLS 1.0 to 1.2 before the server's choice is known.</param>
/// <param name="Length">Bytes that follow, 0 to 65535; the record layer has the limits.</param>
public readonly record struct RecordHeader(ContentType Type, TlsVersion Version, ushort Length)
{
    /// <summary>Length of the header in bytes.</summary>
    public const int Size = 5;

    /// <summary>Reads a header. False when fewer than five bytes are there; never throws.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out RecordHeader header)
    {
        header = default;
        if (bytes.Length < Size) return false;
        header = new RecordHeader((ContentType)bytes[0], (TlsVersion)BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]), BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]));
        return true;
    }

    /// <summary>Writes the header into the first five bytes of <paramref name="destination"/>.</summary>
    public void Write(Span<byte> destination)
    {
        destination[0] = (byte)Type;
        BinaryPrimitives.WriteUInt16BigEndian(destination[1..], (ushort)Version);
        BinaryPrimitives.WriteUInt16BigEndian(destination[3..], Length);
    }
}
