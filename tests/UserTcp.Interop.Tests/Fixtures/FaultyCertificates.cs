using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>The one thing that is wrong in a certificate or its chain.</summary>
public enum CertificateFault
{
    /// <summary>Valid until yesterday.</summary>
    Expired,

    /// <summary>Valid from tomorrow.</summary>
    NotYetValid,

    /// <summary>Signed by its own key.</summary>
    SelfSigned,

    /// <summary>A right chain under a root that is in no list.</summary>
    UnknownIssuer,

    /// <summary>The intermediate is left out.</summary>
    MissingIntermediate,

    /// <summary>For another host.</summary>
    WrongName,

    /// <summary>The host is only in the subject's common name.</summary>
    NameInSubjectOnly,

    /// <summary>For the server's parent domain's children, of which the server is a grandchild.</summary>
    WildcardTooHigh,

    /// <summary>A key that may only decrypt, but ECDHE needs one that may sign.</summary>
    WrongKeyUsage,

    /// <summary>For TLS clients.</summary>
    WrongPurpose,

    /// <summary>An authority's own certificate.</summary>
    AuthorityAsServer,

    /// <summary>A critical extension that nobody knows.</summary>
    UnknownCriticalExtension,

    /// <summary>A promise of a staple that the server does not keep.</summary>
    PromisedStapleMissing,

    /// <summary>RSA of 1024 bits.</summary>
    WeakKey,

    /// <summary>Signed with SHA-1.</summary>
    WeakSignature,

    /// <summary>The issuer's signature is over other bytes.</summary>
    ForgedSignature,

    /// <summary>Issued by another server's certificate.</summary>
    IssuerIsNoAuthority,

    /// <summary>The intermediate's key may not sign certificates.</summary>
    IssuerMayNotSign,

    /// <summary>The intermediate issues for TLS clients only.</summary>
    IssuerForOtherPurpose,

    /// <summary>The intermediate is valid until yesterday.</summary>
    IssuerExpired,

    /// <summary>The intermediate's key is RSA of 1024 bits.</summary>
    IssuerWeakKey,

    /// <summary>One intermediate more than the first allows.</summary>
    PathTooLong,

    /// <summary>Under an authority that may not issue for names below .test.</summary>
    ForbiddenName,

    /// <summary>Under an authority that may issue for names below .example only.</summary>
    NameNotPermitted,
}

/// <summary>Makes certificates with exactly one fault.</summary>
internal static class FaultyCertificates
{
    /// <summary>A chain with a fault.</summary>
    public static ServerCertificate Faulty(this TestAuthority authority, CertificateFault fault)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return fault switch
        {
            CertificateFault.Expired => authority.Issue(new() { End = now.AddDays(-1) }),
            CertificateFault.NotYetValid => authority.Issue(new() { Start = now.AddDays(1) }),
            CertificateFault.SelfSigned => new(TestAuthority.Issue(new(), authority.NewKey(), issuer: null)),
            CertificateFault.UnknownIssuer => authority.Below(authority.MakeAuthority("Nobody's intermediate", authority.MakeAuthority("Nobody's root", issuer: null))),
            CertificateFault.MissingIntermediate => new(authority.Issue(new()).Leaf),
            CertificateFault.WrongName => authority.Issue(new() { Names = ["elsewhere.test"] }),
            CertificateFault.NameInSubjectOnly => authority.Issue(new() { Subject = $"CN={TestAuthority.Host}", Names = [], Addresses = [IPAddress.Loopback] }),
            CertificateFault.WildcardTooHigh => authority.Issue(new() { Names = ["*.test.test", $"*.{TestAuthority.Host}"] }),
            CertificateFault.WrongKeyUsage => authority.Issue(new() { Usage = X509KeyUsageFlags.KeyEncipherment }),
            CertificateFault.WrongPurpose => authority.Issue(new() { Purpose = CertificateRecipe.ClientAuth }),
            CertificateFault.AuthorityAsServer => authority.Issue(new() { IsAuthority = true, Usage = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign }),
            CertificateFault.UnknownCriticalExtension => authority.Issue(new() { UnknownCritical = true }),
            CertificateFault.PromisedStapleMissing => authority.Issue(new() { MustStaple = true }),
            CertificateFault.WeakKey => new(TestAuthority.Issue(new(), RSA.Create(1024), authority.Intermediate), authority.Intermediate),
            CertificateFault.WeakSignature => authority.Issue(new() { Sha1 = true }),
            CertificateFault.ForgedSignature => new(Forge(authority.Issue(new()).Leaf), authority.Intermediate),
            CertificateFault.IssuerIsNoAuthority => authority.Below(authority.Issue(new() { Subject = "CN=Another server" }).Leaf, authority.Intermediate),
            CertificateFault.IssuerMayNotSign => authority.Below(authority.Special(recipe => recipe with { Usage = X509KeyUsageFlags.CrlSign })),
            CertificateFault.IssuerForOtherPurpose => authority.Below(authority.Special(recipe => recipe with { Purpose = CertificateRecipe.ClientAuth })),
            CertificateFault.IssuerExpired => authority.Below(authority.Special(recipe => recipe with { End = now.AddDays(-1) })),
            CertificateFault.IssuerWeakKey => authority.Below(TestAuthority.Issue(CertificateRecipe.Authority("CN=Interop special intermediate"), RSA.Create(1024), authority.Root)),
            CertificateFault.PathTooLong => authority.BelowTwo(authority.Special(recipe => recipe with { PathLength = 0 })),
            CertificateFault.ForbiddenName => authority.Below(authority.Special(recipe => recipe with { Forbidden = "test" })),
            CertificateFault.NameNotPermitted => authority.Below(authority.Special(recipe => recipe with { Permitted = "example" })),
            _ => throw new ArgumentOutOfRangeException(nameof(fault)),
        };
    }

    private static X509Certificate2 Special(this TestAuthority authority, Func<CertificateRecipe, CertificateRecipe> change)
        => authority.MakeAuthority("Interop special intermediate", authority.Root, change);

    private static ServerCertificate Below(this TestAuthority authority, params X509Certificate2[] intermediates)
        => new(TestAuthority.Issue(new(), authority.NewKey(), intermediates[0]), intermediates);

    private static ServerCertificate BelowTwo(this TestAuthority authority, X509Certificate2 upper)
        => authority.Below(authority.MakeAuthority("Interop lower intermediate", upper), upper);

    // The signature is the last thing in a certificate.
    private static X509Certificate2 Forge(X509Certificate2 certificate)
    {
        byte[] der = certificate.RawData;
        der[^1] ^= 1;
        using X509Certificate2 forged = X509CertificateLoader.LoadCertificate(der);
        return certificate.GetRSAPrivateKey() is { } rsa ? forged.CopyWithPrivateKey(rsa) : forged.CopyWithPrivateKey(certificate.GetECDsaPrivateKey()!);
    }
}
