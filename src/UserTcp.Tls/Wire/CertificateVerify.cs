namespace UserTcp.Tls.Wire;

/// <summary>The client's proof that it holds the key of its certificate (RFC 5246 7.4.8).</summary>
/// <param name="Scheme">How it was made.</param>
/// <param name="Signature">Over all handshake messages so far.</param>
public sealed record CertificateVerify(SignatureScheme Scheme, ReadOnlyMemory<byte> Signature) : HandshakeBody
{
    /// <inheritdoc/>
    public override HandshakeType Type => HandshakeType.CertificateVerify;

    internal override void WriteBody(ref TlsWriter writer)
    {
        writer.WriteUInt16((ushort)Scheme);
        writer.WriteVector16(Signature.Span);
    }

    internal static CertificateVerify? Read(ref TlsReader reader)
        => reader.TryReadUInt16(out ushort scheme) && reader.TryReadVector16(out ReadOnlySpan<byte> signature)
            ? new CertificateVerify((SignatureScheme)scheme, signature.ToArray()) : null;
}
