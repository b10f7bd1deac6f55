using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Tls.Tests.Peers;

namespace UserTcp.Tls.Tests.ClientCertificates;

/// <summary>Reading certificates and keys as people keep them.</summary>
public class ClientCertificateFileTests
{
    private const string Password = "secret ä";

    private static readonly PbeParameters Pbes2 = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 2048);

    public static TheoryData<string, string> PemForms => new()
    {
        { "RSA", "PKCS#8" }, { "RSA", "PKCS#1" }, { "RSA", "encrypted" },
        { "P-256", "PKCS#8" }, { "P-256", "SEC 1" }, { "P-256", "encrypted" }, { "P-384", "SEC 1" },
    };

    [Theory, MemberData(nameof(PemForms))]
    public void A_key_in_PEM(string kind, string form)
    {
        X509Certificate2 certificate = ClientKeys.Of(kind);
        AsymmetricAlgorithm key = ClientKeys.Key(certificate);
        string pem = form switch
        {
            "PKCS#1" => ((RSA)key).ExportRSAPrivateKeyPem(),
            "SEC 1" => ((ECDsa)key).ExportECPrivateKeyPem(),
            "encrypted" => key.ExportEncryptedPkcs8PrivateKeyPem("secret", Pbes2),
            _ => key.ExportPkcs8PrivateKeyPem(),
        };
        string parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";     // as openssl ecparam -genkey writes them
        TlsClientCertificate loaded = ClientKeys.WithFiles([$"a comment\n{certificate.ExportCertificatePem()}", parameters + pem],
            files => TlsClientCertificate.FromPemFiles(files[0], files[1], "secret"));
        Assert.Equal(certificate.RawData, loaded.Chain[0].Der.ToArray());
    }

    [Theory]
    [InlineData("RSA", true)]
    [InlineData("P-256", true)]
    [InlineData("P-384", false)]
    public void A_PKCS12_store_with_its_chain_but_without_the_root(string kind, bool modern)
    {
        var collection = new X509Certificate2Collection { Public(TestCertificates.Root), ClientKeys.Of(kind) };
        byte[] store = collection.ExportPkcs12(modern ? Pkcs12ExportPbeParameters.Pbes2Aes256Sha256 : Pkcs12ExportPbeParameters.Pkcs12TripleDesSha1, Password);
        TlsClientCertificate loaded = ClientKeys.WithFiles([store], files => TlsClientCertificate.FromPkcs12File(files[0], Password));
        Assert.Equal(ClientKeys.Of(kind).RawData, Assert.Single(loaded.Chain).Der.ToArray());
    }

    public static TheoryData<string, string> Defects => new()
    {
        { "wrong password", "another password" }, { "no store", "no PKCS#12 store" }, { "no key in the store", "0 private keys" },
        { "no certificate", "no CERTIFICATE block" }, { "no key", "no PRIVATE KEY block" }, { "old encryption", "old encryption" },
        { "encrypted key without password", "another password" }, { "another's key", "belongs to another certificate" },
        { "a key of another kind", "belongs to another certificate" }, { "secp256k1", "curve 1.3.132.0.10" }, { "small RSA key", "1024 bits" },
        { "malformed certificate", "malformed certificate" }, { "malformed key", "cannot be read" }, { "huge", "1048577 bytes" },
    };

    [Theory, MemberData(nameof(Defects))]
    public void What_cannot_be_used_is_explained(string defect, string expected)
    {
        string certificate = ClientKeys.P256.ExportCertificatePem(), key = ClientKeys.Key(ClientKeys.P256).ExportPkcs8PrivateKeyPem();
        TlsException failure = Assert.Throws<TlsException>(() => defect switch
        {
            "wrong password" => Pkcs12(ClientKeys.P256.ExportPkcs12(Pkcs12ExportPbeParameters.Pbes2Aes256Sha256, Password)),
            "no store" => Pkcs12([0x30, 1, 2, 3]),
            "no key in the store" => Pkcs12(Public(TestCertificates.Root).ExportPkcs12(Pkcs12ExportPbeParameters.Pbes2Aes256Sha256, "other")),
            "no certificate" => Pem("", key),
            "no key" => Pem(certificate, certificate),
            "old encryption" => Pem(certificate, "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----"),
            "encrypted key without password" => Pem(certificate, ClientKeys.Key(ClientKeys.P256).ExportEncryptedPkcs8PrivateKeyPem("secret", Pbes2)),
            "another's key" => Pem(certificate, ECDsa.Create(ECCurve.NamedCurves.nistP256).ExportPkcs8PrivateKeyPem()),
            "a key of another kind" => Pem(certificate, ClientKeys.Key(ClientKeys.Rsa).ExportPkcs8PrivateKeyPem()),
            "secp256k1" => Pem(TestCertificates.MakeLeaf(ECDsa.Create(ECCurve.CreateFromFriendlyName("secp256k1")))),
            "small RSA key" => Pem(TestCertificates.MakeLeaf(RSA.Create(1024))),
            "malformed certificate" => Pem("-----BEGIN CERTIFICATE-----\nMAEC\n-----END CERTIFICATE-----", key),
            "malformed key" => Pem(certificate, "-----BEGIN PRIVATE KEY-----\nMAEC\n-----END PRIVATE KEY-----"),
            "huge" => Pem(new string(' ', (1 << 20) + 1), key),
            _ => throw new ArgumentOutOfRangeException(nameof(defect)),
        });
        Assert.Equal(TlsError.ClientCertificateUnusable, failure.Error);
        Assert.Null(failure.SentAlert);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        TlsException failure = Assert.Throws<TlsException>(() => TlsClientCertificate.FromPkcs12File("/nowhere/client.p12"));
        Assert.Contains("/nowhere/client.p12: seen no such file", failure.Message, StringComparison.Ordinal);
    }

    private static X509Certificate2 Public(X509Certificate2 certificate) => X509CertificateLoader.LoadCertificate(certificate.RawData);

    private static TlsClientCertificate Pkcs12(byte[] store) => ClientKeys.WithFiles([store], files => TlsClientCertificate.FromPkcs12File(files[0], "other"));

    private static TlsClientCertificate Pem(string certificate, string key)
        => ClientKeys.WithFiles([certificate, key], files => TlsClientCertificate.FromPemFiles(files[0], files[1]));

    private static TlsClientCertificate Pem(X509Certificate2 certificate)
        => Pem(certificate.ExportCertificatePem(), ClientKeys.Key(certificate).ExportPkcs8PrivateKeyPem());
}
