using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Tls.Certificates;

namespace UserTcp.Tls.Tests.Peers;

/// <summary>What most public servers have: an RSA-2048 leaf and an intermediate, below a root that is in the trust store.</summary>
internal sealed class RsaChain
{
    internal const string HostName = "server.test";

    internal RsaChain()
    {
        using var rootKey = RSA.Create(2048);
        using var intermediateKey = RSA.Create(2048);
        CertificateRequest rootRequest = Authority("CN=Benchmark root", rootKey), intermediateRequest = Authority("CN=Benchmark intermediate", intermediateKey);
        Root = rootRequest.CreateSelfSigned(NotBefore, NotAfter);
        using X509Certificate2 intermediate = intermediateRequest.Create(Root, NotBefore, NotAfter, [1, 2, 3]);
        Intermediate = intermediate.CopyWithPrivateKey(intermediateKey);

        var leafKey = RSA.Create(2048);
        var request = new CertificateRequest($"CN={HostName}", leafKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(HostName);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Intermediate, true, false));
        using X509Certificate2 leaf = request.Create(Intermediate, NotBefore, NotAfter, [4, 5, 6]);
        Leaf = leaf.CopyWithPrivateKey(leafKey);
    }

    internal static DateTimeOffset NotBefore { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    internal static DateTimeOffset NotAfter { get; } = new(2036, 1, 1, 0, 0, 0, TimeSpan.Zero);

    internal X509Certificate2 Root { get; }

    internal X509Certificate2 Intermediate { get; }

    internal X509Certificate2 Leaf { get; }

    /// <summary>The chain as a server sends it.</summary>
    internal IReadOnlyList<byte[]> Sent => [Leaf.RawData, Intermediate.RawData];

    /// <summary>A new trust store with the root.</summary>
    internal TrustStore Trust() => TrustStore.FromCertificates([Root.RawData]);

    /// <summary>TLS 1.2 with this chain.</summary>
    internal SslServerAuthenticationOptions Server(params TlsCipherSuite[] suites) => new()
    {
        ServerCertificateContext = SslStreamCertificateContext.Create(Leaf, [Intermediate], offline: true),
        EnabledSslProtocols = SslProtocols.Tls12,
        CipherSuitesPolicy = suites.Length == 0 ? null : new CipherSuitesPolicy(suites),
    };

    private static CertificateRequest Authority(string name, RSA key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }
}
