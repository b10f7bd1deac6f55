using System.Net.Security;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Handshake;

/// <summary>A server that makes one fault. Each must end the handshake with its own error, and the server must be told with the alert of the table.</summary>
public class HandshakeFaultTests
{
    public static TheoryData<string, TlsError> HelloFaults => new()
    {
        { "TLS 1.1", TlsError.ProtocolVersion },
        { "suite", TlsError.CipherSuiteNotOffered },
        { "RSA key exchange", TlsError.CipherSuiteNotOffered },
        { "compression", TlsError.CompressionMethod },
        { "extension not offered", TlsError.ExtensionNotOffered },
        { "TLS 1.3 by supported_versions", TlsError.ExtensionNotOffered },
        { "signature_algorithms", TlsError.ExtensionNotOffered },
        { "extension twice", TlsError.DuplicateExtension },
        { "renegotiation_info", TlsError.RenegotiationInfo },
        { "extended_master_secret with data", TlsError.ExtensionMalformed },
        { "point formats without uncompressed", TlsError.PointFormat },
        { "ALPN not asked for", TlsError.ExtensionNotOffered },
        { "trailing byte", TlsError.TrailingData },
        { "cut short", TlsError.DecodeError },
    };

    [Theory, MemberData(nameof(HelloFaults))]
    public void A_fault_in_ServerHello(string fault, TlsError error)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        ServerHello hello = server.Hello();
        byte[] raw = hello.ToArray();
        ServerHello Extra(ExtensionType type, params byte[] data) => hello with { Extensions = [.. hello.Extensions, ScriptedServer.Extension(type, data)] };
        byte[] bytes = fault switch
        {
            "TLS 1.1" => server.Send(hello with { Version = TlsVersion.Tls11 }),
            "suite" => server.Send(hello with { CipherSuite = TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA }),
            "RSA key exchange" => server.Send(hello with { CipherSuite = TlsCipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256 }),
            "compression" => server.Send(hello with { CompressionMethod = 1 }),
            "extension not offered" => server.Send(Extra(ExtensionType.EncryptThenMac)),
            "TLS 1.3 by supported_versions" => server.Send(Extra(ExtensionType.SupportedVersions, 3, 4)),
            "signature_algorithms" => server.Send(Extra(ExtensionType.SignatureAlgorithms, 0, 2, 4, 1)),
            "extension twice" => server.Send(Extra(ExtensionType.ExtendedMasterSecret)),
            "renegotiation_info" => server.Send(hello with { Extensions = [ScriptedServer.Extension(ExtensionType.RenegotiationInfo, 1, 7)] }),
            "extended_master_secret with data" => server.Send(hello with { Extensions = [ScriptedServer.Extension(ExtensionType.ExtendedMasterSecret, 0)] }),
            "point formats without uncompressed" => server.Send(Extra(ExtensionType.EcPointFormats, 1, 1)),
            "ALPN not asked for" => server.Send(Extra(ExtensionType.ApplicationLayerProtocolNegotiation, 0, 3, 2, (byte)'h', (byte)'2')),
            "trailing byte" => server.Record(ContentType.Handshake, [raw[0], raw[1], raw[2], (byte)(raw[3] + 1), .. raw[4..], 0]),
            "cut short" => server.Record(ContentType.Handshake, [raw[0], raw[1], raw[2], (byte)(raw[3] - 1), .. raw[4..^1]]),
            _ => throw new ArgumentOutOfRangeException(nameof(fault)),
        };
        client.GiveAndFail(error, bytes);
    }

    [Fact]
    public void An_ALPN_protocol_that_was_not_offered()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server, options => options with { ApplicationProtocols = ["http/1.1"] });
        ServerHello hello = server.Hello();
        TlsExtension answer = ScriptedServer.Extension(ExtensionType.ApplicationLayerProtocolNegotiation, 0, 3, 2, (byte)'h', (byte)'2');
        TlsException failure = client.GiveAndFail(TlsError.ApplicationProtocolNotOffered, server.Send(hello with { Extensions = [answer] }));
        Assert.Contains("http/1.1 was offered", failure.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, TlsError> KeyExchangeFaults => new()
    {
        { "group", TlsError.GroupNotOffered },
        { "SHA-1 scheme", TlsError.SignatureAlgorithmNotOffered },
        { "scheme of another key", TlsError.SignatureAlgorithmKeyMismatch },
        { "changed signature", TlsError.BadSignature },
        { "short signature", TlsError.BadSignature },
        { "empty signature", TlsError.BadSignature },
        { "signature over another client random", TlsError.BadSignature },
        { "changed key", TlsError.BadSignature },
        { "explicit curve", TlsError.CurveType },
        { "empty key", TlsError.DecodeError },
    };

    // client                                        server
    // ClientHello                              -->
    //                     <--  ServerHello, Certificate, ServerKeyExchange with a fault
    // fatal alert                              -->
    [Theory, MemberData(nameof(KeyExchangeFaults))]
    public void A_fault_in_ServerKeyExchange(string fault, TlsError error)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.Give([.. server.Send(server.Hello()), .. server.Send(server.Chain())]);
        ServerKeyExchange good = server.KeyExchange();
        byte[] raw = good.ToArray();
        byte[] bytes = fault switch
        {
            "group" => server.Send(good with { Group = NamedGroup.Secp521r1 }),
            "SHA-1 scheme" => server.Send(good with { Scheme = SignatureScheme.RsaPkcs1Sha1 }),
            "scheme of another key" => server.Send(good with { Scheme = SignatureScheme.EcdsaSecp256r1Sha256 }),
            "changed signature" => server.Send(good with { Signature = Flip(good.Signature.ToArray(), 100) }),
            "short signature" => server.Send(good with { Signature = good.Signature[1..] }),
            "empty signature" => server.Send(good with { Signature = ReadOnlyMemory<byte>.Empty }),
            "signature over another client random" => server.Send(server.KeyExchange(clientRandom: new byte[32])),
            "changed key" => server.Send(good with { PublicKey = Flip(good.PublicKey.ToArray(), 40) }),
            "explicit curve" => server.Record(ContentType.Handshake, [.. raw[..4], 1, .. raw[5..]]),
            "empty key" => server.Send(good with { PublicKey = ReadOnlyMemory<byte>.Empty }),
            _ => throw new ArgumentOutOfRangeException(nameof(fault)),
        };
        client.GiveAndFail(error, bytes);
    }

    public static TheoryData<string> BadPoints => ["off the curve", "infinity", "compressed", "too short", "x25519 of order 1", "x25519 too long"];

    /// <summary>The signature is right: only the point is bad. RFC 8422 5.11: a client that used it would give its secret away.</summary>
    [Theory, MemberData(nameof(BadPoints))]
    public void A_signed_public_key_that_is_no_usable_point(string fault)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.Give([.. server.Send(server.Hello()), .. server.Send(server.Chain())]);
        byte[] point = server.KeyExchange().PublicKey.ToArray();
        (NamedGroup group, byte[] bad) = fault switch
        {
            "off the curve" => (NamedGroup.Secp256r1, Flip(point, 64)),
            "infinity" => (NamedGroup.Secp256r1, new byte[] { 0 }),
            "compressed" => (NamedGroup.Secp256r1, [(byte)(2 + (point[64] & 1)), .. point[1..33]]),
            "too short" => (NamedGroup.Secp256r1, point[..64]),
            "x25519 of order 1" => (NamedGroup.X25519, new byte[32]),
            "x25519 too long" => (NamedGroup.X25519, new byte[33]),
            _ => throw new ArgumentOutOfRangeException(nameof(fault)),
        };
        client.GiveAndFail(TlsError.PublicKeyInvalid, server.Send(server.KeyExchange(publicKey: bad, group: group), new ServerHelloDone()));
    }

    [Fact]
    public void An_empty_certificate_list()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.GiveAndFail(TlsError.CertificateListEmpty, [.. server.Send(server.Hello()), .. server.Send(new CertificateMessage([]))]);
    }

    [Fact]
    public void A_certificate_for_another_name()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server, options => options with { HostName = "wrong.test" });
        client.GiveAndFail(TlsError.CertificateHostName, server.Flight());
        Assert.Contains(client.Events.OfType<CertificateChecked>(), e => !e.Check.Passed);
    }

    [Fact]
    public void A_waived_certificate_says_so()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server, options => options with { HostName = "wrong.test", TrustStore = null, DangerouslySkipCertificateVerification = true });
        client.Give(server.Flight());
        client.Give(server.LastFlight());
        Assert.Contains("DangerouslySkipCertificateVerification", client.Engine.Session?.Certificate.WaivedReason, StringComparison.Ordinal);
    }

    public static TheoryData<string, TlsError> OrderFaults => new()
    {
        { "Certificate first", TlsError.UnexpectedMessage },
        { "ServerHello twice", TlsError.UnexpectedMessage },
        { "ServerHelloDone without key", TlsError.UnexpectedMessage },
        { "CertificateStatus not asked for", TlsError.UnexpectedMessage },
        { "unknown message", TlsError.UnexpectedMessage },
        { "CertificateRequest twice", TlsError.UnexpectedMessage },
        { "early ChangeCipherSpec", TlsError.UnexpectedChangeCipherSpec },
        { "ChangeCipherSpec inside a message", TlsError.MessageSplitAcrossChangeCipherSpec },
        { "ChangeCipherSpec of another byte", TlsError.ChangeCipherSpecMalformed },
        { "application data", TlsError.ApplicationDataUnprotected },
        { "announces 16 MB", TlsError.HandshakeMessageTooLong },
        { "endless HelloRequests", TlsError.HandshakeMessageTooLong },
        { "HelloRequest with a body", TlsError.TrailingData },
    };

    [Theory, MemberData(nameof(OrderFaults))]
    public void A_message_out_of_order(string fault, TlsError error)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        var request = new CertificateRequest(new byte[] { 1 }, [SignatureScheme.RsaPssRsaeSha256], []);
        byte[] hello = server.Send(server.Hello()), chain = server.Send(server.Chain());
        byte[] bytes = fault switch
        {
            "Certificate first" => chain,
            "ServerHello twice" => [.. hello, .. hello],
            "ServerHelloDone without key" => [.. hello, .. chain, .. server.Send(new ServerHelloDone())],
            "CertificateStatus not asked for" => [.. hello, .. chain, .. server.Record(ContentType.Handshake, [22, 0, 0, 5, 1, 0, 0, 1, 0])],
            "unknown message" => [.. hello, .. server.Record(ContentType.Handshake, [8, 0, 0, 2, 0, 0])],
            "CertificateRequest twice" => [.. hello, .. chain, .. server.Send(server.KeyExchange(), request, request)],
            "early ChangeCipherSpec" => [.. hello, .. chain, .. server.ChangeCipherSpec()],
            "ChangeCipherSpec inside a message" => [.. hello, .. server.Record(ContentType.Handshake, [11]), .. server.ChangeCipherSpec()],
            "ChangeCipherSpec of another byte" => [.. hello, .. server.Record(ContentType.ChangeCipherSpec, [2])],
            "application data" => [.. hello, .. server.Record(ContentType.ApplicationData, [1])],
            "announces 16 MB" => [.. hello, .. server.Record(ContentType.Handshake, [11, 0xff, 0xff, 0xff])],
            "endless HelloRequests" => [.. Enumerable.Repeat(server.Record(ContentType.Handshake, new byte[16000]), 13).SelectMany(record => record)],
            "HelloRequest with a body" => server.Record(ContentType.Handshake, [0, 0, 0, 1, 0]),
            _ => throw new ArgumentOutOfRangeException(nameof(fault)),
        };
        client.GiveAndFail(error, bytes);
    }

    // client                                        server
    // ClientKeyExchange, CCS, Finished         -->
    //                     <--  something else than CCS, Finished
    // fatal alert, encrypted                   -->
    [Theory]
    [InlineData("changed verify_data", TlsError.BadFinished)]
    [InlineData("short verify_data", TlsError.BadFinished)]
    [InlineData("Finished without ChangeCipherSpec", TlsError.ChangeCipherSpecMissing)]
    [InlineData("no Finished", TlsError.UnexpectedApplicationData)]
    [InlineData("plain Finished after ChangeCipherSpec", TlsError.BadRecordMac)]
    [InlineData("ticket not promised", TlsError.ChangeCipherSpecMissing)]
    public void A_fault_in_the_servers_last_flight(string fault, TlsError error)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.Give(server.Flight());
        byte[] bytes = fault switch
        {
            "changed verify_data" => [.. server.ChangeCipherSpec(), .. server.Send(new Finished(Flip(server.Finished().VerifyData.ToArray(), 0)))],
            "short verify_data" => [.. server.ChangeCipherSpec(), .. server.Send(new Finished(server.Finished().VerifyData[..11]))],
            "Finished without ChangeCipherSpec" => server.Send(server.Finished()),
            "no Finished" => [.. server.ChangeCipherSpec(), .. server.Record(ContentType.ApplicationData, "too early"u8)],
            "plain Finished after ChangeCipherSpec" => PlainAfterChange(server),
            "ticket not promised" => server.Send(new NewSessionTicket(1, new byte[1])),
            _ => throw new ArgumentOutOfRangeException(nameof(fault)),
        };
        client.GiveAndFail(error, bytes);
        Assert.Null(client.Engine.Session);
    }

    [Fact]
    public void A_promised_ticket_that_does_not_come()
    {
        var server = new ScriptedServer();
        using var cache = new TlsSessionCache();
        using var client = new ScriptedClient(server, options => options with { SessionCache = cache });
        client.Give([
            .. server.Send(server.Hello() with { Extensions = [ScriptedServer.Extension(ExtensionType.SessionTicket)] }),
            .. server.Send(server.Chain(), server.KeyExchange(), new ServerHelloDone())]);
        client.GiveAndFail(TlsError.UnexpectedChangeCipherSpec, server.LastFlight());
    }

    // client                                        server
    //                 (handshake complete)
    //                     <--  HelloRequest
    // no_renegotiation, fatal                  -->
    [Fact]
    public void A_HelloRequest_after_the_handshake_ends_with_no_renegotiation()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        client.Give(client.Server.Send(new HelloRequest()));
        TlsException failure = Assert.Throws<TlsException>(() => client.ReadAll(out _));
        client.CarryOutput();
        Assert.Equal(TlsError.RenegotiationRefused, failure.Error);
        Assert.Equal(new Alert(AlertLevel.Fatal, TlsAlert.NoRenegotiation), client.Server.ReceivedAlerts[^1]);
    }

    [Fact]
    public void The_end_of_the_stream_inside_the_handshake_names_what_was_missing()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.Give(server.Send(server.Hello()));
        client.Engine.InputEnded();
        TlsException failure = Assert.Throws<TlsException>(() => { client.Engine.Handshake(DateTimeOffset.UtcNow); });
        Assert.Equal(TlsError.ClosedInHandshake, failure.Error);
        Assert.Contains("Certificate was wanted", failure.Message, StringComparison.Ordinal);
    }

    private static byte[] PlainAfterChange(ScriptedServer server)
    {
        byte[] finished = server.Send(server.Finished());
        return [.. server.ChangeCipherSpec(), .. finished];
    }

    private static byte[] Flip(byte[] bytes, int at)
    {
        bytes[at] ^= 1;
        return bytes;
    }
}
