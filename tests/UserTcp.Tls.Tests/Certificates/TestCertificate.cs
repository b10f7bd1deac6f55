using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace UserTcp.Tls.Tests.Certificates;

/// <summary>A certificate with its key, made by .NET's own CertificateRequest: independent of the code under test.</summary>
internal sealed class TestCertificate
{
    public static readonly DateTimeOffset Now = new(2025, 6, 15, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset From = Now.AddDays(-30);
    private static readonly DateTimeOffset Until = Now.AddDays(30);

    // Keys are slow to make and say nothing about a test: the tests share one of each kind and purpose.
    private static readonly Dictionary<string, ECDsa> EcKeys = [];
    private static readonly Dictionary<int, RSA> RsaKeys = [];
    private static int _serial;

    private TestCertificate(byte[] der, X500DistinguishedName subject, AsymmetricAlgorithm key, bool pss) => (Der, Subject, Key, Pss) = (der, subject, key, pss);

    public byte[] Der { get; }

    private X500DistinguishedName Subject { get; }

    public AsymmetricAlgorithm Key { get; }

    private bool Pss { get; }

    private PublicKey PublicKey { get; init; } = null!;

    /// <summary>Signs a revocation list, made by .NET.</summary>
    public byte[] RevocationList(DateTimeOffset from, DateTimeOffset until, params TestCertificate[] revoked)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (TestCertificate certificate in revoked)
        {
            using X509Certificate2 listed = X509CertificateLoader.LoadCertificate(certificate.Der);
            builder.AddEntry(listed);
        }
        X509SignatureGenerator generator = X509SignatureGenerator.CreateForECDsa((ECDsa)Key);
        return builder.Build(Subject, generator, 1, until, HashAlgorithmName.SHA256,
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(new X509SubjectKeyIdentifierExtension(PublicKey, false)), from);
    }

    /// <summary>What is unusual about a certificate. The defaults make a good one.</summary>
    public sealed record Shape
    {
        public string Subject { get; init; } = "CN=server";
        public AsymmetricAlgorithm? Key { get; init; }
        public bool IsAuthority { get; init; }
        public int? PathLength { get; init; }
        public bool WithoutBasicConstraints { get; init; }
        public X509KeyUsageFlags? KeyUsage { get; init; }
        public string[]? Purposes { get; init; } = ["1.3.6.1.5.5.7.3.1"];
        public string[] DnsNames { get; init; } = ["server.example"];
        public string[] Addresses { get; init; } = [];
        public X509Extension[] Extra { get; init; } = [];

        /// <summary>Whether it has an authorityKeyIdentifier, as public authorities' certificates must.</summary>
        public bool NamesIssuerKey { get; init; }
        public byte[]? SerialNumber { get; init; }
        public DateTimeOffset NotBefore { get; init; } = From;
        public DateTimeOffset NotAfter { get; init; } = Until;
        public HashAlgorithmName Hash { get; init; } = HashAlgorithmName.SHA256;
    }

    public static ECDsa EcKey(string name, ECCurve? curve = null)
    {
        lock (EcKeys)
        {
            if (!EcKeys.TryGetValue(name, out ECDsa? key)) EcKeys.Add(name, key = ECDsa.Create(curve ?? ECCurve.NamedCurves.nistP256));
            return key;
        }
    }

    public static RSA RsaKey(int bits = 2048)
    {
        lock (RsaKeys)
        {
            if (!RsaKeys.TryGetValue(bits, out RSA? key)) RsaKeys.Add(bits, key = RSA.Create(bits));
            return key;
        }
    }

    public static TestCertificate Root(string name = "Root", Shape? shape = null, bool pss = false)
    {
        shape ??= new Shape();
        return Sign(shape with { Subject = $"CN={name}", IsAuthority = true, Key = shape.Key ?? EcKey(name), DnsNames = [], Purposes = null }, null, pss);
    }

    public TestCertificate Intermediate(string name = "Intermediate", Shape? shape = null)
    {
        shape ??= new Shape { IsAuthority = true };
        return Sign(shape with { Subject = $"CN={name}", Key = shape.Key ?? EcKey(name), DnsNames = [], Purposes = shape.Purposes is ["1.3.6.1.5.5.7.3.1"] ? null : shape.Purposes }, this);
    }

    public TestCertificate Server(Shape? shape = null) => Sign(shape ?? new Shape(), this);

    public static TestCertificate SelfSigned(Shape shape) => Sign(shape, null);

    private static TestCertificate Sign(Shape shape, TestCertificate? issuer, bool pss = false)
    {
        AsymmetricAlgorithm key = shape.Key ?? EcKey("server");
        var subject = new X500DistinguishedName(shape.Subject);
        AsymmetricAlgorithm signingKey = issuer?.Key ?? key;
        X509SignatureGenerator generator = shape.Hash == HashAlgorithmName.SHA1 ? new Sha1Generator((RSA)signingKey) : signingKey is RSA rsa
            ? X509SignatureGenerator.CreateForRSA(rsa, (issuer?.Pss ?? pss) ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1)
            : X509SignatureGenerator.CreateForECDsa((ECDsa)signingKey);
        var publicKey = key is RSA subjectRsa
            ? X509SignatureGenerator.CreateForRSA(subjectRsa, RSASignaturePadding.Pkcs1).PublicKey
            : X509SignatureGenerator.CreateForECDsa((ECDsa)key).PublicKey;
        var request = new CertificateRequest(subject, publicKey, shape.Hash);
        if (!shape.WithoutBasicConstraints)
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(shape.IsAuthority, shape.PathLength is not null, shape.PathLength ?? 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            shape.KeyUsage ?? (shape.IsAuthority ? X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign : X509KeyUsageFlags.DigitalSignature), true));
        if (shape.Purposes is { } purposes)
        {
            var oids = new OidCollection();
            foreach (string purpose in purposes) oids.Add(new Oid(purpose));
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(oids, false));
        }
        if (shape.DnsNames.Length + shape.Addresses.Length > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            foreach (string name in shape.DnsNames) names.AddDnsName(name);
            foreach (string address in shape.Addresses) names.AddIpAddress(IPAddress.Parse(address));
            request.CertificateExtensions.Add(names.Build());
        }
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(publicKey, false));
        if (shape.NamesIssuerKey && issuer is not null)
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(new X509SubjectKeyIdentifierExtension(issuer.PublicKey, false)));
        foreach (X509Extension extension in shape.Extra) request.CertificateExtensions.Add(extension);
        byte[] number = BitConverter.GetBytes(Interlocked.Increment(ref _serial));
        using X509Certificate2 certificate = request.Create(issuer?.Subject ?? subject, generator, shape.NotBefore, shape.NotAfter, shape.SerialNumber ?? [1, .. number]);
        return new TestCertificate(certificate.RawData, subject, key, pss) { PublicKey = publicKey };
    }

    /// <summary>.NET makes no SHA-1 certificates any more; roots of 2006 have such signatures.</summary>
    private sealed class Sha1Generator(RSA key) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => Convert.FromHexString("300d06092a864886f70d0101050500");

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => key.SignData(data, hashAlgorithm, RSASignaturePadding.Pkcs1);

        protected override PublicKey BuildPublicKey() => CreateForRSA(key, RSASignaturePadding.Pkcs1).PublicKey;
    }
}
