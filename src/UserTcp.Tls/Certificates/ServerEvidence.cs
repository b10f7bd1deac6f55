namespace UserTcp.Tls.Certificates;

/// <summary>What a server sent to prove who it is.</summary>
/// <param name="Chain">The certificates as sent, the server's own first; the others in any order.</param>
/// <param name="StatusRequested">Whether we asked for a staple, so that a certificate that promises one must come with it.</param>
/// <param name="Staple">The OCSP response that was stapled; empty for none.</param>
/// <param name="SignedCertificateTimestamps">The SignedCertificateTimestampList of the ServerHello (RFC 6962 3.3); empty for none.</param>
internal sealed record ServerEvidence(
    IReadOnlyList<byte[]> Chain, bool StatusRequested = false, ReadOnlyMemory<byte> Staple = default, ReadOnlyMemory<byte> SignedCertificateTimestamps = default);
