using System.Net.Security;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Sessions;

/// <summary>A server that makes a fault while it resumes. After each the session is forgotten (RFC 5246 7.2.2).</summary>
public class ResumptionFaultTests
{
    // client                                        server
    // ClientHello, ticket                      -->
    //                     <--  something wrong
    // fatal alert                              -->
    [Theory, Rfc("5246", "7.4.1.3"), Rfc("7627", "5.3"), Rfc("5077", "3.3")]
    [InlineData("another suite", TlsError.ResumedWithOtherSuite)]
    [InlineData("TLS 1.1", TlsError.ProtocolVersion)]
    [InlineData("extended master secret lost", TlsError.ResumedWithoutExtendedMasterSecret)]
    [InlineData("a certificate all the same", TlsError.ChangeCipherSpecMissing)]
    [InlineData("a ticket that was not promised", TlsError.ChangeCipherSpecMissing)]
    [InlineData("a promised ticket that does not come", TlsError.UnexpectedChangeCipherSpec)]
    [InlineData("two tickets", TlsError.ChangeCipherSpecMissing)]
    [InlineData("a ticket with bytes behind it", TlsError.TrailingData)]
    [InlineData("Finished without ChangeCipherSpec", TlsError.ChangeCipherSpecMissing)]
    [InlineData("ChangeCipherSpec in the middle of a message", TlsError.MessageSplitAcrossChangeCipherSpec)]
    [InlineData("another master secret", TlsError.BadRecordMac)]
    [InlineData("changed verify_data", TlsError.BadFinished)]
    [InlineData("a message behind Finished", TlsError.ExcessHandshakeData)]
    [InlineData("handshake_failure", TlsError.AlertReceived)]
    public void A_fault_in_an_abbreviated_handshake(string fault, TlsError error)
    {
        using var sessions = new ScriptedResumption();
        sessions.Full(ScriptedResumption.Ticket).Dispose();
        using ScriptedClient client = sessions.Client();
        ScriptedServer server = client.Server;
        ServerHello hello = server.ResumingHello();
        ServerHello promising = hello with { Extensions = [.. hello.Extensions, ScriptedServer.Extension(ExtensionType.SessionTicket)] };
        var ticket = new NewSessionTicket(0, new byte[] { 4 });
        byte[] Resume(ServerHello hello) => server.Resume(sessions.MasterSecret, hello);
        byte[] bytes = fault switch
        {
            "another suite" => Resume(hello with { CipherSuite = TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 }),
            "TLS 1.1" => Resume(hello with { Version = (TlsVersion)0x0302 }),
            "extended master secret lost" => Resume(hello with { Extensions = [] }),
            "a certificate all the same" => [.. Resume(hello), .. server.Send(server.Chain())],
            "a ticket that was not promised" => [.. Resume(hello), .. server.Send(ticket)],
            "a promised ticket that does not come" => [.. Resume(promising), .. server.LastFlight()],
            "two tickets" => [.. Resume(promising), .. server.Send(ticket, ticket)],
            "a ticket with bytes behind it" => [.. Resume(promising), .. server.Record(ContentType.Handshake, [4, 0, 0, 8, 0, 0, 0, 0, 0, 1, 4, 9])],
            "Finished without ChangeCipherSpec" => [.. Resume(hello), .. server.Send(server.Finished())],
            "ChangeCipherSpec in the middle of a message" => [.. Resume(hello), .. server.Record(ContentType.Handshake, [4]), .. server.ChangeCipherSpec()],
            "another master secret" => [.. server.Resume(new byte[48]), .. server.LastFlight()],
            "changed verify_data" => [.. Resume(hello), .. server.ChangeCipherSpec(), .. server.Send(new Finished(new byte[12]))],
            "a message behind Finished" => [.. Resume(hello), .. server.ChangeCipherSpec(), .. server.Record(ContentType.Handshake, [.. server.Messages(server.Finished()), 14, 0, 0, 0])],
            "handshake_failure" => server.Alert(AlertLevel.Fatal, TlsAlert.HandshakeFailure),
            _ => throw new ArgumentOutOfRangeException(nameof(fault)),
        };
        client.GiveAndFail(error, bytes);
        Assert.Equal(0, sessions.Cache.Count);
    }

    [Fact, Rfc("7627", "5.3")]
    public void Extended_master_secret_found_in_a_resumption()
    {
        using var sessions = new ScriptedResumption();
        sessions.Full(ScriptedResumption.Ticket, extendedMasterSecret: false).Dispose();
        using ScriptedClient client = sessions.Client();
        client.GiveAndFail(TlsError.ResumedWithExtendedMasterSecret, client.Server.Resume(sessions.MasterSecret));
    }

    [Fact]
    public void An_echoed_empty_session_id_is_no_resumption()
    {
        using var sessions = new ScriptedResumption();
        using ScriptedClient client = sessions.Client();
        client.Give(client.Server.Send(client.Server.Hello()));
        client.GiveAndFail(TlsError.UnexpectedChangeCipherSpec, client.Server.ChangeCipherSpec());
    }

    [Fact]
    public void The_end_of_the_stream_after_the_offer_forgets_it()
    {
        using var sessions = new ScriptedResumption();
        sessions.Full(ScriptedResumption.Ticket).Dispose();
        using ScriptedClient client = sessions.Client();
        client.Engine.InputEnded();
        Assert.Throws<TlsException>(() => { client.Engine.Handshake(DateTimeOffset.UtcNow); });
        Assert.Equal(0, sessions.Cache.Count);
    }

    [Fact]
    public void A_server_that_takes_too_long_does_not_cost_the_session()
    {
        using var sessions = new ScriptedResumption();
        sessions.Full(ScriptedResumption.Ticket).Dispose();
        using ScriptedClient client = sessions.Client();
        client.Engine.TimeOut(TimeSpan.FromSeconds(30));
        Assert.True(sessions.Offers());
    }

    [Theory, Rfc("5246", "7.2.2")]
    [InlineData(true)]
    [InlineData(false)]
    public void A_fatal_alert_later_forgets_the_session_but_a_missing_close_notify_does_not(bool alert)
    {
        using var sessions = new ScriptedResumption();
        using ScriptedClient client = sessions.Full(ScriptedResumption.Ticket);
        if (alert) client.Give(client.Server.Alert(AlertLevel.Fatal, TlsAlert.InternalError));
        else client.Engine.InputEnded();
        Assert.Throws<TlsException>(() => client.ReadAll(out _));
        Assert.Equal(alert ? 0 : 1, sessions.Cache.Count);
    }
}
