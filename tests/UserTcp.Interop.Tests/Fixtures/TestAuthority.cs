using System.Formats.Asn1;
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

/// <summary>The key of a leaf.</summary>
public enum LeafKey
{
    /// <summary>RSA of 2048 bits.</summary>
    Rsa2048,

    /// <summary>RSA of 3072 bits.</summary>
    Rsa3072,

    /// <summary>RSA of 4096 bits.</summary>
    Rsa4096,

    /// <summary>RSA of 2048 bits that the certificate allows for PSS only (RFC 4055 1.2).</summary>
    RsaPss,

    /// <summary>ECDSA on P-256.</summary>
    P256,

    /// <summary>ECDSA on P-384.</summary>
    P384,
}

/// <summary>A root and an intermediate made for this run, and the leaves that they sign.</summary>
internal sealed class TestAuthority
{
    /// <summary>The name that every right leaf is for.</summary>
    public const string Host = "server.test";

    /// <summary>Another name for it, which is a CNAME.</summary>
    public const string Alias = "alias.test";

    /// <summary>A name with more addresses than a DNS answer over UDP has room for.</summary>
    public const string Crowd = "crowd.test";

    private const string RsassaPss = "1.2.840.113549.1.1.10";
    private static readonly Lazy<TestAuthority> OfRsa = new(() => new(KeyKind.Rsa)), OfEcdsa = new(() => new(KeyKind.Ecdsa));

    private readonly KeyKind _kind;

    private TestAuthority(KeyKind kind)
    {
        _kind = kind;
        Root = MakeAuthority("Interop root", issuer: null);
        Intermediate = MakeAuthority("Interop intermediate", Root);
    }

    /// <summary>The PEM of the roots of both kinds.</summary>
    public static string RootsPem { get; } = OfRsa.Value.Root.ExportCertificatePem() + "\n" + OfEcdsa.Value.Root.ExportCertificatePem() + "\n";

    /// <summary>The root, with its key.</summary>
    public X509Certificate2 Root { get; }

    /// <summary>What signs leaves, with its key.</summary>
    public X509Certificate2 Intermediate { get; }

    /// <summary>The authority with keys of a kind, the same for the whole run.</summary>
    public static TestAuthority Of(KeyKind kind) => kind == KeyKind.Rsa ? OfRsa.Value : OfEcdsa.Value;

    /// <summary>A leaf with nothing wrong, and its intermediate.</summary>
    public ServerCertificate Good() => Issue(new() { Names = [Host, Alias, Crowd], Addresses = [TapLab.Kernel] });

    /// <summary>As <see cref="Good()"/>, with a key of one's choice.</summary>
    public static ServerCertificate Good(LeafKey key)
    {
        TestAuthority authority = Of(key is LeafKey.P256 or LeafKey.P384 ? KeyKind.Ecdsa : KeyKind.Rsa);
        AsymmetricAlgorithm made = key switch
        {
            LeafKey.Rsa3072 => RSA.Create(3072),
            LeafKey.Rsa4096 => RSA.Create(4096),
            LeafKey.P256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
            LeafKey.P384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            _ => RSA.Create(2048),
        };
        return key == LeafKey.RsaPss
            ? new(Sign(new(), PssKey((RSA)made), authority.Intermediate), authority.Intermediate) { KeyPem = PssPem((RSA)made) }
            : new(Issue(new(), made, authority.Intermediate), authority.Intermediate);
    }

    /// <summary>A client's certificate, which the intermediate signed.</summary>
    public ServerCertificate Client() => Issue(new() { Subject = "CN=Interop client", Names = [], Purpose = CertificateRecipe.ClientAuth });

    /// <summary>A chain of about 6 KB with two intermediates, as some public servers have.</summary>
    public ServerCertificate Long()
    {
        X509Certificate2 upper = MakeAuthority("Interop upper intermediate", Root, recipe => recipe with { Padding = 1000 });
        X509Certificate2 lower = MakeAuthority("Interop lower intermediate", upper, recipe => recipe with { Padding = 1000 });
        string[] names = [.. Enumerable.Range(0, 40).Select(i => $"another-name-of-the-same-server-{i}.test")];
        return new(Issue(new() { Names = [Host, .. names] }, NewKey(), lower), lower, upper);
    }

    /// <summary>A leaf that the intermediate signed.</summary>
    public ServerCertificate Issue(CertificateRecipe recipe) => new(Issue(recipe, NewKey(), Intermediate), Intermediate);

    /// <summary>A certificate that signs others, in its own way if asked.</summary>
    public X509Certificate2 MakeAuthority(string name, X509Certificate2? issuer, Func<CertificateRecipe, CertificateRecipe>? change = null)
    {
        CertificateRecipe recipe = CertificateRecipe.Authority($"CN={name} {_kind}");
        return Issue(change is null ? recipe : change(recipe), NewKey(), issuer);
    }

    /// <summary>A new key of the authority's kind.</summary>
    public AsymmetricAlgorithm NewKey() => _kind == KeyKind.Rsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>A certificate with its key; signed by itself without an issuer.</summary>
    public static X509Certificate2 Issue(CertificateRecipe recipe, AsymmetricAlgorithm key, X509Certificate2? issuer)
    {
        using X509Certificate2 bare = Sign(recipe, Generator(key).PublicKey, issuer, key);
        return key is RSA rsa ? bare.CopyWithPrivateKey(rsa) : bare.CopyWithPrivateKey((ECDsa)key);
    }

    // Not with CertificateRequest.Create(issuer): that refuses to make most of what is wrong on purpose.
    private static X509Certificate2 Sign(CertificateRecipe recipe, PublicKey publicKey, X509Certificate2? issuer, AsymmetricAlgorithm? own = null)
    {
        CertificateRequest request = recipe.For(publicKey);
        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = 0x40; // positive, no leading zero
        if (issuer is null) return request.Create(request.SubjectName, Generator(own!), recipe.Start, recipe.End, serial);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        return request.Create(issuer.SubjectName, recipe.SignedBy(Generator(ServerCertificate.KeyOf(issuer))), recipe.Start, recipe.End, serial);
    }

    private static X509SignatureGenerator Generator(AsymmetricAlgorithm key)
        => key is RSA rsa ? X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1) : X509SignatureGenerator.CreateForECDsa((ECDsa)key);

    private static PublicKey PssKey(RSA key) => new(new Oid(RsassaPss), null, new AsnEncodedData(key.ExportRSAPublicKey()));

    // PKCS #8 (RFC 5958 2) with the algorithm that the certificate has: OpenSSL takes the two for different kinds of key otherwise.
    private static string PssPem(RSA key)
    {
        var der = new AsnWriter(AsnEncodingRules.DER);
        using (der.PushSequence())
        {
            der.WriteInteger(0);
            using (der.PushSequence())
                der.WriteObjectIdentifier(RsassaPss);
            der.WriteOctetString(key.ExportRSAPrivateKey());
        }

        return PemEncoding.WriteString("PRIVATE KEY", der.Encode()) + "\n";
    }
}
