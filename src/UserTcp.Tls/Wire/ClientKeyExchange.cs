namespace UserTcp.Tls.Wire;

/// <summary>The client's ephemeral public key (RFC 8422 5.7).</summary>
/// <param name="PublicKey">The point, in the format of the server's.</param>
public sealed record ClientKeyExchange(ReadOnlyMemory<byte> PublicKey) : HandshakeBody
{
    /// <inheritdoc/>
    public override HandshakeType Type => HandshakeType.ClientKeyExchange;

    internal override void WriteBody(ref TlsWriter writer) => writer.WriteVector8(PublicKey.Span);

    internal static ClientKeyExchange? Read(ref TlsReader reader)
        => reader.TryReadVector8(out ReadOnlySpan<byte> point) && !point.IsEmpty ? new ClientKeyExchange(point.ToArray()) : null;
}
