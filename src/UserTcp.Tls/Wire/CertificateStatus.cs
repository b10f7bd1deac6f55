namespace UserTcp.Tls.Wire;

/// <summary>The stapled answer of the issuer's OCSP responder about the server's certificate (RFC 6066 8).</summary>
/// <param name="Response">An OCSPResponse in DER (RFC 6960 4.2.1), undecoded; never empty.</param>
public sealed record CertificateStatus(ReadOnlyMemory<byte> Response) : HandshakeBody
{
    private const byte Ocsp = 1;    // CertificateStatusType

    /// <inheritdoc/>
    public override HandshakeType Type => HandshakeType.CertificateStatus;

    internal override void WriteBody(ref TlsWriter writer)
    {
        writer.WriteByte(Ocsp);
        int mark = writer.OpenVector(3);
        writer.WriteBytes(Response.Span);
        writer.CloseVector(mark, 3);
    }

    internal static CertificateStatus? Read(ref TlsReader reader)
        => reader.TryReadByte(out byte type) && type == Ocsp && reader.TryReadVector24(out ReadOnlySpan<byte> response) && !response.IsEmpty
            ? new CertificateStatus(response.ToArray()) : null;
}
