using System.Net.Security;

namespace UserTcp.Tls.Wire;

/// <summary>The client's offer (RFC 5246 7.4.1.2).</summary>
/// <param name="Version">The highest version the client speaks.</param>
/// <param name="Random">32 bytes.</param>
/// <param name="SessionId">0 to 32 bytes; empty when nothing is resumed.</param>
/// <param name="CipherSuites">In order of preference.</param>
/// <param name="CompressionMethods">Only null (0) is offered.</param>
/// <param name="Extensions">In order.</param>
public sealed record ClientHello(
    TlsVersion Version,
    ReadOnlyMemory<byte> Random,
    ReadOnlyMemory<byte> SessionId,
    IReadOnlyList<TlsCipherSuite> CipherSuites,
    ReadOnlyMemory<byte> CompressionMethods,
    IReadOnlyList<TlsExtension> Extensions) : HandshakeBody
{
    /// <summary>Length of a hello's random, in bytes.</summary>
    public const int RandomSize = 32;

    /// <inheritdoc/>
    public override HandshakeType Type => HandshakeType.ClientHello;

    /// <summary>Whether an extension of this type is in the hello.</summary>
    public bool Offers(ExtensionType type) => Extensions.Any(extension => extension.Type == type);

    internal override void WriteBody(ref TlsWriter writer)
    {
        writer.WriteUInt16((ushort)Version);
        writer.WriteBytes(Random.Span);
        writer.WriteVector8(SessionId.Span);
        int suites = writer.OpenVector(2);
        foreach (TlsCipherSuite suite in CipherSuites) writer.WriteUInt16((ushort)suite);
        writer.CloseVector(suites, 2);
        writer.WriteVector8(CompressionMethods.Span);
        TlsExtension.WriteAll(ref writer, Extensions);
    }

    internal static ClientHello? Read(ref TlsReader reader, ref TlsError error)
    {
        if (!reader.TryReadUInt16(out ushort version) || !reader.TryReadBytes(RandomSize, out ReadOnlySpan<byte> random)
            || !reader.TryReadVector8(out ReadOnlySpan<byte> sessionId) || sessionId.Length > 32
            || !reader.TryReadCodes(out ushort[] suites)
            || !reader.TryReadVector8(out ReadOnlySpan<byte> compression) || compression.IsEmpty
            || TlsExtension.ReadAll(ref reader, ref error) is not { } extensions)
            return null;
        return new ClientHello((TlsVersion)version, random.ToArray(), sessionId.ToArray(),
            Array.ConvertAll(suites, suite => (TlsCipherSuite)suite), compression.ToArray(), extensions);
    }
}
