using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Tls.Certificates;

namespace UserTcp.Tls.Tests.Peers;

/// <summary>A certification authority and two leaves for "server.test" and 127.0.0.1, made once per run.</summary>
internal static class TestCertificates
{
    internal const string HostName = "server.test";

    private static readonly X509Certificate2 Authority = MakeAuthority();

    internal static X509Certificate2 Rsa { get; } = MakeLeaf(RSA.Create(2048));

    internal static X509Certificate2 EcdsaP256 { get; } = MakeLeaf(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    internal static X509Certificate2 EcdsaP384 { get; } = MakeLeaf(ECDsa.Create(ECCurve.NamedCurves.nistP384));

    internal static TrustStore TrustStore { get; } = TrustStore.FromCertificates([Authority.RawData]);

    private static X509Certificate2 MakeAuthority()
    {
        var request = new CertificateRequest("CN=UserTcp test authority", ECDsa.Create(ECCurve.NamedCurves.nistP256), HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }

    /// <summary>The certification authority itself.</summary>
    internal static X509Certificate2 Root => Authority;

    /// <summary>A leaf of the authority's with a key of the test's.</summary>
    internal static X509Certificate2 MakeLeaf(AsymmetricAlgorithm key)
    {
        CertificateRequest request = key is RSA rsa
            ? new CertificateRequest($"CN={HostName}", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest($"CN={HostName}", (ECDsa)key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(HostName);
        names.AddDnsName("other.test");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Authority, true, false));
        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)(serial[0] & 0x7f | 1);
        using X509Certificate2 bare = request.Create(Authority.SubjectName, X509SignatureGenerator.CreateForECDsa(Authority.GetECDsaPrivateKey()!),
            DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(7), serial);
        return key is RSA rsaKey ? bare.CopyWithPrivateKey(rsaKey) : bare.CopyWithPrivateKey((ECDsa)key);
    }
}
