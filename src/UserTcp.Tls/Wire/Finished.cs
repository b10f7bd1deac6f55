namespace UserTcp.Tls.Wire;

/// <summary>Proof that both ends saw the same handshake (RFC 5246 7.4.9). The first message under the new keys.</summary>
/// <param name="VerifyData">12 bytes for every suite here; another length is a wrong one.</param>
public sealed record Finished(ReadOnlyMemory<byte> VerifyData) : HandshakeBody
{
    /// <summary>Length of verify_data in bytes.</summary>
    public const int VerifyDataSize = 12;

    /// <inheritdoc/>
    public override HandshakeType Type => HandshakeType.Finished;

    internal override void WriteBody(ref TlsWriter writer) => writer.WriteBytes(VerifyData.Span);

    internal static Finished? Read(ref TlsReader reader)
        => reader.TryReadBytes(reader.Remaining, out ReadOnlySpan<byte> data) ? new Finished(data.ToArray()) : null;
}
