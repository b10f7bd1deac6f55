using UserTcp.Tls.Certificates;
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
        context.Events?.Raise(new CertificateAccepted(certificate));
        return new ExpectServerKeyExchange(context, negotiated, certificate);
    }

    private CertificateVerified Check(CertificateMessage chain)
    {
        TlsClientOptions options = context.Options;
        if (options.DangerouslySkipCertificateVerification)
            return CertificateVerified.Waived(chain.Certificates, $"{nameof(TlsClientOptions.DangerouslySkipCertificateVerification)} is set");
        Action<CertificateCheck>? report = context.Events is { } events ? check => events.Raise(new CertificateChecked(check)) : null;
        return CertificateVerified.Check(chain.Certificates, context.Server, context.TrustStore, context.UtcNow, negotiated.Suite.KeyUse, report);
    }
}
