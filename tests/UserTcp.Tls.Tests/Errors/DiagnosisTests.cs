using System.Text;
using UserTcp.Tls.Tests.ClientCertificates;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;
using CertificateRequest = UserTcp.Tls.Wire.CertificateRequest;

namespace UserTcp.Tls.Tests.Errors;

/// <summary>What only the server knows is guessed from when it came and what had been offered.</summary>
public class DiagnosisTests
{
    private static readonly CertificateRequest Request = new(new byte[] { 1, 64 }, [SignatureScheme.RsaPssRsaeSha256, SignatureScheme.EcdsaSecp256r1Sha256],
        [[0x30, 14, 0x31, 12, 0x30, 10, 6, 3, 0x55, 4, 3, 0x0c, 3, .. "One"u8], [0x30, 0xff], [0x30, 0], [0x30, 0]]);

    [Theory]
    [InlineData(TlsAlert.ProtocolVersion, "only TLS 1.3", "Allow TLS 1.2")]
    [InlineData(TlsAlert.HandshakeFailure, "only RSA key exchange", "openssl s_client")]
    [InlineData(TlsAlert.InsufficientSecurity, "stronger suites", "openssl s_client")]
    [InlineData(TlsAlert.UnrecognizedName, "it serves no server.test", "spelling")]
    [InlineData(TlsAlert.NoApplicationProtocol, "it speaks none of h2", "Offer a protocol that it speaks")]
    [InlineData(TlsAlert.CloseNotify, "gives no reason", "openssl s_client")]
    [InlineData(TlsAlert.InternalError, "the fault is its own", "Look at its log")]
    [InlineData(TlsAlert.AccessDenied, "by its address", "Ask who runs it")]
    [InlineData(TlsAlert.DecodeError, "cannot read a hello", "MaxRecordSize")]
    [InlineData(TlsAlert.CertificateExpired, "certificate_expired (45) does not belong here", "openssl s_client")]
    [InlineData((TlsAlert)200, "unknown (200) does not belong here", "openssl s_client")]
    public void An_alert_to_the_hello(TlsAlert alert, string likely, string advice)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server, options => options with { ApplicationProtocols = ["h2"] });

        TlsException failure = client.GiveAndFail(TlsError.AlertReceived, server.Alert(AlertLevel.Fatal, alert));

        Assert.Equal(alert, failure.ReceivedAlert);
        Says(failure, "ServerHello was wanted", "  suites: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, ", "  groups: x25519, secp256r1 (P-256), ", "  signatures: ecdsa_secp256r1_sha256, ",
            "  ALPN: h2", "  server name: server.test", "  client certificate: none", likely, advice);
    }

    [Theory]
    [InlineData("groups", TlsAlert.HandshakeFailure, "the option Groups leaves out")]
    [InlineData("suites", TlsAlert.InsufficientSecurity, "the option CipherSuites leaves some out")]
    [InlineData("schemes", TlsAlert.HandshakeFailure, "Leave SignatureSchemes at its default.")]
    [InlineData("no name", TlsAlert.UnrecognizedName, "Connect by name")]
    [InlineData("no name", TlsAlert.HandshakeFailure, "it wants a server name, and none was sent")]
    [InlineData("address", TlsAlert.UnrecognizedName, "Connect by name")]
    [InlineData("default", TlsAlert.HandshakeFailure, "Legacy offers it")]
    public void What_the_caller_has_left_out_comes_first(string change, TlsAlert alert, string said)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server, options => change switch
        {
            "groups" => options with { Groups = [NamedGroup.X25519] },
            "suites" => options with { CipherSuites = [options.CipherSuites[0]] },
            "schemes" => options with { SignatureSchemes = [options.SignatureSchemes[0]] },
            "no name" => options with { SendServerName = false },
            "address" => options with { HostName = "127.0.0.1" },
            _ => options,
        });
        Says(client.GiveAndFail(TlsError.AlertReceived, server.Alert(AlertLevel.Fatal, alert)), said);
    }

    [Fact]
    public void With_Legacy_CBC_is_no_cause_any_more()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server, options => options with { Legacy = true });
        Assert.DoesNotContain("Legacy", client.GiveAndFail(TlsError.AlertReceived, server.Alert(AlertLevel.Fatal, TlsAlert.HandshakeFailure)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_alert_inside_the_servers_own_flight_is_about_itself()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.Give(server.Send(server.Hello()));
        Says(client.GiveAndFail(TlsError.AlertReceived, server.Alert(AlertLevel.Fatal, TlsAlert.InternalError)), "Certificate was wanted", "nothing that it had seen since the hello was ours");
    }

    // client                                          server
    //                 <--  CertificateRequest, ServerHelloDone
    // [Certificate], …, Finished                 -->
    //                 <--  alert
    [Theory]
    [InlineData(false, TlsAlert.HandshakeFailure, "it insists on a client certificate", "ClientCertificates")]
    [InlineData(false, TlsAlert.CertificateRequired, "it insists on a client certificate", "ClientCertificates")]
    [InlineData(false, TlsAlert.DecryptError, "different keys", "key log")]
    [InlineData(true, TlsAlert.UnknownCa, "does not trust who issued CN=server.test", "intermediate")]
    [InlineData(true, TlsAlert.CertificateExpired, "is not valid at its time", "renewed")]
    [InlineData(true, TlsAlert.CertificateRevoked, "is revoked", "another")]
    [InlineData(true, TlsAlert.UnsupportedCertificate, "clientAuth", "P-256")]
    [InlineData(true, TlsAlert.AccessDenied, "does not let it in", "Ask who runs it")]
    [InlineData(true, TlsAlert.DecryptError, "could not verify the signature", "WithSignatureSchemes")]
    [InlineData(true, TlsAlert.BadCertificate, "does not take CN=server.test", "log")]
    public void An_alert_after_the_client_was_asked_who_it_is(bool shown, TlsAlert alert, string likely, string advice)
    {
        TlsException failure = Asked(shown, server => server.Alert(AlertLevel.Fatal, alert), TlsError.AlertReceived);

        Says(failure, "ChangeCipherSpec was wanted", likely, advice, shown ? "client certificate: CN=server.test; the server asked for" : "client certificate: none; the server asked for",
            $"rsa_sign or ecdsa_sign, signed with rsa_pss_rsae_sha256, ecdsa_secp256r1_sha256, issued by {(shown ? "CN=UserTcp test authority" : "CN=One")} or an authority whose name cannot be read or (empty name) or 1 others");
    }

    [Theory]
    [InlineData(TlsAlert.BadRecordMac, "different keys")]
    [InlineData(TlsAlert.HandshakeFailure, "it had not asked for a certificate")]
    [InlineData(TlsAlert.IllegalParameter, "refuses the client's public key")]
    [InlineData(TlsAlert.InternalError, "only its Finished was missing")]
    public void An_alert_after_the_clients_flight(TlsAlert alert, string likely)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.Give(server.Flight());
        Says(client.GiveAndFail(TlsError.AlertReceived, server.Alert(AlertLevel.Fatal, alert)), likely, "the server did not ask for one");
    }

    [Theory]
    [InlineData(TlsAlert.BadRecordMac, "could not open a record of ours")]
    [InlineData(TlsAlert.HandshakeFailure, "needs a client certificate")]
    [InlineData(TlsAlert.UnexpectedMessage, "cannot take a record of ours")]
    [InlineData(TlsAlert.InternalError, "a fault of its own")]
    [InlineData(TlsAlert.UserCanceled, "the application behind it")]
    public void An_alert_after_the_handshake(TlsAlert alert, string likely)
    {
        using ScriptedClient client = ScriptedClient.Connected();
        client.Give(client.Server.Alert(AlertLevel.Fatal, alert));
        TlsException failure = Assert.Throws<TlsException>(() => client.ReadAll(out _));
        Says(failure, likely);
        Assert.Null(failure.Offer);     // what was offered was good enough
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n", "HTTP without TLS", "http://")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "SSH's", "SSH client")]
    [InlineData("220 mail.test ESMTP\r\n", "SMTP or FTP", "STARTTLS")]
    [InlineData("* OK IMAP4rev1 ready\r\n", "IMAP", "993")]
    [InlineData("+OK ready\r\n", "POP3", "995")]
    [InlineData("RFB 003.008\n", "VNC", "VNC")]
    [InlineData("\0\0\u0012\u0004\0\0\0\0\0\0\u0003", "HTTP/2 without TLS", "http://")]
    [InlineData("J\0\0\0\n8.0.36\0", "MySQL", "MySQL's own protocol")]
    [InlineData("\u00ff\u00fd\u0001\u00ff\u00fd\u001f", "Telnet", "Telnet")]
    [InlineData("\u0080\u0040\u0004\0\u0001\0\u0002", "SSL 2.0", "RFC 6176")]
    [InlineData("\0\u0001\u0002\u0003\u0004\u0005", "not TLS: 000102030405", "Check the port")]
    public void A_service_that_speaks_something_else_is_recognised(string greeting, string name, string advice)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        Says(client.GiveAndFail(TlsError.NotTls, Encoding.Latin1.GetBytes(greeting)), name, advice);
    }

    [Fact]
    public void Four_foreign_bytes_and_the_end_are_enough()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.Give("+OK\n"u8);
        client.Engine.InputEnded();
        Says(client.GiveAndFail(TlsError.NotTls, []), "POP3");
    }

    [Theory]
    [InlineData(false, "it insists on a client certificate")]
    [InlineData(true, "it does not take the client certificate CN=server.test")]
    public void The_end_after_the_client_was_asked_who_it_is(bool shown, string likely)
    {
        TlsException failure = Asked(shown, null, TlsError.ClosedInHandshake);
        Says(failure, "the server closed the connection and said nothing; ChangeCipherSpec was wanted", likely);
    }

    [Fact]
    public void A_connection_that_breaks_in_the_handshake_keeps_its_cause()
    {
        using var client = new ScriptedClient(new ScriptedServer());
        var reset = new IOException("connection reset by peer.");
        client.Engine.InputEnded(reset);
        TlsException failure = client.GiveAndFail(TlsError.ClosedInHandshake, []);
        Says(failure, "the connection broke (connection reset by peer) and said nothing", "a firewall");
        Assert.Same(reset, failure.InnerException);
    }

    private static TlsException Asked(bool withCertificate, Func<ScriptedServer, byte[]>? answer, TlsError error)
    {
        var server = new ScriptedServer();
        CertificateRequest request = withCertificate ? Request with { AuthorityNames = [ClientKeys.P256.IssuerName.RawData, .. Request.AuthorityNames.Skip(1)] } : Request;
        using var client = new ScriptedClient(server, options => withCertificate ? options with { ClientCertificates = [ClientKeys.Load(ClientKeys.P256)] } : options);
        client.Give([.. server.Send(server.Hello()), .. server.Send(server.Chain(), server.KeyExchange(), request, new ServerHelloDone())]);
        if (answer is null) client.Engine.InputEnded();
        return client.GiveAndFail(error, answer?.Invoke(server) ?? []);
    }

    private static void Says(TlsException failure, params string[] parts)
        => Assert.All(parts, part => Assert.Contains(part, failure.Message, StringComparison.Ordinal));
}
