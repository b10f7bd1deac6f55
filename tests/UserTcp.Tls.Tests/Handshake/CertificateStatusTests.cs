using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Tests.Certificates;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Handshake;

/// <summary>status_request and signed_certificate_timestamp in the handshake. RFC 6066 8, RFC 6962 3.3</summary>
public class CertificateStatusTests
{
    private static readonly TestCertificate TrustedRoot = TestCertificate.Root();
    private static readonly TestCertificate Certificate = TrustedRoot.Server();
    private static readonly byte[] Timestamps = [0, 5, 0, 3, 7, 8, 9];

    [Fact]
    public void Neither_is_asked_for_by_default()
    {
        using ScriptedClient client = Connect(Certificate, options => options with { RequestCertificateStatus = false, RequestSignedCertificateTimestamps = false });

        Assert.False(client.Server.ClientHello.Offers(ExtensionType.StatusRequest));
        Assert.False(client.Server.ClientHello.Offers(ExtensionType.SignedCertificateTimestamp));
        client.GiveAndFail(TlsError.ExtensionNotOffered, client.Server.Send(Hello(client.Server)));
    }

    // ClientHello status_request, signed_certificate_timestamp  -->
    //            <--  ServerHello (the same), Certificate, CertificateStatus
    //            <--  ServerKeyExchange, ServerHelloDone
    [Fact, Rfc("6066", "8")]
    public void A_good_staple_and_the_timestamps_reach_the_caller()
    {
        CertificateVerified? asked = null;
        using ScriptedClient client = Connect(Certificate, options => options with { CertificatePolicy = proof => { asked = proof; return null; } });
        byte[] staple = new TestResponder(TrustedRoot).Respond(Certificate);
        ScriptedServer server = client.Server;

        Assert.Equal([1, 0, 0, 0, 0], server.ClientHello.Extensions.Single(e => e.Type == ExtensionType.StatusRequest).Data.ToArray());
        client.Give(server.Send(Hello(server), server.Chain()));
        Assert.Null(asked);
        client.Give(server.Send(new CertificateStatus(staple)));
        Assert.Equal(staple, asked!.OcspStaple.ToArray());
        client.Give(server.Send(server.KeyExchange(), new ServerHelloDone()));
        Assert.Equal(TlsStatus.Complete, client.Give(server.LastFlight()));

        CertificateVerified proof = client.Engine.Session!.Certificate;
        Assert.Equal(staple, proof.OcspStaple.ToArray());
        Assert.Equal(Timestamps, proof.SignedCertificateTimestamps.ToArray());
        Assert.Contains(proof.Checks, check => check is { Kind: CertificateCheckKind.Revocation, Passed: true });
    }

    [Fact, Rfc("6066", "8")]
    public void A_server_that_agreed_may_leave_the_status_out()
    {
        using ScriptedClient client = Connect(Certificate);
        ScriptedServer server = client.Server;

        client.Give(server.Send(Hello(server), server.Chain(), server.KeyExchange(), new ServerHelloDone()));

        Assert.Equal(TlsStatus.Complete, client.Give(server.LastFlight()));
        Assert.True(client.Engine.Session!.Certificate.OcspStaple.IsEmpty);
    }

    [Fact, Rfc("7633", "4.2.3.1")]
    public void A_certificate_that_promises_a_staple_ends_the_handshake_without()
    {
        TestCertificate mustStaple = TrustedRoot.Server(new TestCertificate.Shape { Extra = [new X509Extension("1.3.6.1.5.5.7.1.24", [0x30, 3, 2, 1, 5], false)] });
        using ScriptedClient client = Connect(mustStaple);
        client.Give(client.Server.Send(Hello(client.Server), client.Server.Chain()));
        client.GiveAndFail(TlsError.CertificateStatusMissing, client.Server.Send(client.Server.KeyExchange()));

        using ScriptedClient silent = Connect(mustStaple);
        ServerHello hello = silent.Server.Hello();
        silent.GiveAndFail(TlsError.CertificateStatusMissing, silent.Server.Send(hello, silent.Server.Chain()));
    }

    public static TheoryData<string, TlsError> Faults => new()
    {
        { "revoked", TlsError.CertificateRevoked },
        { "stale", TlsError.CertificateStatusInvalid },
        { "not a response", TlsError.CertificateStatusInvalid },
        { "another type", TlsError.DecodeError },
        { "empty", TlsError.DecodeError },
        { "trailing", TlsError.TrailingData },
        { "twice", TlsError.UnexpectedMessage },
    };

