using System.Security.Cryptography.X509Certificates;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;
using CertificateRequest = UserTcp.Tls.Wire.CertificateRequest;

namespace UserTcp.Tls.Tests.ClientCertificates;

/// <summary>A server that asks who the client is. The scripted server verifies each signature with .NET's cryptography.</summary>
public class ClientAuthenticationTests
{
    private const byte Rsa = 1, Ecdsa = 64;

    private static readonly TlsClientCertificate RsaCertificate = ClientKeys.Load(ClientKeys.Rsa);
    private static readonly TlsClientCertificate P256Certificate = ClientKeys.Load(ClientKeys.P256);
    private static readonly TlsClientCertificate P384Certificate = ClientKeys.Load(ClientKeys.P384);

    private static readonly SignatureScheme[] AllSchemes = [.. RsaCertificate.SignatureSchemes, .. P256Certificate.SignatureSchemes];

    public static TheoryData<string, SignatureScheme> Signatures()
    {
        var data = new TheoryData<string, SignatureScheme>();
        foreach (SignatureScheme scheme in RsaCertificate.SignatureSchemes) data.Add("RSA", scheme);
        foreach (SignatureScheme scheme in P256Certificate.SignatureSchemes) data.Add("P-256", scheme);
        foreach (SignatureScheme scheme in P384Certificate.SignatureSchemes) data.Add("P-384", scheme);
        return data;
    }

    // client                                        server
    //                     <--  … CertificateRequest, ServerHelloDone
    // Certificate, ClientKeyExchange,
    // CertificateVerify, CCS, Finished         -->
    //                     <--  CCS, Finished
    [Theory, MemberData(nameof(Signatures)), Rfc("5246", "7.4.8")]
    public void A_certificate_is_shown_and_proved_in_each_scheme(string kind, SignatureScheme scheme)
    {
        TlsClientCertificate certificate = kind switch { "RSA" => RsaCertificate, "P-256" => P256Certificate, _ => P384Certificate };
        using ScriptedClient client = Ask(new CertificateRequest(new byte[] { Rsa, Ecdsa }, [scheme], []), certificate);
        Assert.Equal(
            [HandshakeType.ClientHello, HandshakeType.Certificate, HandshakeType.ClientKeyExchange, HandshakeType.CertificateVerify, HandshakeType.Finished],
            client.Server.Received.Select(message => message.Type));
        Assert.Equal(scheme, client.Server.Received.OfType<CertificateVerify>().Single().Scheme);
        Assert.Equal(certificate.Chain[0].Der.ToArray(), client.Server.Received.OfType<CertificateMessage>().Single().Certificates[0]);
        Assert.Same(certificate, client.Engine.Session!.ClientCertificate);
    }

    [Fact, Rfc("5246", "7.4.4")]
    public void The_first_that_the_server_can_take_is_chosen()
    {
        byte[] ours = TestCertificates.Root.SubjectName.RawData, others = new X500DistinguishedName("CN=Somebody else").RawData;
        TlsClientCertificate[] both = [RsaCertificate, P256Certificate];
        Assert.Same(RsaCertificate, Chosen(new CertificateRequest(new byte[] { Ecdsa, Rsa }, AllSchemes, []), both));
        Assert.Same(P256Certificate, Chosen(new CertificateRequest(new byte[] { Ecdsa }, AllSchemes, []), both));
        Assert.Same(P256Certificate, Chosen(new CertificateRequest(new byte[] { Rsa, Ecdsa }, [SignatureScheme.EcdsaSecp256r1Sha256], []), both));
        Assert.Same(RsaCertificate, Chosen(new CertificateRequest(new byte[] { Rsa }, AllSchemes, [others, ours]), both));
        Assert.Null(Chosen(new CertificateRequest(new byte[] { Rsa, Ecdsa }, AllSchemes, [others]), both));
        Assert.Null(Chosen(new CertificateRequest(new byte[] { Rsa, Ecdsa }, AllSchemes, [[0x30, 5, 1]]), both));
        Assert.Null(Chosen(new CertificateRequest(new byte[] { 2, 66 }, AllSchemes, []), both));
        Assert.Null(Chosen(new CertificateRequest(new byte[] { Rsa, Ecdsa }, [SignatureScheme.RsaPkcs1Sha1, SignatureScheme.Ed25519], []), both));
        Assert.Null(Chosen(new CertificateRequest(new byte[] { Rsa, Ecdsa }, AllSchemes, []), []));
    }

