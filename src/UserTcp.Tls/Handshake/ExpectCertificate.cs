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

        return negotiated.StatusPromised ? new ExpectCertificateStatus(context, negotiated, chain) : Judge(context, negotiated, chain, ReadOnlyMemory<byte>.Empty);
    }

    /// <summary>Verifies the certificates and what was stapled to them.</summary>
    internal static ExpectServerKeyExchange Judge(HandshakeContext context, Negotiated negotiated, CertificateMessage chain, ReadOnlyMemory<byte> staple)
    {
        TlsClientOptions options = context.Options;
        var evidence = new ServerEvidence(chain.Certificates, options.RequestCertificateStatus, staple, negotiated.SignedCertificateTimestamps);
        Action<CertificateCheck>? report = context.Events is { } events ? check => events.Raise(new CertificateChecked(check)) : null;
        CertificateVerified certificate = options.DangerouslySkipCertificateVerification
            ? CertificateVerified.Waived(evidence, negotiated.Suite.KeyUse, $"{nameof(TlsClientOptions.DangerouslySkipCertificateVerification)} is set")
            : CertificateVerified.Check(evidence, Question(context, negotiated), report);
        CheckCurve(context, certificate.LeafKey);
        AskCaller(context, certificate);
        context.Events?.Raise(new CertificateAccepted(certificate));
        return new ExpectServerKeyExchange(context, negotiated, certificate);
    }

    private static ChainQuestion Question(HandshakeContext context, Negotiated negotiated) => new(context.TrustStore, context.UtcNow)
    {
        Reference = context.Server,
        KeyUse = negotiated.Suite.KeyUse,
        Crypto = context.Crypto,
        Remembered = context.Options.RememberVerifiedChains ? context.TrustStore.VerifiedChains : null,
    };

    /// <summary>RFC 8422 5.3: the curve of an ECDSA certificate must be one of the offered groups too.</summary>
    private static void CheckCurve(HandshakeContext context, ServerPublicKey key)
    {
        if (key.Curve is { Group: var group } && !context.Options.Groups.Contains(group))
            throw new TlsException(TlsError.CertificateCurveNotOffered, $"the server's certificate has a key on {group.Name()}; one of {string.Join(", ", context.Options.Groups.Select(offered => offered.Name()))} was wanted");
    }

    private static void AskCaller(HandshakeContext context, CertificateVerified certificate)
    {
        if (context.Options.CertificatePolicy?.Invoke(certificate) is { } alert)
            throw new TlsException(TlsError.CertificateRefusedByCaller, $"{nameof(TlsClientOptions.CertificatePolicy)} refused the server's certificate with {alert.Name()}; null was wanted") { ChosenAlert = alert };
    }
}
