using System.Security.Cryptography.X509Certificates;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Tests.Certificates;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Handshake;

/// <summary>What the suite and the offer ask of the server's key, also when nobody verifies whose it is; and the caller's last word.</summary>
public class ServerKeyRuleTests
{
    private static TlsClientOptions Waive(TlsClientOptions options) => options with { TrustStore = null, DangerouslySkipCertificateVerification = true };

    [Theory, Rfc("5246", "7.4.2")]
    [InlineData(true)]
    [InlineData(false)]
    public void A_key_of_another_kind_than_the_suite_signs_with(bool waived)
    {
        var server = new ScriptedServer(TestCertificates.Rsa);
        using var client = new ScriptedClient(server, options => waived ? Waive(options) : options);
        byte[] hello = server.Send(server.Hello());
        client.GiveAndFail(TlsError.CertificateKeyType, [.. hello, .. server.Send(new CertificateMessage([TestCertificates.EcdsaP256.RawData]))]);
    }

    [Fact, Rfc("5280", "4.2.1.3")]
    public void A_key_that_may_not_sign_is_refused_even_when_verification_is_waived()
    {
        byte[] leaf = TestCertificate.SelfSigned(new TestCertificate.Shape { KeyUsage = X509KeyUsageFlags.KeyEncipherment, Key = TestCertificate.RsaKey() }).Der;
        var server = new ScriptedServer(TestCertificates.Rsa);
        using var client = new ScriptedClient(server, Waive);
        client.GiveAndFail(TlsError.CertificateKeyUsage, [.. server.Send(server.Hello()), .. server.Send(new CertificateMessage([leaf]))]);
    }

    [Fact, Rfc("8422", "5.3")]
    public void A_certificate_on_a_curve_that_was_not_offered()
    {
        var server = new ScriptedServer(TestCertificates.EcdsaP256);
        using var client = new ScriptedClient(server, options => options with { Groups = [NamedGroup.X25519, NamedGroup.Secp384r1] });
        client.GiveAndFail(TlsError.CertificateCurveNotOffered, [.. server.Send(server.Hello()), .. server.Send(server.Chain())]);
    }

    [Fact, Rfc("5246", "7.2.2")]
    public void What_is_no_certificate_at_all_cannot_be_decoded()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.GiveAndFail(TlsError.CertificateUnreadable, [.. server.Send(server.Hello()), .. server.Send(new CertificateMessage(["GARBAGE"u8.ToArray()]))]);
        Assert.Equal(TlsAlert.DecodeError, server.ReceivedAlerts[^1].Description);
    }

    [Fact]
    public void The_caller_can_refuse_a_certificate_with_an_alert_of_its_own()
    {
        CertificateVerified? seen = null;
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server, options => options with
        {
            CertificatePolicy = certificate =>
            {
                seen = certificate;
                return TlsAlert.AccessDenied;
            },
        });
        TlsException failure = Assert.Throws<TlsException>(() => { client.Give(server.Flight()); });
        client.CarryOutput();

        Assert.Equal((TlsError.CertificateRefusedByCaller, TlsAlert.AccessDenied), (failure.Error, failure.SentAlert));
        Assert.Equal(new Alert(AlertLevel.Fatal, TlsAlert.AccessDenied), server.ReceivedAlerts[^1]);
        Assert.Null(seen?.WaivedReason);
        Assert.DoesNotContain(client.Events, e => e is CertificateAccepted);
    }

    [Fact]
    public void A_caller_without_objection_changes_nothing()
    {
        using ScriptedClient client = ScriptedClient.Connected(options => options with { CertificatePolicy = _ => null });
        Assert.NotNull(client.Engine.Session);
    }

    [Theory, Rfc("6066", "3")]
    [InlineData(true)]
    [InlineData(false)]
    public void The_servers_name_is_sent_unless_it_is_to_be_hidden(bool sent)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server, options => options with { SendServerName = sent });
        Assert.Equal(sent, server.ClientHello.Offers(ExtensionType.ServerName));
    }
}
