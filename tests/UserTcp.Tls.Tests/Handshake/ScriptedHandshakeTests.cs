using System.Net.Security;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Handshake;

/// <summary>Handshakes with a scripted server that makes no fault: what is sent, what is reported, how bytes may arrive.</summary>
public class ScriptedHandshakeTests
{
    // client                                        server
    // ClientHello                              -->
    //                     <--  ServerHello, Certificate, ServerKeyExchange, ServerHelloDone
    // ClientKeyExchange, CCS, Finished         -->
    //                     <--  CCS, Finished
    // "ping"                                   -->
    //                     <--  "pong"
    // close_notify                             -->
    //                     <--  close_notify
    [Fact]
    public void A_whole_connection_with_an_independent_implementation()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        ScriptedServer server = client.Server;

        Assert.Equal(TlsStatus.WantWrite, client.Engine.Write("ping"u8, out int consumed));
        client.CarryOutput();
        Assert.Equal(4, consumed);
        Assert.Equal("ping"u8.ToArray(), server.ReceivedData);

        client.Give(server.Record(ContentType.ApplicationData, "pong"u8));
        Assert.Equal("pong"u8.ToArray(), client.ReadAll(out TlsStatus status));
        Assert.Equal(TlsStatus.WantRead, status);

        Assert.Equal(TlsStatus.WantWrite, client.Engine.Shutdown());
        client.CarryOutput();
        Assert.Equal(new Alert(AlertLevel.Warning, TlsAlert.CloseNotify), Assert.Single(server.ReceivedAlerts));
        client.Give(server.Alert(AlertLevel.Warning, TlsAlert.CloseNotify));
        Assert.Empty(client.ReadAll(out status));
        Assert.Equal(TlsStatus.Closed, status);
    }

    [Fact]
    public void An_ecdsa_certificate_signs_too()
    {
        var server = new ScriptedServer(TestCertificates.EcdsaP256);
        using var client = new ScriptedClient(server);
        client.Give(server.Flight());
        Assert.Equal(TlsStatus.Complete, client.Give(server.LastFlight()));
        Assert.Equal(SignatureScheme.EcdsaSecp256r1Sha256, client.Engine.Session?.SignatureScheme);
    }

    [Fact]
    public void The_ClientHello_offers_what_it_should_and_nothing_else()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server, options => options with { ApplicationProtocols = ["h2", "http/1.1"] });
        ClientHello hello = server.ClientHello;

        Assert.Equal(TlsVersion.Tls12, hello.Version);
        Assert.Equal(0, hello.SessionId.Length);
        Assert.Equal([0], hello.CompressionMethods.ToArray());
        Assert.Equal(
            [
                TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
                TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
            ], hello.CipherSuites);
        var described = hello.Extensions.ToDictionary(extension => extension.Type.Name(), extension => extension.Describe());
        Assert.Equal("server.test", described["server_name"]);
        Assert.Equal("empty", described["extended_master_secret"]);
        Assert.Equal("empty: a first handshake", described["renegotiation_info"]);
        Assert.Equal("x25519, secp256r1 (P-256), secp384r1 (P-384)", described["supported_groups"]);
        Assert.Equal("uncompressed", described["ec_point_formats"]);
        Assert.Equal("h2, http/1.1", described["application_layer_protocol_negotiation"]);
        Assert.StartsWith("ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256, rsa_pkcs1_sha256, ", described["signature_algorithms"], StringComparison.Ordinal);
        Assert.Equal("16384 bytes", described["record_size_limit"]);
        Assert.Equal(8, described.Count);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void An_address_is_not_sent_as_SNI(string host)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server, options => options with { HostName = host });
        Assert.False(server.ClientHello.Offers(ExtensionType.ServerName));
    }

    [Fact]
    public void A_name_in_unicode_with_a_trailing_dot_is_sent_in_ascii_without_it()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server, options => options with { HostName = "bücher.test." });
        Assert.Equal("xn--bcher-kva.test", server.ClientHello.Extensions.Single(extension => extension.Type == ExtensionType.ServerName).Describe());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Bytes_may_arrive_in_pieces_of_any_size(int size)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        byte[] flight = server.Flight();
        for (int at = 0; at < flight.Length; at += size) client.Give(flight.AsSpan(at, Math.Min(size, flight.Length - at)));
        byte[] last = server.LastFlight();
        for (int at = 0; at < last.Length; at += size) client.Give(last.AsSpan(at, Math.Min(size, last.Length - at)));
        Assert.NotNull(client.Engine.Session);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public void A_message_may_span_records_that_end_anywhere(int size)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        byte[] messages = [.. server.Messages(server.Hello()), .. server.Messages(server.Chain(), server.KeyExchange(), new ServerHelloDone())];
        for (int at = 0; at < messages.Length; at += size)
            client.Give(server.Record(ContentType.Handshake, messages.AsSpan(at, Math.Min(size, messages.Length - at))));
        Assert.Equal(TlsStatus.Complete, client.Give(server.LastFlight()));
    }

    [Fact]
    public void Without_extended_master_secret_the_randoms_make_the_master_secret()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.Give([.. server.Send(server.Hello() with { Extensions = [] }), .. server.Send(server.Chain(), server.KeyExchange(), new ServerHelloDone())]);
        Assert.Equal(TlsStatus.Complete, client.Give(server.LastFlight()));
        Assert.False(client.Engine.Session?.ExtendedMasterSecret);
        Assert.False(client.Engine.Session?.SecureRenegotiation);
        Assert.False(client.Events.OfType<KeysDerived>().Single().ExtendedMasterSecret);
    }

    // client                                        server
    // ClientHello                              -->
    //                     <--  ServerHello, Certificate, ServerKeyExchange, CertificateRequest, ServerHelloDone
    // Certificate (empty), ClientKeyExchange, CCS, Finished -->
    [Fact]
    public void A_request_for_a_client_certificate_is_answered_with_an_empty_list()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        var request = new CertificateRequest(new byte[] { 1, 64 }, [SignatureScheme.RsaPssRsaeSha256], []);
        client.Give([.. server.Send(server.Hello()), .. server.Send(server.Chain(), server.KeyExchange(), request, new ServerHelloDone())]);
        Assert.Empty(server.Received.OfType<CertificateMessage>().Single().Certificates);
        Assert.Equal([HandshakeType.ClientHello, HandshakeType.Certificate, HandshakeType.ClientKeyExchange, HandshakeType.Finished],
            server.Received.Select(message => message.Type));
        Assert.Equal(TlsStatus.Complete, client.Give(server.LastFlight()));
    }

    [Fact]
    public void A_HelloRequest_inside_the_handshake_is_ignored()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.Give([.. server.Send(new HelloRequest()), .. server.Send(server.Hello(), new HelloRequest()),
            .. server.Send(server.Chain(), server.KeyExchange(), new ServerHelloDone())]);
        Assert.Equal(TlsStatus.Complete, client.Give([.. server.Send(new HelloRequest()), .. server.LastFlight()]));
    }

    [Theory]
    [InlineData(1, TlsVersion.Tls13)]
    [InlineData(0, TlsVersion.Tls12)]
    public void A_downgrade_sentinel_is_reported_and_no_error(byte last, TlsVersion best)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        byte[] random = [.. new byte[24], .. "DOWNGRD"u8, last];
        client.Give([.. server.Send(server.Hello() with { Random = random }), .. server.Send(server.Chain(), server.KeyExchange(), new ServerHelloDone())]);
        Assert.Equal(TlsStatus.Complete, client.Give(server.LastFlight()));
        Assert.Equal(best, client.Events.OfType<DowngradeSentinelSeen>().Single().BestVersion);
    }

    [Fact]
    public void An_echoed_supported_groups_extension_is_overlooked_and_an_empty_SNI_answer_accepted()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        ServerHello hello = server.Hello();
        hello = hello with
        {
            Extensions = [.. hello.Extensions, ScriptedServer.Extension(ExtensionType.SupportedGroups, 0, 2, 0, 23),
                ScriptedServer.Extension(ExtensionType.ServerName), ScriptedServer.Extension(ExtensionType.EcPointFormats, 2, 1, 0)],
        };
        client.Give([.. server.Send(hello), .. server.Send(server.Chain(), server.KeyExchange(), new ServerHelloDone())]);
        Assert.Equal(TlsStatus.Complete, client.Give(server.LastFlight()));
    }

    [Fact]
    public void The_key_log_line_holds_the_servers_master_secret()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        KeyLogged logged = client.Events.OfType<KeyLogged>().Single();
        Assert.Equal($"CLIENT_RANDOM {Convert.ToHexStringLower(client.Server.ClientHello.Random.Span)} {Convert.ToHexStringLower(client.Server.MasterSecret)}", logged.Line);
        Assert.DoesNotContain(Convert.ToHexStringLower(client.Server.MasterSecret), logged.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_randomness_gives_the_same_bytes()
    {
        static byte[] HelloBytes()
        {
            var random = new Random(7);
            using var engine = new TlsClientEngine(
                new TlsClientOptions { HostName = "server.test", TrustStore = TestCertificates.TrustStore }, bytes => random.NextBytes(bytes));
            engine.Handshake(DateTimeOffset.UnixEpoch);
            return engine.GetOutput().ToArray();
        }

        Assert.Equal(HelloBytes(), HelloBytes());
    }
}
