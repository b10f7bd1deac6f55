using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>What a certificate says, before it has a key and a signature. As it stands: a right leaf for <see cref="TestAuthority.Host"/>.</summary>
internal sealed record CertificateRecipe
{
    private const string NameConstraints = "2.5.29.30", Comment = "2.16.840.1.113730.1.13", Unknown = "1.3.6.1.4.1.32473.1"; // 32473 is for examples (RFC 5612)
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1", TlsFeature = "1.3.6.1.5.5.7.1.24";

    /// <summary>For TLS clients (RFC 5280 4.2.1.12).</summary>
    public const string ClientAuth = "1.3.6.1.5.5.7.3.2";

    /// <summary>Whom it is for.</summary>
    public string Subject { get; init; } = "CN=Interop server";

    /// <summary>The DNS names.</summary>
    public string[] Names { get; init; } = [TestAuthority.Host];

    /// <summary>The IP addresses.</summary>
    public IPAddress[] Addresses { get; init; } = [];

    /// <summary>From when it is valid.</summary>
    public DateTimeOffset Start { get; init; } = DateTimeOffset.UtcNow.AddDays(-30);

    /// <summary>Until when.</summary>
    public DateTimeOffset End { get; init; } = DateTimeOffset.UtcNow.AddDays(30);

    /// <summary>Whether it may sign others.</summary>
    public bool IsAuthority { get; init; }

    /// <summary>How many authorities may follow; null for any number.</summary>
    public int? PathLength { get; init; }

    /// <summary>What the key may do.</summary>
    public X509KeyUsageFlags Usage { get; init; } = X509KeyUsageFlags.DigitalSignature;

    /// <summary>What it is for; null when it does not say.</summary>
    public string? Purpose { get; init; } = ServerAuth;

    /// <summary>The domain below which it may issue; null when that is not said.</summary>
    public string? Permitted { get; init; }

    /// <summary>The domain below which it may not issue.</summary>
    public string? Forbidden { get; init; }

    /// <summary>Whether the signature is with SHA-1 instead of SHA-256.</summary>
    public bool Sha1 { get; init; }

    /// <summary>Whether it has a critical extension that nobody knows.</summary>
    public bool UnknownCritical { get; init; }

    /// <summary>Whether it promises an OCSP staple (RFC 7633).</summary>
    public bool MustStaple { get; init; }

    /// <summary>The length of a comment that only makes it longer.</summary>
    public int Padding { get; init; }

    /// <summary>An authority's.</summary>
    public static CertificateRecipe Authority(string subject) => new()
    {
        Subject = subject,
        Names = [],
        IsAuthority = true,
        Usage = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign,
        Purpose = null,
    };

    /// <summary>The request for a public key.</summary>
    public CertificateRequest For(PublicKey key)
    {
        var request = new CertificateRequest(new X500DistinguishedName(Subject), key, HashAlgorithmName.SHA256);
        foreach (X509Extension extension in Extensions()) request.CertificateExtensions.Add(extension);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, false));
        return request;
    }

    /// <summary>Who signs it, in the recipe's way.</summary>
    public X509SignatureGenerator SignedBy(X509SignatureGenerator issuer) => Sha1 ? new Sha1Generator(issuer) : issuer;

    private IEnumerable<X509Extension> Extensions()
    {
        if (Names.Length + Addresses.Length > 0)
        {
            var alternatives = new SubjectAlternativeNameBuilder();
            foreach (string name in Names) alternatives.AddDnsName(name);
            foreach (IPAddress address in Addresses) alternatives.AddIpAddress(address);
            yield return alternatives.Build();
        }

        yield return new X509BasicConstraintsExtension(IsAuthority, PathLength is not null, PathLength ?? 0, true);
        yield return new X509KeyUsageExtension(Usage, true);
        if (Purpose is not null) yield return new X509EnhancedKeyUsageExtension([new Oid(Purpose)], false);
        if (Permitted is not null) yield return Constraint(Permitted, 0);
        if (Forbidden is not null) yield return Constraint(Forbidden, 1);
        if (UnknownCritical) yield return Extension(Unknown, critical: true, der => der.WriteNull());
        if (MustStaple)
            yield return Extension(TlsFeature, critical: false, der => { using (der.PushSequence()) der.WriteInteger(5); }); // status_request
        if (Padding > 0)
            yield return Extension(Comment, critical: false, der => der.WriteCharacterString(UniversalTagNumber.IA5String, new string('-', Padding)));
    }

    // RFC 5280 4.2.1.10: permittedSubtrees [0] or excludedSubtrees [1] of one dNSName [2].
    private static X509Extension Constraint(string domain, int subtrees) => Extension(NameConstraints, critical: true, der =>
    {
        using (der.PushSequence())
        using (der.PushSequence(new Asn1Tag(TagClass.ContextSpecific, subtrees)))
        using (der.PushSequence())
            der.WriteCharacterString(UniversalTagNumber.IA5String, domain, new Asn1Tag(TagClass.ContextSpecific, 2));
    });

    private static X509Extension Extension(string oid, bool critical, Action<AsnWriter> write)
    {
        var der = new AsnWriter(AsnEncodingRules.DER);
        write(der);
        return new X509Extension(oid, der.Encode(), critical);
    }

    // .NET knows how to sign with SHA-1, but no longer how to say so in a certificate.
    private sealed class Sha1Generator(X509SignatureGenerator inner) : X509SignatureGenerator
    {
        private const string RsaEncryption = "1.2.840.113549.1.1.1", Sha1WithRsa = "1.2.840.113549.1.1.5", EcdsaWithSha1 = "1.2.840.10045.4.1";

        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm)
        {
            bool rsa = inner.PublicKey.Oid.Value == RsaEncryption;
            var der = new AsnWriter(AsnEncodingRules.DER);
            using (der.PushSequence())
            {
                der.WriteObjectIdentifier(rsa ? Sha1WithRsa : EcdsaWithSha1);
                if (rsa) der.WriteNull();
            }

            return der.Encode();
        }

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => inner.SignData(data, HashAlgorithmName.SHA1);

        protected override PublicKey BuildPublicKey() => inner.PublicKey;
    }
}
