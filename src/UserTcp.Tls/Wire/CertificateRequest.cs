namespace UserTcp.Tls.Wire;

/// <summary>The server would like a certificate of the client (RFC 5246 7.4.4).</summary>
/// <param name="CertificateTypes">ClientCertificateType codes.</param>
/// <param name="SignatureSchemes">Schemes the server can verify.</param>
/// <param name="AuthorityNames">DER names of authorities it accepts; empty means any.</param>
public sealed record CertificateRequest(
    ReadOnlyMemory<byte> CertificateTypes, IReadOnlyList<SignatureScheme> SignatureSchemes, IReadOnlyList<byte[]> AuthorityNames) : HandshakeBody
{
    /// <inheritdoc/>
    public override HandshakeType Type => HandshakeType.CertificateRequest;

    internal override void WriteBody(ref TlsWriter writer)
    {
        writer.WriteVector8(CertificateTypes.Span);
        int schemes = writer.OpenVector(2);
        foreach (SignatureScheme scheme in SignatureSchemes) writer.WriteUInt16((ushort)scheme);
        writer.CloseVector(schemes, 2);
        int names = writer.OpenVector(2);
        foreach (byte[] name in AuthorityNames) writer.WriteVector16(name);
        writer.CloseVector(names, 2);
    }

    internal static CertificateRequest? Read(ref TlsReader reader)
    {
        if (!reader.TryReadVector8(out ReadOnlySpan<byte> types) || types.IsEmpty
            || !reader.TryReadCodes(out ushort[] schemes) || !reader.TryReadVector16(out ReadOnlySpan<byte> list))
            return null;
        var inner = new TlsReader(list);
        var names = new List<byte[]>();
        while (!inner.AtEnd)
        {
            if (!inner.TryReadVector16(out ReadOnlySpan<byte> name) || name.IsEmpty) return null;
            names.Add(name.ToArray());
        }
        return new CertificateRequest(types.ToArray(), Array.ConvertAll(schemes, scheme => (SignatureScheme)scheme), names);
    }
}
