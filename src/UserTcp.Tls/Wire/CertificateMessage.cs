namespace UserTcp.Tls.Wire;

/// <summary>A chain of certificates, the sender's own first (RFC 5246 7.4.2); empty from a client that has none (7.4.6).</summary>
/// <param name="Certificates">Each in DER, undecoded.</param>
public sealed record CertificateMessage(IReadOnlyList<byte[]> Certificates) : HandshakeBody
{
    /// <inheritdoc/>
    public override HandshakeType Type => HandshakeType.Certificate;

    internal override void WriteBody(ref TlsWriter writer)
    {
        int list = writer.OpenVector(3);
        foreach (byte[] certificate in Certificates)
        {
            int mark = writer.OpenVector(3);
            writer.WriteBytes(certificate);
            writer.CloseVector(mark, 3);
        }
        writer.CloseVector(list, 3);
    }

    internal static CertificateMessage? Read(ref TlsReader reader)
    {
        if (!reader.TryReadVector24(out ReadOnlySpan<byte> list)) return null;
        var inner = new TlsReader(list);
        var certificates = new List<byte[]>();
        while (!inner.AtEnd)
        {
            if (!inner.TryReadVector24(out ReadOnlySpan<byte> certificate) || certificate.IsEmpty) return null;
            certificates.Add(certificate.ToArray());
        }
        return new CertificateMessage(certificates);
    }
}