    [Fact]
    public void The_client_decides_between_the_schemes_that_the_server_can_verify()
    {
        TlsClientCertificate pkcs1 = RsaCertificate.WithSignatureSchemes([SignatureScheme.RsaPkcs1Sha384, SignatureScheme.RsaPssRsaeSha256]);
        using ScriptedClient client = Ask(new CertificateRequest(new byte[] { Rsa }, AllSchemes, []), pkcs1);
        Assert.Equal(SignatureScheme.RsaPkcs1Sha384, client.Server.Received.OfType<CertificateVerify>().Single().Scheme);
        Assert.Throws<ArgumentException>(() => RsaCertificate.WithSignatureSchemes([SignatureScheme.EcdsaSecp256r1Sha256]));
        Assert.Throws<ArgumentException>(() => RsaCertificate.WithSignatureSchemes([]));
    }

    [Fact]
    public void Nobody_is_told_who_does_not_ask()
    {
        using ScriptedClient client = ScriptedClient.Connected(options => options with { ClientCertificates = [RsaCertificate] });
        Assert.DoesNotContain(client.Server.Received, message => message is CertificateMessage);
        Assert.Null(client.Engine.Session!.ClientCertificate);
    }

    [Fact]
    public void Signing_takes_its_randomness_from_the_engine_alone()
    {
        byte[] data = new byte[100];
        byte[] Sign(TlsClientCertificate certificate, SignatureScheme scheme, byte seed)
            => Tls.Crypto.TlsCryptography.Default.Sign(scheme, certificate.Key, data, bytes => bytes.Fill(seed));
        Assert.Equal(Sign(RsaCertificate, SignatureScheme.RsaPssRsaeSha256, 1), Sign(RsaCertificate, SignatureScheme.RsaPssRsaeSha256, 1));
        Assert.NotEqual(Sign(RsaCertificate, SignatureScheme.RsaPssRsaeSha256, 1), Sign(RsaCertificate, SignatureScheme.RsaPssRsaeSha256, 2));
        Assert.Equal(Sign(P256Certificate, SignatureScheme.EcdsaSecp256r1Sha256, 1), Sign(P256Certificate, SignatureScheme.EcdsaSecp256r1Sha256, 2));   // RFC 6979
    }

    [Fact]
    public void A_session_is_not_resumed_by_somebody_else()
    {
        using var sessions = new Sessions.ScriptedResumption();
        sessions.Full(Sessions.ScriptedResumption.Ticket, change: options => options with { ClientCertificates = [RsaCertificate] }).Dispose();
        Assert.False(sessions.Offers());
        Assert.False(sessions.Offers(options => options with { ClientCertificates = [P256Certificate] }));
        Assert.True(sessions.Offers(options => options with { ClientCertificates = [ClientKeys.Load(ClientKeys.Rsa)] }));
    }

    private static TlsClientCertificate? Chosen(CertificateRequest request, TlsClientCertificate[] certificates)
    {
        using ScriptedClient client = Ask(request, certificates);
        bool sent = client.Server.Received.OfType<CertificateMessage>().Single().Certificates.Count > 0;
        Assert.Equal(sent, client.Server.Received.OfType<CertificateVerify>().Any());
        Assert.Equal(sent, client.Engine.Session!.ClientCertificate is not null);
        return client.Engine.Session!.ClientCertificate;
    }

    private static ScriptedClient Ask(CertificateRequest request, params TlsClientCertificate[] certificates)
    {
        var server = new ScriptedServer();
        var client = new ScriptedClient(server, options => options with { ClientCertificates = certificates });
        client.Give([.. server.Send(server.Hello()), .. server.Send(server.Chain(), server.KeyExchange(), request, new ServerHelloDone())]);
        Assert.Equal(TlsStatus.Complete, client.Give(server.LastFlight()));
        return client;
    }
}
