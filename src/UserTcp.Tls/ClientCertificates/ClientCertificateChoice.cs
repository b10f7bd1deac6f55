using UserTcp.Tls.Certificates;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.ClientCertificates;

/// <summary>A client certificate and how it will sign.</summary>
internal sealed record ClientCertificateChoice(TlsClientCertificate Certificate, SignatureScheme Scheme)
{
    // RFC 5246 7.4.4, RFC 8422 5.5
    private const byte RsaSign = 1;
    private const byte EcdsaSign = 64;

    /// <summary>The first certificate that the server can take, with the first of its schemes that the server can verify; null when there is none.</summary>
    internal static ClientCertificateChoice? Of(IReadOnlyList<TlsClientCertificate> certificates, CertificateRequest request)
    {
        // A name that is none matches nobody.
        DistinguishedName[] authorities = [.. request.AuthorityNames.Select(der => DistinguishedName.TryRead(der)).OfType<DistinguishedName>()];
        foreach (TlsClientCertificate certificate in certificates)
        {
            byte type = certificate.Key.Algorithm == PublicKeyAlgorithm.Rsa ? RsaSign : EcdsaSign;
            if (!request.CertificateTypes.Span.Contains(type)) continue;
            // RFC 5246 7.4.4: an empty list means any authority.
            if (request.AuthorityNames.Count > 0 && !certificate.IsIssuedByAny(authorities)) continue;
            foreach (SignatureScheme scheme in certificate.SignatureSchemes)
            {
                if (request.SignatureSchemes.Contains(scheme)) return new ClientCertificateChoice(certificate, scheme);
            }
        }
        return null;
    }
}
