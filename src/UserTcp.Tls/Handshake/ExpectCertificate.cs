using UserTcp.Tls.Certificates;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Handshake;

/// <summary>The server says who it is, and we check it. RFC 5246 7.4.2</summary>
internal sealed class ExpectCertificate(HandshakeContext context, Negotiated negotiated) : HandshakeState
{
    internal override string Expected => "Certificate";

    internal override HandshakeState Handle(in HandshakeMessage message)
    {
        if (message.Body is not CertificateMessage chain) throw Unexpected(message);
        if (chain.Certificates.Count == 0)
            throw new TlsException(TlsError.CertificateListEmpty, "the server sent no certificate; its own was wanted first");

        CertificateVerified certificate = Check(chain);
        CheckCurve(certificate.LeafKey.Algorithm);
        AskCaller(certificate);
        context.Events?.Raise(new CertificateAccepted(certificate));
        return new ExpectServerKeyExchange(context, negotiated, certificate);
    }

    private CertificateVerified Check(CertificateMessage chain)
    {
        TlsClientOptions options = context.Options;
        if (options.DangerouslySkipCertificateVerification)
            return CertificateVerified.Waived(chain.Certificates, negotiated.Suite.KeyUse, $"{nameof(TlsClientOptions.DangerouslySkipCertificateVerification)} is set");
        Action<CertificateCheck>? report = context.Events is { } events ? check => events.Raise(new CertificateChecked(check)) : null;
        return CertificateVerified.Check(chain.Certificates, context.Server, context.TrustStore, context.UtcNow, negotiated.Suite.KeyUse, report);
    }

    /// <summary>RFC 8422 5.3: the curve of an ECDSA certificate must be one of the offered groups too.</summary>
    private void CheckCurve(PublicKeyAlgorithm algorithm)
    {
        NamedGroup? curve = algorithm switch
        {
            PublicKeyAlgorithm.EcP256 => NamedGroup.Secp256r1,
            PublicKeyAlgorithm.EcP384 => NamedGroup.Secp384r1,
            PublicKeyAlgorithm.EcP521 => NamedGroup.Secp521r1,
            _ => null,
        };
        if (curve is { } group && !context.Options.Groups.Contains(group))
            throw new TlsException(TlsError.CertificateCurveNotOffered, $"the server's certificate has a key on {group.Name()}, which was not offered");
    }

    private void AskCaller(CertificateVerified certificate)
    {
        if (context.Options.CertificatePolicy?.Invoke(certificate) is { } alert)
            throw new TlsException(TlsError.CertificateRefusedByCaller, $"{nameof(TlsClientOptions.CertificatePolicy)} refused the server's certificate with {alert}") { ChosenAlert = alert };
    }
}
