using System.Security.Cryptography;
using Org.BouncyCastle.Asn1.X509;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Certificates;

/// <summary>A parsed certificate (RFC 5280 4.1), with the parts that path validation asks for. <see cref="CertificateParser"/> makes them.</summary>
internal sealed class CertificateDetails
{
    /// <summary>The certificate as it was sent.</summary>
    internal required byte[] Der { get; init; }

    /// <summary>The part that is signed, as it was sent.</summary>
    internal required ReadOnlyMemory<byte> ToBeSigned { get; init; }

    internal required ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>How it is signed; null when that is not one of the supported schemes.</summary>
    internal required SignatureScheme? SignatureScheme { get; init; }

    /// <summary>The signature algorithm's name for messages.</summary>
    internal required string SignatureAlgorithm { get; init; }

    /// <summary>Whether the algorithm is the same inside and outside of the signed part (RFC 5280 4.1.1.2).</summary>
    internal required bool SignatureAlgorithmsAgree { get; init; }

    /// <summary>1 to 3.</summary>
    internal required int Version { get; init; }

    /// <summary>The content bytes of the serial number, big endian.</summary>
    internal required ReadOnlyMemory<byte> SerialNumber { get; init; }

    internal required DistinguishedName Issuer { get; init; }

    internal required DistinguishedName Subject { get; init; }

    internal required DateTimeOffset NotBefore { get; init; }

    internal required DateTimeOffset NotAfter { get; init; }

    internal required ReadOnlyMemory<byte> SubjectPublicKeyInfo { get; init; }

    /// <summary>The key; null when it is not acceptable, for the reason in <see cref="KeyError"/> and <see cref="KeyDefect"/>.</summary>
    internal required ServerPublicKey? Key { get; init; }

    internal required TlsError KeyError { get; init; }

    internal required string KeyDefect { get; init; }

    /// <summary>Such as "RSA 2048" or "P-256", or why there is none.</summary>
    internal string KeyDescription => Key switch
    {
        null => KeyDefect,
        { Algorithm: PublicKeyAlgorithm.Rsa } key => $"RSA {key.Bits}",
        { Algorithm: PublicKeyAlgorithm.RsaPss } key => $"RSA-PSS {key.Bits}",
        { Algorithm: PublicKeyAlgorithm.Ed25519 } => "Ed25519",
        { } key => $"P-{key.Bits}",
    };

    internal required ExtensionValues Extensions { get; init; }

    /// <summary>Critical extensions whose meaning is not processed (RFC 5280 4.2).</summary>
    internal IReadOnlyList<string> UnprocessedCritical => Extensions.UnprocessedCritical;

    /// <summary>basicConstraints' cA.</summary>
    internal bool IsAuthority => Extensions.IsAuthority;

    /// <summary>basicConstraints' pathLenConstraint.</summary>
    internal int? PathLength => Extensions.PathLength;

    /// <summary>keyUsage as a combination of <see cref="Org.BouncyCastle.Asn1.X509.KeyUsage"/>'s bits; null when there is none.</summary>
    internal int? KeyUsage => Extensions.KeyUsage;

    /// <summary>The OIDs of extKeyUsage; null when there is none.</summary>
    internal IReadOnlyList<string>? ExtendedKeyUsage => Extensions.ExtendedKeyUsage;

    /// <summary>subjectAltName; empty when there is none.</summary>
    internal IReadOnlyList<AlternativeName> AlternativeNames => Extensions.AlternativeNames;

    internal NameSubtrees? NameConstraints => Extensions.NameConstraints;

    internal ReadOnlyMemory<byte>? SubjectKeyIdentifier => Extensions.SubjectKeyIdentifier;

    internal ReadOnlyMemory<byte>? AuthorityKeyIdentifier => Extensions.AuthorityKeyIdentifier;

    /// <summary>Where the issuer's certificate can be had, from authorityInfoAccess; null when it does not say (RFC 5280 4.2.2.1). Never fetched.</summary>
    internal string? IssuerAddress => Extensions.IssuerAddress;

    /// <summary>The TLS feature status_request: the server must staple an OCSP response (RFC 7633 4.2.3.1).</summary>
    internal bool MustStaple => Extensions.MustStaple;

    /// <summary>Issuer and subject are the same name (RFC 5280 3.2); not necessarily the same key.</summary>
    internal bool IsSelfIssued => Subject.Equals(Issuer);

    internal bool Has(CertificateExtension extension) => Extensions.Has(extension);

    internal bool IsCritical(CertificateExtension extension) => Extensions.IsCritical(extension);

    /// <summary>True when the key usage allows it, or does not restrict it.</summary>
    internal bool AllowsKeyUsage(int bit) => KeyUsage is null || (KeyUsage & bit) != 0;

    /// <summary>What to show of it.</summary>
    internal CertificateInfo ToInfo() => new(
        Subject.ToString(),
        Issuer.ToString(),
        Convert.ToHexString(SerialNumber.Span),
        NotBefore,
        NotAfter,
        KeyDescription,
        SignatureAlgorithm,
        [.. AlternativeNames.Select(name => name.ToString())],
        Convert.ToHexString(SHA256.HashData(Der)),
        IsAuthority,
        Der);

    /// <summary>The names of the key usage bits that are set, or "none stated".</summary>
    internal string KeyUsageNames()
    {
        if (KeyUsage is not int bits) return "any (none stated)";
        (int Bit, string Name)[] names =
        [
            (Org.BouncyCastle.Asn1.X509.KeyUsage.DigitalSignature, "digitalSignature"), (Org.BouncyCastle.Asn1.X509.KeyUsage.NonRepudiation, "nonRepudiation"),
            (Org.BouncyCastle.Asn1.X509.KeyUsage.KeyEncipherment, "keyEncipherment"), (Org.BouncyCastle.Asn1.X509.KeyUsage.DataEncipherment, "dataEncipherment"),
            (Org.BouncyCastle.Asn1.X509.KeyUsage.KeyAgreement, "keyAgreement"), (Org.BouncyCastle.Asn1.X509.KeyUsage.KeyCertSign, "keyCertSign"),
            (Org.BouncyCastle.Asn1.X509.KeyUsage.CrlSign, "cRLSign"),
        ];
        return string.Join(", ", names.Where(n => (bits & n.Bit) != 0).Select(n => n.Name).DefaultIfEmpty("none"));
    }

    /// <summary>The names of the purposes in extKeyUsage, or "any (none stated)".</summary>
    internal string ExtendedKeyUsageNames() => ExtendedKeyUsage is null
        ? "any (none stated)"
        : Printable.List<string>([.. ExtendedKeyUsage.Select(oid =>
            oid == KeyPurposeID.id_kp_serverAuth.Id ? "serverAuth"
            : oid == KeyPurposeID.id_kp_clientAuth.Id ? "clientAuth"
            : oid == KeyPurposeID.AnyExtendedKeyUsage.Id ? "anyExtendedKeyUsage"
            : oid)]);
}
