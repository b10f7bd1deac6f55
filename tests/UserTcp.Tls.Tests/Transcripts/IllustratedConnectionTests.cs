using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Handshake;
using UserTcp.Tls.Tests.Certificates;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Transcripts;

/// <summary>The connection of "The Illustrated TLS 1.2 Connection": published bytes of two strangers, with every secret. Given the client's hello and its
/// random bytes, our engine must say what that client said, byte for byte, and understand what that server said.</summary>
/// <remarks>ECDHE-RSA-AES128-CBC-SHA with MAC-then-encrypt, X25519, no extended master secret: what our own transcripts hardly have.</remarks>
public class IllustratedConnectionTests
{
    // client                                             server
    // ClientHello                                   -->
    //            <--  ServerHello, Certificate, ServerKeyExchange, ServerHelloDone
    // ClientKeyExchange, ChangeCipherSpec, Finished -->
    //                                              <--  ChangeCipherSpec, Finished
    // "ping"                                        -->
    //                                              <--  "pong"
    // close_notify                                  -->
    [Theory, Rfc("5246", "6.2.3.2")]
    [InlineData(TlsCryptoProvider.Default)]
    [InlineData(TlsCryptoProvider.BouncyCastle)]
    [InlineData(TlsCryptoProvider.Platform)]
    public void The_illustrated_connection_is_replayed_byte_for_byte(TlsCryptoProvider provider)
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(TestData.Path("illustrated-tls12.json")));
        JsonElement published = file.RootElement;
        var heard = new EventList();
        DateTimeOffset time = DateTimeOffset.FromUnixTimeSeconds(published.GetProperty("validation_time_unix").GetInt64());
        using TlsClientEngine engine = Engine(published, time, provider, heard);

        byte[] received = new byte[16];
        foreach (JsonElement record in published.GetProperty("records").EnumerateArray())
        {
            byte[] bytes = Hex(record, "record");
            string name = $"record {record.GetProperty("index").GetInt32()}";
            bool isData = record.GetProperty("type").GetString() == "ApplicationData";
            if (record.GetProperty("direction").GetString() == "C->S")
            {
                if (isData) engine.Write(Hex(record, "plaintext"), out _);
                else if (record.GetProperty("type").GetString() == "Alert") engine.Shutdown();
                else engine.Handshake(time);
                Assert.Equal((name, Convert.ToHexStringLower(bytes)), (name, Convert.ToHexStringLower(engine.GetOutput().Span[..bytes.Length])));
                engine.OutputSent(bytes.Length);
            }
            else
            {
                bytes.CopyTo(engine.InputBuffer);
                engine.InputReceived(bytes.Length);
                int read = 0;
                if (isData) Assert.Equal(TlsStatus.Complete, engine.Read(received, out read));
                else engine.Handshake(time);
                if (isData) Assert.Equal(Hex(record, "plaintext"), received[..read]);
            }
            if (!isData && record.TryGetProperty("plaintext", out _) && record.TryGetProperty("verify_data", out _))
                Assert.Equal(Hex(record, "plaintext"), heard.Of<HandshakeMessagePassed>()[^1].Raw.ToArray());
        }

        Assert.True(engine.GetOutput().IsEmpty);
        Assert.Equal($"CLIENT_RANDOM {published.GetProperty("client_random").GetString()} {published.GetProperty("master_secret").GetString()}",
            Assert.Single(heard.Of<KeyLogged>()).Line);
        Assert.True(engine.Session is { ExtendedMasterSecret: false, Group: NamedGroup.X25519, SignatureScheme: SignatureScheme.RsaPkcs1Sha256 });
    }

    /// <summary>An engine with the published offer. Its certificate has no subjectAltName, so the name cannot be verified: everything else of the chain is, by the last word that callers have.</summary>
    private static TlsClientEngine Engine(JsonElement published, DateTimeOffset time, TlsCryptoProvider provider, EventList events)
    {
        using X509Certificate2 authority = X509Certificate2.CreateFromPem(published.GetProperty("ca_certificate_pem").GetString());
        TrustStore trust = TrustStore.FromCertificates([authority.RawData]);
        var options = new TlsClientOptions
        {
            HostName = published.GetProperty("server_name").GetString()!,
            TrustStore = trust,
            Legacy = true,
            CryptoProvider = provider,
            DangerouslySkipCertificateVerification = true,
            CertificatePolicy = seen =>
            {
                var evidence = new ServerEvidence([.. seen.Path.Select(certificate => certificate.Der.ToArray())]);
                CertificateVerified.Check(evidence, new ChainQuestion(trust, time) { KeyUse = ServerKeyUse.RsaSignature }, report: null);
                return null;
            },
            Events = events,
        };
        byte[] message = Hex(published.GetProperty("client_hello"), "message");
        Assert.True(HandshakeBody.TryParse(HandshakeType.ClientHello, message.AsSpan(HandshakeBody.HeaderSize), out HandshakeBody? parsed, out _));
        var hello = (ClientHello)parsed;
        return new TlsClientEngine(options, PublishedRandom(), context => WithDrawnRandom(hello, context));
    }

    /// <summary>The published hello, once the random bytes that belong to it are drawn.</summary>
    private static ClientHello WithDrawnRandom(ClientHello hello, HandshakeContext context)
    {
        byte[] random = new byte[ClientHello.RandomSize];
        context.Random(random);
        Assert.Equal(hello.Random.ToArray(), random);
        return hello;
    }

    /// <summary>Counts from 00 to 4f, again and again: the hello's random, the private key, and the IVs of three records.</summary>
    private static TlsRandomSource PublishedRandom()
    {
        int next = 0;
        return destination =>
        {
            foreach (ref byte value in destination) value = (byte)(next++ % 0x50);
        };
    }

    private static byte[] Hex(JsonElement owner, string name) => Convert.FromHexString(owner.GetProperty(name).GetString()!);
}