    [Theory, MemberData(nameof(Faults))]
    public void A_fault_in_CertificateStatus(string fault, TlsError error)
    {
        using ScriptedClient client = Connect(Certificate);
        ScriptedServer server = client.Server;
        var responder = new TestResponder(TrustedRoot);
        var good = new CertificateStatus(responder.Respond(Certificate));
        byte[] raw = good.ToArray();
        client.Give(server.Send(Hello(server), server.Chain()));
        client.GiveAndFail(error, fault switch
        {
            "revoked" => server.Send(new CertificateStatus((responder with { Status = 1 }).Respond(Certificate))),
            "stale" => server.Send(new CertificateStatus((responder with { NextUpdate = TestCertificate.Now.AddDays(-1) }).Respond(Certificate))),
            "not a response" => server.Send(new CertificateStatus(new byte[] { 1, 2, 3 })),
            "another type" => server.Record(ContentType.Handshake, [.. raw[..4], 2, .. raw[5..]]),
            "empty" => server.Record(ContentType.Handshake, [22, 0, 0, 4, 1, 0, 0, 0]),
            "trailing" => server.Record(ContentType.Handshake, [22, 0, 0, 6, 1, 0, 0, 1, 7, 7]),
            _ => server.Send(good, good),
        });
    }

    [Fact]
    public void A_status_that_nobody_promised_is_unexpected()
    {
        using ScriptedClient client = Connect(Certificate);
        ScriptedServer server = client.Server;

        client.Give(server.Send(server.Hello(), server.Chain()));

        client.GiveAndFail(TlsError.UnexpectedMessage, server.Send(new CertificateStatus(new TestResponder(TrustedRoot).Respond(Certificate))));
    }

    [Fact]
    public void The_caller_can_veto_for_what_the_staple_says()
    {
        using ScriptedClient client = Connect(Certificate, options => options with
        {
            CertificatePolicy = proof => proof.OcspStaple.IsEmpty ? TlsAlert.BadCertificateStatusResponse : null,
        });
        ScriptedServer server = client.Server;

        client.Give(server.Send(Hello(server), server.Chain()));

        byte[] next = server.Send(server.KeyExchange());
        Assert.Equal(TlsError.CertificateRefusedByCaller, Assert.Throws<TlsException>(() => { client.Give(next); }).Error);
        client.CarryOutput();
        Assert.Equal(new Alert(AlertLevel.Fatal, TlsAlert.BadCertificateStatusResponse), server.ReceivedAlerts[^1]);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0, 0 })]
    [InlineData(new byte[] { 0, 2, 0, 0 })]
    [InlineData(new byte[] { 0, 3, 0, 2, 1 })]
    [InlineData(new byte[] { 0, 3, 0, 1, 1, 9 })]
    public void A_malformed_list_of_timestamps_is_refused(byte[] data)
    {
        using ScriptedClient client = Connect(Certificate);
        ServerHello hello = client.Server.Hello();

        client.GiveAndFail(TlsError.ExtensionMalformed, client.Server.Send(hello with { Extensions = [.. hello.Extensions, ScriptedServer.Extension(ExtensionType.SignedCertificateTimestamp, data)] }));
    }

    private static ScriptedClient Connect(TestCertificate certificate, Func<TlsClientOptions, TlsClientOptions>? change = null)
    {
        using X509Certificate2 withoutKey = X509CertificateLoader.LoadCertificate(certificate.Der);
        var server = new ScriptedServer(withoutKey.CopyWithPrivateKey((ECDsa)certificate.Key));
        return new ScriptedClient(server, options =>
        {
            TlsClientOptions asking = options with
            {
                HostName = "server.example",
                TrustStore = CertificateCheckTests.Anchors([TrustedRoot]),
                RequestCertificateStatus = true,
                RequestSignedCertificateTimestamps = true,
            };
            return change is null ? asking : change(asking);
        }, TestCertificate.Now);
    }

    private static ServerHello Hello(ScriptedServer server)
    {
        ServerHello hello = server.Hello();
        return hello with
        {
            Extensions = [.. hello.Extensions, ScriptedServer.Extension(ExtensionType.StatusRequest), ScriptedServer.Extension(ExtensionType.SignedCertificateTimestamp, Timestamps)],
        };
    }
}
