using System.Text;
using UserTcp.Tls.Tests.Peers;

namespace UserTcp.Tls.Tests.Sessions;

/// <summary>Resumption with servers that are not ours.</summary>
public class ResumptionPeerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, Rfc("5077", "3.1"), Rfc("5246", "7.3")]
    [InlineData("", true)]
    [InlineData("-no_ticket", false)]
    [InlineData("-cipher ECDHE-RSA-AES256-GCM-SHA384", true)]
    [InlineData("-cipher ECDHE-RSA-CHACHA20-POLY1305 -no_ticket", false)]
    public async Task OpenSSL_resumes(string arguments, bool byTicket)
    {
        await using OpenSslServer server = await OpenSslServer.StartAsync(TestCertificates.Rsa, $"-www -tls1_2 {arguments}", Cancel);
        using var cache = new TlsSessionCache();
        var events = new EventList();
        (TlsSessionInfo first, string firstPage) = await GetAsync(server, cache, events);
        Assert.True(first is { Resumed: false, SessionStored: true });
        Assert.StartsWith("HTTP/1.0 200 ok", firstPage, StringComparison.Ordinal);
        Assert.Contains("\nNew, TLSv1.2", firstPage, StringComparison.Ordinal);
        for (int i = 0; i < 3; i++)
        {
            (TlsSessionInfo next, string page) = await GetAsync(server, cache, events);
            Assert.True(next.Resumed);
            Assert.Equal((first.CipherSuite, first.Group, first.Certificate), (next.CipherSuite, next.Group, next.Certificate));
            Assert.Contains("\nReused, TLSv1.2", page, StringComparison.Ordinal);
            Assert.Contains($"Master-Key: {events.MasterSecret()}", page, StringComparison.OrdinalIgnoreCase);
        }
        Assert.Equal(3, events.Of<SessionResumed>().Count(resumed => resumed.ByTicket == byTicket));
    }

    [Fact]
    public async Task A_server_that_was_started_anew_makes_a_full_handshake()
    {
        using var cache = new TlsSessionCache();
        for (int i = 0; i < 2; i++)
        {
            await using OpenSslServer server = await OpenSslServer.StartAsync(TestCertificates.Rsa, "-www -tls1_2", Cancel);
            (TlsSessionInfo session, string page) = await GetAsync(server, cache, new EventList());
            Assert.True(session is { Resumed: false, SessionStored: true });
            Assert.Contains("\nNew, TLSv1.2", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task SslStream_resumes_and_carries_data_both_ways()
    {
        await using var server = new SslServer(SslServer.Options(TestCertificates.EcdsaP256), SslServer.Echo);
        using var cache = new TlsSessionCache();
        byte[] sent = new byte[100_000], received = new byte[100_000];
        new Random(1).NextBytes(sent);
        foreach (bool resumed in new[] { false, true, true })
        {
            await using TlsClientStream tls = await TlsClientStream.ConnectAsync(await server.ConnectAsync(Cancel), Options(cache) with { ApplicationProtocols = ["http/1.1"] }, Cancel);
            Assert.Equal((resumed, "http/1.1"), (tls.Session.Resumed, tls.ApplicationProtocol));
            Task writing = tls.WriteAsync(sent, Cancel).AsTask();
            await tls.ReadExactlyAsync(received, Cancel);
            await writing;
            Assert.Equal(sent, received);
            await tls.ShutdownAsync(Cancel);
            Assert.Equal(0, await tls.ReadAsync(received, Cancel));
        }
    }

    private static TlsClientOptions Options(TlsSessionCache cache)
        => new() { HostName = TestCertificates.HostName, TrustStore = TestCertificates.TrustStore, SessionCache = cache };

    private static async Task<(TlsSessionInfo Session, string Page)> GetAsync(OpenSslServer server, TlsSessionCache cache, EventList events)
    {
        await using TlsClientStream tls = await TlsClientStream.ConnectAsync(await server.ConnectAsync(Cancel), Options(cache) with { Events = events }, Cancel);
        await tls.WriteAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray(), Cancel);
        using var reader = new StreamReader(tls, Encoding.Latin1);
        return (tls.Session, await reader.ReadToEndAsync(Cancel));
    }
}
