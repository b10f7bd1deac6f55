using Org.BouncyCastle.Asn1.X509;

namespace UserTcp.Tls.Certificates;

/// <summary>The rules for a certificate that signs others: an intermediate or a trust anchor. One rule per method, each a pure function.</summary>
internal static class IssuerRules
{
    /// <summary>RFC 5280 6.1.4 (k): basicConstraints is there and says cA.</summary>
    internal static Finding IsAuthority(CertificateDetails issuer) =>
        Finding.Of(CertificateCheckKind.BasicConstraints, issuer, issuer.IsAuthority,
            issuer.IsAuthority ? "cA TRUE" : issuer.Has(CertificateExtension.BasicConstraints) ? "cA FALSE" : "no basicConstraints", "cA TRUE",
            "RFC 5280 6.1.4 (k)", TlsError.CertificateNotAnAuthority,
            "It signed a certificate without being a certification authority: have the server's issued by one.");

    /// <summary>RFC 5280 6.1.4 (n): keyCertSign where usages are stated.</summary>
    internal static Finding SigningUsage(CertificateDetails issuer) =>
        Finding.Of(CertificateCheckKind.KeyUsage, issuer, issuer.AllowsKeyUsage(KeyUsage.KeyCertSign), new(static c => c.KeyUsageNames()), "keyCertSign",
            "RFC 5280 6.1.4 (n)", TlsError.CertificateKeyUsage, "Have the authority's certificate issued with the key usage keyCertSign.");

    /// <summary>RFC 5280 4.2.1.12 leaves open what purposes mean in an authority. As in browsers, they limit what it may issue for.</summary>
    internal static Finding Purpose(CertificateDetails issuer, TlsPurpose purpose) =>
        Finding.Of(CertificateCheckKind.ExtendedKeyUsage, issuer,
            issuer.ExtendedKeyUsage is not { } purposes || purposes.Contains(purpose.Oid) || purposes.Contains(KeyPurposeID.AnyExtendedKeyUsage.Id),
            new(static c => c.ExtendedKeyUsageNames()), purpose.WantedOfAuthority, "RFC 5280 4.2.1.12", TlsError.CertificateExtendedKeyUsage,
            purpose.AdviceOnAuthority);

    /// <summary>RFC 5280 6.1.4 (l) and (m): self-issued certificates and the server's own are not counted.</summary>
    /// <param name="issuer">The certificate that may restrict the path.</param>
    /// <param name="below">The path from the server's certificate to the one that <paramref name="issuer"/> signed.</param>
    internal static Finding PathLength(CertificateDetails issuer, IReadOnlyList<CertificateDetails> below)
    {
        int following = 0;
        for (int i = 1; i < below.Count; i++)
        {
            if (!below[i].IsSelfIssued) following++;
        }
        return Finding.Of(CertificateCheckKind.PathLength, issuer, issuer.PathLength is not int limit || following <= limit,
            $"{following} intermediate{(following == 1 ? "" : "s")} below it", issuer.PathLength is null ? "any number" : new Wording(static c => $"at most {c.PathLength}"),
            "RFC 5280 6.1.4 (m)", TlsError.CertificatePathLength, "The authority may not have so many others below it: have the certificate issued higher up.");
    }

    /// <summary>RFC 5280 4.2.1.1: a root's two key identifiers name the same key, its own (CA/Browser Forum BR 7.1.2.1.3).</summary>
    internal static Finding AnchorIdentifiers(CertificateDetails anchor)
    {
        bool agree = !anchor.IsSelfIssued || anchor.AuthorityKeyIdentifier is not { } authority || anchor.SubjectKeyIdentifier is not { } subject
            || authority.Span.SequenceEqual(subject.Span);
        return Finding.Of(CertificateCheckKind.Profile, anchor, agree, agree ? "consistent key identifiers" : "an authorityKeyIdentifier of another key",
            "the same key identifier for authority and subject of a root", "RFC 5280 4.2.1.1", TlsError.CertificateMalformed, "Replace the trust anchor.");
    }
}
