using Org.BouncyCastle.Asn1.X509;

namespace UserTcp.Tls.Certificates;

/// <summary>The rules that hold for every certificate of a path, wherever it stands. One rule per method, each a pure function.</summary>
internal static class CertificateRules
{
    private const int MaxSerialNumberLength = 20;

    /// <summary>RFC 5280 4.1.2.5: valid from notBefore through notAfter, inclusive.</summary>
    internal static Finding Validity(CertificateDetails certificate, DateTimeOffset utcNow)
    {
        // The certificate counts in seconds: the second that notAfter names is still inside.
        DateTimeOffset second = DateTimeOffset.FromUnixTimeSeconds(utcNow.ToUnixTimeSeconds());
        bool tooEarly = second < certificate.NotBefore;
        bool tooLate = second > certificate.NotAfter;
        return Finding.Of(CertificateCheckKind.Validity, certificate, !tooEarly && !tooLate, $"the time {second:u}",
            $"{certificate.NotBefore:u} to {certificate.NotAfter:u}", "RFC 5280 4.1.2.5",
            tooEarly ? TlsError.CertificateNotYetValid : TlsError.CertificateExpired,
            tooEarly
                ? "It is not valid yet: check this machine's clock, or wait."
                : "It has expired: have it renewed, or check this machine's clock.");
    }

    /// <summary>RFC 5280 4.1 and 4.2: what a conforming certificate never is. The first breach is told.</summary>
    internal static Finding Profile(CertificateDetails certificate)
    {
        (string Wanted, string Rfc)? breach = Breach(certificate);
        return Finding.Of(CertificateCheckKind.Profile, certificate, breach is null, breach is null ? "a version 3 certificate that keeps to the profile" : "a breach of the profile",
            breach?.Wanted ?? "the same", breach?.Rfc ?? "RFC 5280 4", TlsError.CertificateMalformed, "Have the certificate issued again by software that keeps to RFC 5280.");
    }

    private static (string Wanted, string Rfc)? Breach(CertificateDetails c)
    {
        if (c.Version != 3) return ($"version 3, not {c.Version}", "RFC 5280 4.1.2.1");    // older ones cannot say what they are for
        if (!c.SignatureAlgorithmsAgree) return ("the same signature algorithm inside and outside of the signed part", "RFC 5280 4.1.1.2");
        if (c.SerialNumber.Length > MaxSerialNumberLength) return ($"a serial number of at most {MaxSerialNumberLength} octets", "RFC 5280 4.1.2.2");
        if (c.Issuer.IsEmpty) return ("a non-empty issuer", "RFC 5280 4.1.2.4");
        if (c.Subject.IsEmpty && c.IsAuthority) return ("a non-empty subject of a certification authority", "RFC 5280 4.1.2.6");
        if (c.Subject.IsEmpty && !c.IsCritical(X509Extensions.SubjectAlternativeName)) return ("a critical subjectAltName where the subject is empty", "RFC 5280 4.1.2.6");
        if (c.IsCritical(X509Extensions.AuthorityKeyIdentifier)) return ("an authorityKeyIdentifier that is not critical", "RFC 5280 4.2.1.1");
        if (c.IsCritical(X509Extensions.SubjectKeyIdentifier)) return ("a subjectKeyIdentifier that is not critical", "RFC 5280 4.2.1.2");
        if (c.IsCritical(X509Extensions.AuthorityInfoAccess)) return ("an authorityInfoAccess that is not critical", "RFC 5280 4.2.2.1");
        if (c.Has(X509Extensions.PolicyConstraints) && !c.IsCritical(X509Extensions.PolicyConstraints)) return ("critical policyConstraints", "RFC 5280 4.2.1.11");
        if (c.Has(X509Extensions.InhibitAnyPolicy) && !c.IsCritical(X509Extensions.InhibitAnyPolicy)) return ("a critical inhibitAnyPolicy", "RFC 5280 4.2.1.14");
        if (c.NameConstraints is not null && !c.IsAuthority) return ("nameConstraints in certification authorities only", "RFC 5280 4.2.1.10");
        if (c.KeyUsage is not null && c.AllowsKeyUsage(KeyUsage.KeyCertSign) && !c.IsAuthority) return ("keyCertSign in certification authorities only", "RFC 5280 4.2.1.9");
        return null;
    }

    /// <summary>RFC 5280 4.2: a critical extension that is not processed ends the path.</summary>
    internal static Finding CriticalExtensions(CertificateDetails certificate) =>
        Finding.Of(CertificateCheckKind.CriticalExtensions, certificate, certificate.UnprocessedCritical.Count == 0,
            certificate.UnprocessedCritical.Count == 0 ? "none unknown" : Printable.List(certificate.UnprocessedCritical), "no critical extension that is not processed",
            "RFC 5280 4.2", TlsError.CertificateCriticalExtension, "Have it issued without that extension, or with it not critical.");

    /// <summary>RFC 9325 4.5: RSA from 2048 bits on, in whole octets; P-256, P-384, P-521.</summary>
    internal static Finding KeyStrength(CertificateDetails certificate)
    {
        bool wholeOctets = certificate.Key is not { IsRsa: true } key || key.Bits % 8 == 0;
        return Finding.Of(CertificateCheckKind.KeyStrength, certificate, certificate.Key is not null && wholeOctets, certificate.KeyDescription,
            "RSA with 2048 to 8192 bits in whole octets, or an elliptic curve key on P-256, P-384 or P-521", "RFC 9325 4.5",
            certificate.Key is null ? certificate.KeyError : TlsError.CertificateWeakKey, "Have it issued again for a key of at least 2048 bits RSA, or P-256.");
    }

    /// <summary>RFC 9155 and RFC 9325 4.5: no MD5, no SHA-1.</summary>
    internal static Finding SignatureStrength(CertificateDetails certificate) =>
        Finding.Of(CertificateCheckKind.SignatureStrength, certificate, certificate.SignatureScheme is not null, certificate.SignatureAlgorithm,
            "RSA (PKCS #1 or PSS) or ECDSA with SHA-256, SHA-384 or SHA-512", "RFC 9155", TlsError.CertificateWeakSignature, "Have it signed again with SHA-256.");
}
