using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>The kind of key in every certificate of a chain.</summary>
public enum KeyKind
{
    /// <summary>RSA-2048.</summary>
    Rsa,

    /// <summary>ECDSA on P-256.</summary>
    Ecdsa,
}

/// <summary>A root and an intermediate made for this run, and the leaves that they sign: right ones, and ones with exactly one fault.</summary>
internal sealed class TestAuthority
{
    /// <summary>The name that every right leaf is for.</summary>
    public const string Host = "server.test";

    /// <summary>Another name for it, which is a CNAME.</summary>
    public const string Alias = "alias.test";

    /// <summary>A name with more addresses than a DNS answer over UDP has room for.</summary>
    public const string Crowd = "crowd.test";

    private const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuth = "1.3.6.1.5.5.7.3.2";
    private const string NameConstraints = "2.5.29.30";
    private const string Comment = "2.16.840.1.113730.1.13"; // an extension that nobody acts on
    private static readonly DateTimeOffset Start = DateTimeOffset.UtcNow.AddDays(-30), End = DateTimeOffset.UtcNow.AddDays(30);
    private static readonly Lazy<TestAuthority> OfRsa = new(() => new(KeyKind.Rsa)), OfEcdsa = new(() => new(KeyKind.Ecdsa));

    private readonly KeyKind _kind;
    private readonly X509Certificate2 _root, _intermediate;

    private TestAuthority(KeyKind kind)
    {
        _kind = kind;
        _root = MakeAuthority("CN=Interop root", issuer: null);
        _intermediate = MakeAuthority("CN=Interop intermediate", _root);
    }

    /// <summary>The PEM of the roots of both kinds.</summary>
    public static string RootsPem { get; } = OfRsa.Value._root.ExportCertificatePem() + "\n" + OfEcdsa.Value._root.ExportCertificatePem() + "\n";

    /// <summary>The authority with keys of a kind, the same for the whole run.</summary>
    public static TestAuthority Of(KeyKind kind) => kind == KeyKind.Rsa ? OfRsa.Value : OfEcdsa.Value;

    /// <summary>A leaf with nothing wrong, and its intermediate.</summary>
    public ServerCertificate Good() => new(Leaf(_intermediate, [Host, Alias, Crowd], [TapLab.Kernel]), _intermediate);

    /// <summary>As <see cref="Good"/>, with the intermediate left out.</summary>
    public ServerCertificate WithoutIntermediate() => new(Leaf(_intermediate));

    /// <summary>A chain of about 6 KB with two intermediates, as some public servers have.</summary>
    public ServerCertificate Long()
    {
        X509Certificate2 upper = MakeAuthority("CN=Interop upper intermediate", _root, padding: 1000);
        X509Certificate2 lower = MakeAuthority("CN=Interop lower intermediate", upper, padding: 1000);
        string[] names = [.. Enumerable.Range(0, 40).Select(i => $"another-name-of-the-same-server-{i}.test")];
        return new(Leaf(lower, names: [Host, .. names]), lower, upper);
    }

    /// <summary>Valid until yesterday.</summary>
    public ServerCertificate Expired() => new(Leaf(_intermediate, end: DateTimeOffset.UtcNow.AddDays(-1)), _intermediate);

    /// <summary>Valid from tomorrow.</summary>
    public ServerCertificate NotYetValid() => new(Leaf(_intermediate, start: DateTimeOffset.UtcNow.AddDays(1)), _intermediate);

    /// <summary>Signed by its own key.</summary>
    public ServerCertificate SelfSigned() => new(Leaf(issuer: null));

    /// <summary>A right chain under a root that is in no list.</summary>
    public ServerCertificate UnknownIssuer()
    {
        X509Certificate2 intermediate = MakeAuthority("CN=Nobody's intermediate", MakeAuthority("CN=Nobody's root", issuer: null));
        return new(Leaf(intermediate), intermediate);
    }

    /// <summary>For another host.</summary>
    public ServerCertificate WrongName() => new(Leaf(_intermediate, names: ["elsewhere.test"]), _intermediate);

    /// <summary>An RSA key that may only decrypt, but ECDHE needs one that may sign.</summary>
    public ServerCertificate WrongKeyUsage() => new(Leaf(_intermediate, usage: X509KeyUsageFlags.KeyEncipherment), _intermediate);

