namespace UserTcp.Tls.Certificates;

/// <summary>What a certificate says, for display.</summary>
/// <param name="Subject">Whom it is about, such as "CN=example.com,O=Example".</param>
/// <param name="Issuer">Who signed it.</param>
/// <param name="SerialNumber">The serial number in hexadecimal.</param>
/// <param name="NotBefore">The first moment at which it is valid (UTC).</param>
/// <param name="NotAfter">The last moment at which it is valid (UTC).</param>
/// <param name="KeyDescription">Kind and size of its public key, such as "RSA 2048" or "P-256".</param>
/// <param name="SignatureAlgorithm">How it was signed, such as "sha256WithRSAEncryption".</param>
/// <param name="SubjectAlternativeNames">The names it is valid for, such as "DNS:example.com" or "IP:192.0.2.1".</param>
/// <param name="Sha256Fingerprint">SHA-256 of its DER in hexadecimal.</param>
/// <param name="IsAuthority">Whether it may sign other certificates.</param>
/// <param name="Der">The certificate itself.</param>
public sealed record CertificateInfo(
    string Subject,
    string Issuer,
    string SerialNumber,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter,
    string KeyDescription,
    string SignatureAlgorithm,
    IReadOnlyList<string> SubjectAlternativeNames,
    string Sha256Fingerprint,
    bool IsAuthority,
    ReadOnlyMemory<byte> Der);
