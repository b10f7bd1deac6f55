using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Interop.Tests.Servers;
using UserTcp.Tls;

namespace UserTcp.Interop.Tests;

/// <summary>Sessions that other people's servers give and take back, by ticket and by session ID, as both ends see them.</summary>
public sealed class ResumptionTests(Bodies bodies)
{
    // Go knows no session IDs, and .NET's servers always give tickets.
    private static readonly TlsServer[] OnlyTickets = [TlsServer.Go, TlsServer.SslStream, TlsServer.Kestrel];

    public static TheoryData<TlsServer, bool> Servers
        => new(from server in Enum.GetValues<TlsServer>()
               from tickets in (bool[])[true, false]
               where tickets || !OnlyTickets.Contains(server)
               select (server, tickets));

    [Theory, MemberData(nameof(Servers))]
    public async Task The_second_connection_resumes(TlsServer server, bool tickets)
    {
        const int size = 1;
        await using var lab = new TapLab();
        ChildProcess? process = await lab.StartServer(server, TestAuthority.Of(tickets ? KeyKind.Ecdsa : KeyKind.Rsa).Good(), bodies, size, tickets);
        await using StackOnTap ours = new(lab, offload: true);
        using var cache = new TlsSessionCache();
        byte[] body = await File.ReadAllBytesAsync(bodies.PathOf(size), TestContext.Current.CancellationToken);

        foreach (bool resumed in (bool[])[false, true])
        {
            var listener = new TlsListener();
            await using TlsClientStream tls = await ours.ConnectTls(ours.Tls with { SessionCache = cache, Events = listener });
            Assert.Equal(resumed, tls.Session.Resumed);
            Assert.Equal(resumed ? [tickets] : [], listener.Of<SessionResumed>().Select(resumption => resumption.ByTicket));
            Assert.Equal(body, await SimpleHttp.Get(tls, Bodies.NameOf(size)));
        }

        if (server.ResumedMark() is { } mark)
            await process!.WaitForLog(mark);
    }

    [Fact]
    public async Task A_server_without_sessions_shakes_hands_in_full_each_time()
    {
        await using var lab = new TapLab();
        await lab.StartServer(TlsServer.Go, TestAuthority.Of(KeyKind.Ecdsa).Good(), bodies, size: 1, tickets: false);
        await using StackOnTap ours = new(lab, offload: true);
        using var cache = new TlsSessionCache();
        for (int i = 0; i < 2; i++)
        {
            await using TlsClientStream tls = await ours.ConnectTls(ours.Tls with { SessionCache = cache });
            Assert.True(tls.Session is { Resumed: false, SessionStored: false });
        }
    }
}
