using System.Net;
using Org.BouncyCastle.Asn1.X509;
using UserTcp.Tls.Crypto;

namespace UserTcp.Tls.Certificates;

/// <summary>What the certificates of public authorities owe beyond <see cref="CertificateRules"/>: RFC 5280 4 as issuers must keep it, and the
/// CA/Browser Forum's Baseline Requirements (BR). A breach is the mark of a certificate that no audited authority made. The first breach is told.</summary>
/// <remarks>Anchors owe less: they are trusted by name, and roots in every public bundle have serial number 0, no subjectKeyIdentifier,
/// basicConstraints that are not critical, or an authorityKeyIdentifier with issuer and serial number.</remarks>
internal static class PublicRules
{
    /// <summary>The server's own certificate.</summary>
    internal static Finding Server(CertificateDetails server) => Judge(server, Common(server) ?? Issued(server) ?? Purposes(server) ?? Names(server));

    /// <summary>A client's own certificate, whose subject is a person's or a machine's name.</summary>
    internal static Finding Client(CertificateDetails client) => Judge(client, Common(client) ?? Issued(client));

    /// <summary>A certificate between the two.</summary>
    internal static Finding Intermediate(CertificateDetails issuer) => Judge(issuer, Common(issuer) ?? Issued(issuer) ?? Authority(issuer));

    /// <summary>A trust anchor.</summary>
    internal static Finding Anchor(CertificateDetails anchor) => Judge(anchor, Common(anchor) ?? Root(anchor));

    private static Finding Judge(CertificateDetails certificate, (string Seen, string Wanted, string Rule)? breach) =>
        Finding.Of(CertificateCheckKind.PublicProfile, certificate, breach is null, breach?.Seen ?? "within the profile",
            breach?.Wanted ?? "within the profile of public authorities", breach?.Rule ?? "RFC 5280 4", TlsError.CertificateMalformed,
            "Have it issued again by a public authority; if the authority is a private one, name its certificate as the trust anchors, and this is not asked.");

    private static (string, string, string)? Common(CertificateDetails c)
    {
        if (c.Key is { Algorithm: PublicKeyAlgorithm.EcP224 or PublicKeyAlgorithm.Ed25519 })
            return (c.KeyDescription, "RSA, P-256, P-384 or P-521", "BR 6.1.5");
        if (c.NameConstraints is not { } constraints) return null;
        // That they are critical is not asked: BR 7.1.5 excuses it, and they are applied all the same.
        return constraints.Permitted.Concat(constraints.Excluded).FirstOrDefault(s => s.Form == NameForm.Dns && s.Text.StartsWith('.')) is { } dotted
            ? ($"the constraint {dotted}", "a host or domain without leading dot", "RFC 5280 4.2.1.10") : null;
    }

    private static (string, string, string)? Issued(CertificateDetails c)
    {
        if (!c.IsSelfIssued && c.AuthorityKeyIdentifier is null)
            return ("no key identifier of the issuer", "authorityKeyIdentifier with keyIdentifier", "RFC 5280 4.2.1.1");
        if ((c.SerialNumber.Span[0] & 0x80) != 0 || !c.SerialNumber.Span.ContainsAnyExcept((byte)0))
            return ("a serial number that is zero or negative", "a positive one", "RFC 5280 4.1.2.2");
        return c.Has(CertificateExtension.SubjectAlternativeName) && c.IsCritical(CertificateExtension.SubjectAlternativeName) && !c.Subject.IsEmpty
            ? ("a critical subjectAltName beside a subject", "not critical", "RFC 5280 4.2.1.6") : null;
    }

    private static (string, string, string)? Authority(CertificateDetails c)
    {
        if (c.SubjectKeyIdentifier is null) return ("no subjectKeyIdentifier", "one in each certification authority", "RFC 5280 4.2.1.2");
        return c.Has(CertificateExtension.BasicConstraints) && !c.IsCritical(CertificateExtension.BasicConstraints)
            ? ("basicConstraints that are not critical", "critical", "RFC 5280 4.2.1.9") : null;
    }

    private static (string, string, string)? Root(CertificateDetails c)
    {
        if (c.ExtendedKeyUsage is not null) return ($"extKeyUsage {c.ExtendedKeyUsageNames()}", "none in a root", "BR 7.1.2.1.2");
        return c.Has(CertificateExtension.AuthorityKeyIdentifier) && c.AuthorityKeyIdentifier is null
            ? ("an authorityKeyIdentifier without keyIdentifier", "keyIdentifier in it", "RFC 5280 4.2.1.1") : null;
    }

    private static (string, string, string)? Purposes(CertificateDetails c)
    {
        if (c.ExtendedKeyUsage is not { } purposes) return ("no extKeyUsage", "serverAuth", "BR 7.1.2.7.10");
        if (purposes.Contains(KeyPurposeID.AnyExtendedKeyUsage.Id)) return ("anyExtendedKeyUsage", "serverAuth without it", "BR 7.1.2.7.10");
        return c.IsCritical(CertificateExtension.ExtendedKeyUsage) ? ("a critical extKeyUsage", "not critical", "BR 7.1.2.7.6") : null;
    }

    private static (string, string, string)? Names(CertificateDetails c)
    {
        if (c.AlternativeNames.FirstOrDefault(n => n.Form == NameForm.Dns && n.Text.Contains('_', StringComparison.Ordinal)) is { } underscored)
            return (underscored.ToString(), "letters, digits and hyphens", "RFC 5280 4.2.1.6");
        // Sets, each name once: common names times names is quadratic in the size of the certificate.
        HashSet<string> hosts = [.. c.AlternativeNames.Where(n => n.Form == NameForm.Dns).Select(n => n.Text)];
        HashSet<string> addresses = [.. c.AlternativeNames.Where(n => n.Form == NameForm.IpAddress && n.Octets.Length is 4 or 16).Select(n => new IPAddress(n.Octets.Span).ToString())];
        return c.Subject.CommonNames.Distinct().FirstOrDefault(name => Contradicts(name, hosts, addresses)) is { } commonName
            ? ($"the common name {Printable.Text(commonName)}", "a common name that is one of subjectAltName, written as there", "BR 7.1.4.3") : null;
    }

    /// <summary>A common name that denotes a host which subjectAltName does not have, or has in another spelling: a client that still reads
    /// common names would see another host than we do. Left alone are titles, and the domain above the names, which stands for the site.</summary>
    private static bool Contradicts(string commonName, HashSet<string> hosts, HashSet<string> addresses)
    {
        bool isText = commonName.Contains(' ', StringComparison.Ordinal);
        bool hasDot = commonName.Contains('.', StringComparison.Ordinal);
        // IPAddress also reads the old notations (0x7f000001, 127.1, 010.0.0.1): each denotes an address.
        if ((hasDot || commonName.Contains(':', StringComparison.Ordinal) || commonName.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            && IPAddress.TryParse(commonName, out _))
            return !addresses.Contains(commonName);
        if (isText || !hasDot) return false;
        // Few names are the end of all the hosts, so the last loop ends soon for the others.
        return hosts.Count > 0 && !hosts.Contains(commonName) && !hosts.All(host => host.EndsWith("." + commonName, StringComparison.Ordinal));
    }
}
