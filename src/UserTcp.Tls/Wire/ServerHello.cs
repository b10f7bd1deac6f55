using System.Net.Security;

namespace UserTcp.Tls.Wire;

/// <summary>The server's choice (RFC 5246 7.4.1.3).</summary>
/// <param name="Version">The version that is spoken from now on.</param>
/// <param name="Random">32 bytes.</param>
/// <param name="SessionId">0 to 32 bytes.</param>
/// <param name="CipherSuite">The chosen suite.</param>
/// <param name="CompressionMethod">The chosen compression; only null (0) is accepted.</param>
/// <param name="Extensions">In order.</param>
public sealed record ServerHello(
    TlsVersion Version,
    ReadOnlyMemory<byte> Random,
    ReadOnlyMemory<byte> SessionId,
    TlsCipherSuite CipherSuite,
    byte CompressionMethod,
    IReadOnlyList<TlsExtension> Extensions) : HandshakeBody
{
    /// <inheritdoc/>
    public override HandshakeType Type => HandshakeType.ServerHello;

    internal override void WriteBody(ref TlsWriter writer)
    {
        writer.WriteUInt16((ushort)Version);
        writer.WriteBytes(Random.Span);
        writer.WriteVector8(SessionId.Span);
        writer.WriteUInt16((ushort)CipherSuite);
        writer.WriteByte(CompressionMethod);
        TlsExtension.WriteAll(ref writer, Extensions);
    }

    internal static ServerHello? Read(ref TlsReader reader, ref TlsError error)
    {
        if (!reader.TryReadUInt16(out ushort version) || !reader.TryReadBytes(ClientHello.RandomSize, out ReadOnlySpan<byte> random)
            || !reader.TryReadVector8(out ReadOnlySpan<byte> sessionId) || sessionId.Length > 32
            || !reader.TryReadUInt16(out ushort suite) || !reader.TryReadByte(out byte compression)
            || TlsExtension.ReadAll(ref reader, ref error) is not { } extensions)
            return null;
        return new ServerHello((TlsVersion)version, random.ToArray(), sessionId.ToArray(), (TlsCipherSuite)suite, compression, extensions);
    }
}
