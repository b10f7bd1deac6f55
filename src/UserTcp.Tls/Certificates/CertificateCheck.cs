namespace UserTcp.Tls.Certificates;

/// <summary>What a <see cref="CertificateCheck"/> looked at.</summary>
public enum CertificateCheckKind
{
    /// <summary>The time lies within the server certificate's validity (RFC 5280 4.1.2.5).</summary>
    Validity,

    /// <summary>A chain of signatures leads from the server's certificate to a trust anchor (RFC 5280 6.1).</summary>
    Issuer,

    /// <summary>The certificate names the host that was asked for (RFC 9525 6).</summary>
    HostName,

    /// <summary>Each certificate is well formed and follows the profile (RFC 5280 4).</summary>
    Profile,

    /// <summary>Public authorities' certificates keep to what those are audited for (RFC 5280 4, Baseline Requirements).</summary>
    PublicProfile,

    /// <summary>The keys may be used for what they are used for (RFC 5280 4.2.1.3).</summary>
    KeyUsage,

    /// <summary>The certificates may be used for TLS servers (RFC 5280 4.2.1.12).</summary>
    ExtendedKeyUsage,

    /// <summary>Issuers are certification authorities, and the server is not (RFC 5280 4.2.1.9).</summary>
    BasicConstraints,

    /// <summary>No more intermediates follow an issuer than it allows (RFC 5280 4.2.1.9).</summary>
    PathLength,

    /// <summary>All names lie in the name space that the issuers were given (RFC 5280 4.2.1.10).</summary>
    NameConstraints,

    /// <summary>There is no critical extension that was not processed (RFC 5280 4.2).</summary>
    CriticalExtensions,

    /// <summary>The server's key is of the kind that the cipher suite wants (RFC 8422 2).</summary>
    KeyType,

    /// <summary>The keys are of a kind and size that cannot be broken today (RFC 9325 4.5).</summary>
    KeyStrength,

    /// <summary>The signatures use hashes that cannot be forged today (RFC 9155).</summary>
    SignatureStrength,

    /// <summary>The issuer has not revoked the server's certificate, as the stapled OCSP response or a revocation list proves (RFC 6960, RFC 5280 6.3).</summary>
    Revocation,
}

/// <summary>One thing that was checked of the server's certificates.</summary>
/// <param name="Kind">What was looked at.</param>
/// <param name="Subject">The subject of the certificate that was looked at.</param>
/// <param name="Passed">Whether it is in order.</param>
/// <param name="Seen">The value seen.</param>
/// <param name="Wanted">The value wanted.</param>
/// <param name="Rfc">The rule, such as "RFC 5280 4.1.2.5".</param>
public sealed record CertificateCheck(CertificateCheckKind Kind, string Subject, bool Passed, string Seen, string Wanted, string Rfc);
