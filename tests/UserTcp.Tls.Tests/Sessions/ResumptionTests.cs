using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Sessions;

/// <summary>Abbreviated handshakes with a scripted server that makes no fault.</summary>
public class ResumptionTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    // client                                        server
    //                 (full handshake, ticket 010203)
    // ClientHello, ticket 010203               -->
    //                     <--  ServerHello (session ID echoed), CCS, Finished
    // CCS, Finished                            -->
    // "ping"                                   -->
    [Fact, Rfc("5077", "3.1"), Rfc("5246", "7.3")]
    public void A_ticket_is_resumed()
    {
        using var sessions = new ScriptedResumption();
        using ScriptedClient first = sessions.Full(ScriptedResumption.Ticket);
        Assert.True(first.Engine.Session!.SessionStored);
        Assert.Equal(0, first.Server.ClientHello.SessionId.Length);

        using ScriptedClient second = sessions.Resumed();
        Assert.Equal(ScriptedResumption.Ticket, ScriptedResumption.OfferedTicket(second));
        Assert.Equal(32, second.Server.ClientHello.SessionId.Length);
        TlsSessionInfo session = second.Engine.Session!;
        Assert.False(session.SessionStored);
        Assert.Equal(first.Engine.Session with { Resumed = true, SessionStored = false }, session);
        Assert.Equal([HandshakeType.ClientHello, HandshakeType.Finished], second.Server.Received.Select(message => message.Type));
        SessionResumed resumed = Assert.Single(second.Events.OfType<SessionResumed>());
        Assert.True(resumed.ByTicket);
        Assert.EndsWith(Convert.ToHexStringLower(sessions.MasterSecret), Assert.Single(second.Events.OfType<KeyLogged>()).Line, StringComparison.Ordinal);

        second.Engine.Write("ping"u8, out _);
        second.CarryOutput();
        Assert.Equal("ping"u8.ToArray(), second.Server.ReceivedData);
        second.Give(second.Server.Record(ContentType.ApplicationData, "pong"u8));
        Assert.Equal("pong"u8.ToArray(), second.ReadAll(out _));
    }

    [Fact, Rfc("5246", "7.4.1.3")]
    public void A_session_id_is_resumed_again_and_again()
    {
        using var sessions = new ScriptedResumption();
        sessions.Full(id: ScriptedResumption.Id).Dispose();
        for (int i = 0; i < 3; i++)
        {
            using ScriptedClient client = sessions.Resumed();
            Assert.Equal(ScriptedResumption.Id, client.Server.ClientHello.SessionId.ToArray());
            Assert.Empty(ScriptedResumption.OfferedTicket(client));
            Assert.False(Assert.Single(client.Events.OfType<SessionResumed>()).ByTicket);
        }
    }

    [Fact, Rfc("5077", "3.3")]
    public void A_renewed_ticket_takes_the_place_of_the_old_one()
    {
        using var sessions = new ScriptedResumption();
        sessions.Full(ScriptedResumption.Ticket).Dispose();
        using ScriptedClient renewed = sessions.Resumed([9, 9]);
        Assert.True(renewed.Engine.Session!.SessionStored);
        using ScriptedClient next = sessions.Resumed();
        Assert.Equal([9, 9], ScriptedResumption.OfferedTicket(next));
        Assert.Equal(1, sessions.Cache.Count);
    }

    [Fact, Rfc("5077", "3.3")]
    public void An_empty_ticket_in_a_resumption_leaves_the_old_one_good()
    {
        using var sessions = new ScriptedResumption();
        sessions.Full(ScriptedResumption.Ticket).Dispose();
        using ScriptedClient client = sessions.Resumed([]);
        Assert.False(client.Engine.Session!.SessionStored);
        Assert.Equal(ScriptedResumption.Ticket, ScriptedResumption.OfferedTicket(sessions.Client()));
    }

    [Theory, Rfc("5077", "3.3")]
    [InlineData(false)]
    [InlineData(true)]
    public void An_empty_ticket_in_a_full_handshake_is_none_but_an_id_beside_it_is_one(bool withId)
    {
        using var sessions = new ScriptedResumption();
        using ScriptedClient client = sessions.Full([], withId ? ScriptedResumption.Id : null);
        Assert.Equal(withId, client.Engine.Session!.SessionStored);
        Assert.Equal(withId, sessions.Offers());
    }

    [Fact, Rfc("5077", "3.4")]
    public void A_server_that_does_not_remember_makes_a_full_handshake()
    {
        using var sessions = new ScriptedResumption();
        sessions.Full(ScriptedResumption.Ticket).Dispose();
        using ScriptedClient client = sessions.Full([7], [.. ScriptedResumption.Id.Reverse()]);
        Assert.Equal([7], ScriptedResumption.OfferedTicket(sessions.Client()));
    }

    [Fact]
    public void A_server_that_gives_nothing_leaves_nothing()
    {
        using var sessions = new ScriptedResumption();
        using ScriptedClient client = sessions.Full();
        Assert.False(client.Engine.Session!.SessionStored);
        Assert.Equal(0, sessions.Cache.Count);
    }

    [Fact, Rfc("7627", "5.3")]
    public void A_session_without_extended_master_secret_is_resumed_without_it()
    {
        using var sessions = new ScriptedResumption();
        sessions.Full(ScriptedResumption.Ticket, extendedMasterSecret: false).Dispose();
        using ScriptedClient client = sessions.Resumed(extendedMasterSecret: false);
        Assert.False(client.Engine.Session!.ExtendedMasterSecret);
        Assert.True(client.Server.ClientHello.Offers(ExtensionType.ExtendedMasterSecret));
    }

    [Theory, Rfc("5077", "3.3")]
    [InlineData(100, 99, true)]
    [InlineData(100, 100, false)]
    [InlineData(0, 86_399, true)]
    [InlineData(0, 86_400, false)]              // RFC 5246 F.1.4: a day
    [InlineData(1_000_000, 86_400, false)]
    [InlineData(0, -1, false)]                  // the clock was set back
    public void An_expired_session_is_dropped(uint lifetimeHint, int later, bool offered)
    {
        using var sessions = new ScriptedResumption();
        sessions.Full(ScriptedResumption.Ticket, lifetimeHint: lifetimeHint, now: Now).Dispose();
        Assert.Equal(offered, sessions.Offers(now: Now.AddSeconds(later)));
        Assert.Equal(offered ? 1 : 0, sessions.Cache.Count);
    }

    [Fact, Rfc("5246", "F.1.4")]
    public void A_renewed_ticket_does_not_renew_the_day()
    {
        using var sessions = new ScriptedResumption();
        sessions.Full(ScriptedResumption.Ticket, now: Now).Dispose();
        sessions.Resumed([9], now: Now.AddHours(23)).Dispose();
        Assert.True(sessions.Offers(now: Now.AddHours(23.9)));
        Assert.False(sessions.Offers(now: Now.AddHours(24)));
    }

    [Fact]
    public void A_session_ends_with_the_certificates_it_was_made_with()
    {
        using var sessions = new ScriptedResumption();
        DateTimeOffset last = TestCertificates.Rsa.NotAfter;
        sessions.Full(ScriptedResumption.Ticket, now: last.AddSeconds(-10)).Dispose();
        Assert.True(sessions.Offers(now: last.AddSeconds(-1)));
        Assert.False(sessions.Offers(now: last));
    }

    public static TheoryData<string> OtherRules => ["host", "ALPN", "trust", "skipped", "policy", "suites", "groups", "schemes"];

    [Theory, MemberData(nameof(OtherRules))]
    public void A_session_is_offered_only_under_the_rules_it_was_made_with(string difference)
    {
        using var sessions = new ScriptedResumption();
        sessions.Full(ScriptedResumption.Ticket).Dispose();
        Assert.False(sessions.Offers(options => difference switch
        {
            "host" => options with { HostName = "other.test" },
            "ALPN" => options with { ApplicationProtocols = ["h2"] },
            "trust" => options with { TrustStore = Tls.Certificates.TrustStore.FromCertificates([TestCertificates.Rsa.RawData]) },
            "skipped" => options with { DangerouslySkipCertificateVerification = true },
            "policy" => options with { CertificatePolicy = _ => null },
            "suites" => options with { CipherSuites = [.. options.CipherSuites.Skip(1)] },
            "groups" => options with { Groups = [.. options.Groups.Skip(1)] },
            "schemes" => options with { SignatureSchemes = [.. options.SignatureSchemes.Skip(1)] },
            _ => throw new ArgumentOutOfRangeException(nameof(difference)),
        }));
        Assert.True(sessions.Offers(options => options with { HostName = "SERVER.test." }));
    }

    [Fact]
    public void What_was_never_verified_is_never_resumed_by_who_verifies()
    {
        using var sessions = new ScriptedResumption();
        sessions.Full(ScriptedResumption.Ticket, change: options => options with { DangerouslySkipCertificateVerification = true }).Dispose();
        Assert.False(sessions.Offers());
        Assert.True(sessions.Offers(options => options with { DangerouslySkipCertificateVerification = true }));
    }

    [Fact]
    public void Without_a_cache_no_ticket_is_asked_for()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        Assert.False(client.Server.ClientHello.Offers(ExtensionType.SessionTicket));
        Assert.False(client.Engine.Session!.SessionStored);
    }
}
