using System.Buffers.Binary;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Records;

/// <summary>What is authenticated beside a record's plaintext: seq_num + type + version + length (RFC 5246 6.2.3.1, 6.2.3.3).</summary>
internal static class AuthenticatedHeader
{
    internal const int Size = SequenceSize + RecordHeader.Size;

    /// <summary>Length of the sequence number in front, in bytes.</summary>
    internal const int SequenceSize = 8;

    internal static void Write(Span<byte> destination, ulong sequence, ContentType type, int plaintextLength)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, sequence);
        new RecordHeader(type, TlsVersion.Tls12, (ushort)plaintextLength).Write(destination[SequenceSize..]);
    }
}
