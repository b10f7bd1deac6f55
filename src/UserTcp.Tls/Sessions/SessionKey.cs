using UserTcp.Tls.Certificates;

namespace UserTcp.Tls.Sessions;

/// <summary>For whom a session may be resumed: the same server, asked the same way, under the same rules.</summary>
/// <remarks>Whatever makes verification stricter or laxer is part of the key: a resumption checks no certificate and no signature, so it may
/// only stand for a handshake that would have been accepted now. Trust stores are compared by reference.</remarks>
/// <param name="Server">The name or address that the certificate was checked against.</param>
/// <param name="Offer">ALPN protocols, suites, groups and signature schemes, in order, which proofs about the certificate were asked for, and the size of records.</param>
/// <param name="TrustStore">Whom the caller trusts.</param>
/// <param name="Policy">The caller's own last word; compared by reference.</param>
/// <param name="VerificationSkipped">Whether the caller takes any certificate.</param>
/// <param name="ClientCertificates">As whom the client may have shown itself: in a resumption the server believes that it is still the same.</param>
internal sealed record SessionKey(
    ReferenceIdentity Server, string Offer, TrustStore? TrustStore, Func<CertificateVerified, TlsAlert?>? Policy, bool VerificationSkipped, string ClientCertificates)
{
    internal static SessionKey Of(TlsClientOptions options, ReferenceIdentity server) => new(
        server,
        // No protocol holds a control character (TlsClientOptions.Validate): two offers that differ never give one text.
        string.Join('\n', string.Join('\0', options.ApplicationProtocols), string.Join(' ', options.OfferedSuites),
            string.Join(' ', options.Groups), string.Join(' ', options.SignatureSchemes),
            $"{options.RequestCertificateStatus} {options.RequestSignedCertificateTimestamps} {options.MaxRecordSize}"),
        options.TrustStore,
        options.CertificatePolicy,
        options.DangerouslySkipCertificateVerification,
        string.Join(' ', options.ClientCertificates.Select(certificate => certificate.Fingerprint)));
}
