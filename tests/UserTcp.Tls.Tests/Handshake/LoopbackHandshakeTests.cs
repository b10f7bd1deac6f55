using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Handshake;

/// <summary>Handshakes with SslStream, which is OpenSSL here, over kernel loopback sockets.</summary>
public class LoopbackHandshakeTests
{
    private static readonly SignatureScheme[] RsaSchemes =
    [
        SignatureScheme.RsaPkcs1Sha256, SignatureScheme.RsaPkcs1Sha384, SignatureScheme.RsaPkcs1Sha512,
        SignatureScheme.RsaPssRsaeSha256, SignatureScheme.RsaPssRsaeSha384, SignatureScheme.RsaPssRsaeSha512,
    ];

    private static readonly SignatureScheme[] EcdsaSchemes =
        [SignatureScheme.EcdsaSecp256r1Sha256, SignatureScheme.EcdsaSecp384r1Sha384, SignatureScheme.EcdsaSecp521r1Sha512];

    public static TheoryData<TlsCryptoProvider, TlsCipherSuite, NamedGroup, SignatureScheme> Product()
    {
        var product = new TheoryData<TlsCryptoProvider, TlsCipherSuite, NamedGroup, SignatureScheme>();
        var options = new TlsClientOptions { HostName = TestCertificates.HostName };
        foreach (TlsCipherSuite suite in options.CipherSuites)
            foreach (NamedGroup group in options.Groups)
                foreach (SignatureScheme scheme in IsRsa(suite) ? RsaSchemes : EcdsaSchemes)
                    foreach (TlsCryptoProvider provider in Enum.GetValues<TlsCryptoProvider>())
                        product.Add(provider, suite, group, scheme);
        return product;
    }

    // client                                        server
    // ClientHello (one suite, group, scheme)   -->
    //                     <--  ServerHello … ServerHelloDone
    // ClientKeyExchange, CCS, Finished         -->
    //                     <--  NewSessionTicket, CCS, Finished
    // 100000 bytes                             -->
    //                     <--  the same 100000 bytes
    [Theory, MemberData(nameof(Product))]
    public async Task Every_suite_group_and_signature_carries_data_both_ways(TlsCryptoProvider provider, TlsCipherSuite suite, NamedGroup group, SignatureScheme scheme)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        X509Certificate2 leaf = IsRsa(suite) ? TestCertificates.Rsa : group == NamedGroup.Secp384r1 ? TestCertificates.EcdsaP384 : TestCertificates.EcdsaP256;
        await using var server = new SslServer(SslServer.Options(leaf, suite), SslServer.Echo);
        var options = new TlsClientOptions
        {
            HostName = TestCertificates.HostName,
            TrustStore = TestCertificates.TrustStore,
            CipherSuites = [suite],
            // RFC 8422 5.3: the curve of an ECDSA leaf must be among the groups too.
            Groups = group == NamedGroup.X25519 ? [group, NamedGroup.Secp256r1] : [group],
            SignatureSchemes = [scheme],
            CryptoProvider = provider,
            ApplicationProtocols = ["http/1.1"],
        };

        await using TlsClientStream tls = await TlsClientStream.ConnectAsync(await server.ConnectAsync(cancel), options, cancel);

        Assert.Equal(suite, tls.NegotiatedCipherSuite);
        Assert.Equal(group, tls.NegotiatedGroup);
        Assert.Equal(scheme, tls.SignatureScheme);
        Assert.Equal("http/1.1", tls.ApplicationProtocol);
        Assert.True(tls.Session.ExtendedMasterSecret);
        byte[] sent = new byte[100_000];
        new Random(1).NextBytes(sent);
        byte[] received = new byte[sent.Length];
        Task writing = tls.WriteAsync(sent, cancel).AsTask();
        await tls.ReadExactlyAsync(received, cancel);
        await writing;
        Assert.Equal(sent, received);
        await tls.ShutdownAsync(cancel);
        Assert.Equal(0, await tls.ReadAsync(received, cancel));     // the server answered with its own close_notify
    }

    private static bool IsRsa(TlsCipherSuite suite) => suite.ToString().Contains("_RSA_", StringComparison.Ordinal);
}
