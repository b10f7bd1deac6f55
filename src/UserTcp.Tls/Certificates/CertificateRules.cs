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
        return Finding.Of(CertificateCheckKind.Validity, certificate, !tooEarly && !tooLate, new(_ => $"the time {second:u}"),
            new(static c => $"{c.NotBefore:u} to {c.NotAfter:u}"), "RFC 5280 4.1.2.5",
            tooEarly ? TlsError.CertificateNotYetValid : TlsError.CertificateExpired,
            tooEarly
                ? "It is not valid yet: check this machine's clock, or wait."
                : "It has expired: have it renewed, or check this machine's clock.");
    }

    /// <summary>RFC 5280 4.1 and 4.2: what a conforming certificate never is. The first breach is told.</summary>
    internal static Finding Profile(CertificateDetails certificate)
    {
        (string seen, string wanted, string rfc) = Breach(certificate) ?? ("version 3, within the profile", "version 3, within the profile", "");
        return Finding.Of(CertificateCheckKind.Profile, certificate, rfc.Length == 0, seen, wanted, rfc.Length == 0 ? "RFC 5280 4" : rfc,
            TlsError.CertificateMalformed, "Have the certificate issued again by software that keeps to RFC 5280.");
    }

    private static (string Seen, string Wanted, string Rfc)? Breach(CertificateDetails c)
    {
        if (c.Version != 3) return ($"version {c.Version}", "version 3", "RFC 5280 4.1.2.1");    // older ones cannot say what they are for
        if (!c.SignatureAlgorithmsAgree) return ("two signature algorithms", "the same inside and outside of the signed part", "RFC 5280 4.1.1.2");
        if (c.SerialNumber.Length > MaxSerialNumberLength)
            return ($"a serial number of {c.SerialNumber.Length} octets", $"at most {MaxSerialNumberLength}", "RFC 5280 4.1.2.2");
        if (c.Subject.IsEmpty && c.IsAuthority) return ("an empty subject", "the name of the certification authority", "RFC 5280 4.1.2.6");
        if (c.Subject.IsEmpty && !c.IsCritical(CertificateExtension.SubjectAlternativeName))
            return ("an empty subject and no critical subjectAltName", "subjectAltName critical where it is the only name", "RFC 5280 4.1.2.6");
        if (c.IsCritical(CertificateExtension.AuthorityKeyIdentifier)) return ("a critical authorityKeyIdentifier", "not critical", "RFC 5280 4.2.1.1");
        if (c.IsCritical(CertificateExtension.SubjectKeyIdentifier)) return ("a critical subjectKeyIdentifier", "not critical", "RFC 5280 4.2.1.2");
        if (c.IsCritical(CertificateExtension.AuthorityInfoAccess)) return ("a critical authorityInfoAccess", "not critical", "RFC 5280 4.2.2.1");
        if (IsNotCritical(c, CertificateExtension.PolicyConstraints)) return ("policyConstraints that are not critical", "critical", "RFC 5280 4.2.1.11");
        if (IsNotCritical(c, CertificateExtension.InhibitAnyPolicy)) return ("an inhibitAnyPolicy that is not critical", "critical", "RFC 5280 4.2.1.14");
        if (c.NameConstraints is not null && !c.IsAuthority) return ("nameConstraints", "those in certification authorities only", "RFC 5280 4.2.1.10");
        if (c.KeyUsage is not null && c.AllowsKeyUsage(KeyUsage.KeyCertSign) && !c.IsAuthority)
            return ("keyCertSign", "that in certification authorities only", "RFC 5280 4.2.1.9");
        return null;
    }

    private static bool IsNotCritical(CertificateDetails certificate, CertificateExtension extension) =>
        certificate.Has(extension) && !certificate.IsCritical(extension);

    /// <summary>RFC 5280 4.2: a critical extension that is not processed ends the path.</summary>
    internal static Finding CriticalExtensions(CertificateDetails certificate) =>
        Finding.Of(CertificateCheckKind.CriticalExtensions, certificate, certificate.UnprocessedCritical.Count == 0,
            certificate.UnprocessedCritical.Count == 0 ? "none unknown" : Printable.List(certificate.UnprocessedCritical), "no critical extension that is not processed",
            "RFC 5280 4.2", TlsError.CertificateCriticalExtension, "Have it issued without that extension, or with it not critical.");

    /// <summary>RFC 9325 4.5: RSA from 2048 bits on, in whole octets, elliptic curves from P-224 on.</summary>
    internal static Finding KeyStrength(CertificateDetails certificate)
    {
        bool wholeOctets = certificate.Key is not { IsRsa: true } key || key.Bits % 8 == 0;
        return Finding.Of(CertificateCheckKind.KeyStrength, certificate, certificate.Key is not null && wholeOctets, new(static c => c.KeyDescription),
            "RSA with 2048 to 8192 bits in whole octets, or an elliptic curve key on P-224, P-256, P-384, P-521 or Ed25519", "RFC 9325 4.5",
            certificate.Key is null ? certificate.KeyError : TlsError.CertificateWeakKey, "Have it issued again for a key of at least 2048 bits RSA, or P-256.");
    }

    /// <summary>RFC 9155 and RFC 9325 4.5: no MD5, no SHA-1.</summary>
    internal static Finding SignatureStrength(CertificateDetails certificate) =>
        Finding.Of(CertificateCheckKind.SignatureStrength, certificate, certificate.SignatureScheme is not null, certificate.SignatureAlgorithm,
            "RSA (PKCS #1 or PSS) or ECDSA with SHA-256, SHA-384 or SHA-512, or Ed25519", "RFC 9155", TlsError.CertificateWeakSignature, "Have it signed again with SHA-256.");
}