    /// <summary>For TLS clients.</summary>
    public ServerCertificate WrongPurpose() => new(Leaf(_intermediate, purpose: ClientAuth), _intermediate);

    /// <summary>Under an authority that may not issue for names below .test.</summary>
    public ServerCertificate ForbiddenName()
    {
        X509Certificate2 narrow = MakeAuthority("CN=Interop narrow intermediate", _root, forbidden: "test");
        return new(Leaf(narrow), narrow);
    }

    private X509Certificate2 MakeAuthority(string subject, X509Certificate2? issuer, int padding = 0, string? forbidden = null)
    {
        CertificateRequest request = Request($"{subject} {_kind}", out AsymmetricAlgorithm key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        if (forbidden is not null)
        {
            var constraints = new AsnWriter(AsnEncodingRules.DER); // RFC 5280 4.2.1.10: excludedSubtrees of one dNSName
            using (constraints.PushSequence())
            using (constraints.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
            using (constraints.PushSequence())
                constraints.WriteCharacterString(UniversalTagNumber.IA5String, forbidden, new Asn1Tag(TagClass.ContextSpecific, 2));
            request.CertificateExtensions.Add(new X509Extension(NameConstraints, constraints.Encode(), true));
        }

        if (padding > 0)
        {
            var comment = new AsnWriter(AsnEncodingRules.DER);
            comment.WriteCharacterString(UniversalTagNumber.IA5String, new string('-', padding));
            request.CertificateExtensions.Add(new X509Extension(Comment, comment.Encode(), false));
        }

        return Sign(request, key, issuer, Start, End);
    }

    private X509Certificate2 Leaf(
        X509Certificate2? issuer, string[]? names = null, IPAddress[]? addresses = null, DateTimeOffset? start = null, DateTimeOffset? end = null,
        X509KeyUsageFlags usage = X509KeyUsageFlags.DigitalSignature, string purpose = ServerAuth)
    {
        CertificateRequest request = Request("CN=Interop server", out AsymmetricAlgorithm key);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (string name in names ?? [Host])
            alternatives.AddDnsName(name);
        foreach (IPAddress address in addresses ?? [])
            alternatives.AddIpAddress(address);
        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        return Sign(request, key, issuer, start ?? Start, end ?? End);
    }

    private CertificateRequest Request(string subject, out AsymmetricAlgorithm key)
    {
        if (_kind == KeyKind.Rsa)
        {
            var rsa = RSA.Create(2048);
            key = rsa;
            return new(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }

        var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        key = ecdsa;
        return new(subject, ecdsa, HashAlgorithmName.SHA256);
    }

    private static X509Certificate2 Sign(CertificateRequest request, AsymmetricAlgorithm key, X509Certificate2? issuer, DateTimeOffset start, DateTimeOffset end)
    {
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        if (issuer is null)
            return request.CreateSelfSigned(start, end);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = 0x40; // positive, no leading zero
        using X509Certificate2 bare = request.Create(issuer, start, end, serial);
        return key is RSA rsa ? bare.CopyWithPrivateKey(rsa) : bare.CopyWithPrivateKey((ECDsa)key);
    }
}

/// <summary>What a server is given: its certificate with the key, and the certificates between it and the root.</summary>
internal sealed class ServerCertificate(X509Certificate2 leaf, params X509Certificate2[] intermediates)
{
    /// <summary>The leaf, with its key.</summary>
    public X509Certificate2 Leaf => leaf;

    /// <summary>The certificates between the leaf and the root, from the leaf up.</summary>
    public X509Certificate2[] Intermediates => intermediates;

    /// <summary>Leaf and intermediates as PEM.</summary>
    public string ChainPem => string.Concat(new[] { leaf }.Concat(intermediates).Select(certificate => certificate.ExportCertificatePem() + "\n"));

    /// <summary>The leaf's key as PEM (PKCS #8).</summary>
    public string KeyPem => (leaf.GetRSAPrivateKey() as AsymmetricAlgorithm ?? leaf.GetECDsaPrivateKey()!).ExportPkcs8PrivateKeyPem() + "\n";
}
