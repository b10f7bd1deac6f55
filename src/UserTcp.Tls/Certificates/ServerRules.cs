using Org.BouncyCastle.Asn1.X509;

namespace UserTcp.Tls.Certificates;

/// <summary>The rules for the server's own certificate. One rule per method, each a pure function.</summary>
internal static class ServerRules
{
    /// <summary>RFC 9525 6: one of the presented names is the host's.</summary>
    internal static Finding HostName(CertificateDetails server, ReferenceIdentity reference)
    {
        return Finding.Of(CertificateCheckKind.HostName, server, HostNameMatcher.Matches(reference, server.AlternativeNames), new(HostNames),
            (reference.Address is null ? "DNS:" : "IP:") + reference, "RFC 9525 6", TlsError.CertificateHostName,
            !server.AlternativeNames.Any(IsHostName)
                ? "A name in the subject alone does not count: have it issued with a subjectAltName."
                : "Ask for the server by a name that its certificate has, or have it issued for this one.");
    }

    private static string HostNames(CertificateDetails server)
    {
        AlternativeName[] names = [.. server.AlternativeNames.Where(IsHostName)];
        return names.Length == 0 ? "no DNS name or IP address in subjectAltName" : Printable.List(names);
    }

    private static bool IsHostName(AlternativeName name) => name.Form is NameForm.Dns or NameForm.IpAddress;

    /// <summary>RFC 5280 4.2.1.3: the server signs with its key, so digitalSignature must be allowed where usages are stated.</summary>
    internal static Finding SigningUsage(CertificateDetails server) =>
        Finding.Of(CertificateCheckKind.KeyUsage, server, server.AllowsKeyUsage(KeyUsage.DigitalSignature), new(static c => c.KeyUsageNames()), "digitalSignature",
            "RFC 5280 4.2.1.3", TlsError.CertificateKeyUsage, "Have it issued with the key usage digitalSignature: ECDHE suites sign with it.");

    /// <summary>RFC 5280 4.2.1.12: the purpose where purposes are stated. anyExtendedKeyUsage is not enough, as an application may ask for its own.</summary>
    internal static Finding Purpose(CertificateDetails server, TlsPurpose purpose) =>
        Finding.Of(CertificateCheckKind.ExtendedKeyUsage, server, server.ExtendedKeyUsage?.Contains(purpose.Oid) ?? true,
            new(static c => c.ExtendedKeyUsageNames()), purpose.Name, "RFC 5280 4.2.1.12", TlsError.CertificateExtendedKeyUsage, purpose.Advice);

    /// <summary>A certification authority's own certificate does not serve:
    /// its key would sign both certificates and handshakes (CA/Browser Forum BR 7.1.2.7.8).</summary>
    internal static Finding NotAnAuthority(CertificateDetails server) =>
        Finding.Of(CertificateCheckKind.BasicConstraints, server, !server.IsAuthority, server.IsAuthority ? "cA TRUE" : "not a certification authority",
            "a server's certificate, not a certification authority's", "RFC 5280 4.2.1.9", TlsError.CertificateKeyUsage,
            "Give the server a certificate of its own, with CA:FALSE, or trust exactly this one by naming it as the trust anchor.");

    /// <summary>RFC 8422 2.1: the key fits the suite's signature. Whether its curve was offered is asked with the other groups.</summary>
    internal static Finding KeyType(CertificateDetails server, ServerKeyUse use)
    {
        bool fits = use switch
        {
            ServerKeyUse.RsaSignature => server.Key is { IsRsa: true },
            _ => server.Key is { IsRsa: false },
        };
        return Finding.Of(CertificateCheckKind.KeyType, server, fits, new(static c => c.KeyDescription), use == ServerKeyUse.RsaSignature ? "RSA" : "an elliptic curve",
            "RFC 8422 2", TlsError.CertificateKeyType, "The server chose a cipher suite that its certificate does not fit: give it one of the other kind.");
    }
}
