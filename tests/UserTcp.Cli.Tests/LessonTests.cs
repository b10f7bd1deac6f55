using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using UserTcp.Cli.Lesson;
using UserTcp.Wire;

namespace UserTcp.Cli.Tests;

public class LessonTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_the_authority_issues_is_valid_for_the_name_and_for_no_other(bool ecdsa)
    {
        using var authority = new LessonAuthority(DateTimeOffset.UtcNow, ecdsa);
        using X509Certificate2 leaf = authority.Issue("page.lesson.test");
        Assert.True(Builds(leaf, authority));
        Assert.True(leaf.MatchesHostname("page.lesson.test"));
        Assert.False(leaf.MatchesHostname("other.lesson.test"));
        Assert.Equal(ecdsa, leaf.GetECDsaPublicKey() is not null);
        Assert.True(leaf.HasPrivateKey);
    }

    [Fact]
    public void A_certificate_can_be_for_an_address()
    {
        using var authority = new LessonAuthority(DateTimeOffset.UtcNow);
        using X509Certificate2 leaf = authority.Issue("192.0.2.1");
        Assert.True(leaf.MatchesHostname("192.0.2.1"));
        Assert.False(leaf.MatchesHostname("192.0.2.2"));
    }

    [Fact]
    public void Another_authority_does_not_vouch_for_it()
    {
        using var authority = new LessonAuthority(DateTimeOffset.UtcNow);
        using var other = new LessonAuthority(DateTimeOffset.UtcNow);
        using X509Certificate2 leaf = authority.Issue("page.lesson.test");
        Assert.False(Builds(leaf, other));
    }

    [Fact]
    public void The_name_server_knows_its_name_in_any_case_of_letters()
    {
        DnsMessage answer = Ask("PAGE.lesson.test", DnsType.A)!;
        Assert.Equal(DnsResponseCode.NoError, answer.Header.ResponseCode);
        Assert.Equal("10.0.0.1", Assert.Single(answer.Answers).Address.ToString());
    }

    [Fact]
    public void The_name_server_has_no_IPv6_address_for_its_name_and_knows_no_other()
    {
        DnsMessage six = Ask("page.lesson.test", DnsType.Aaaa)!, other = Ask("other.test", DnsType.A)!;
        Assert.Equal((DnsResponseCode.NoError, 0), (six.Header.ResponseCode, six.Answers.Count));
        Assert.Equal(DnsResponseCode.NameError, other.Header.ResponseCode);
    }

    [Fact]
    public void The_name_server_answers_neither_answers_nor_noise()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var server = new LessonDns(socket, "page.lesson.test", IPAddress.Parse("10.0.0.1"));
        byte[] buffer = new byte[512], answer = new byte[512];
        DnsMessage query = DnsMessage.Query(7, new(DnsName.Parse("page.lesson.test"), DnsType.A));
        int length = DnsMessage.Response(query, DnsResponseCode.NoError, [], []).Write(buffer);
        Assert.Equal(0, server.Answer(buffer.AsSpan(0, length), answer));
        Assert.Equal(0, server.Answer([1, 2, 3], answer));
        Assert.Equal(0, server.Answer([], answer));
    }

    // client                       server
    //        close_notify, FIN -->   CLOSE-WAIT: holds
    //        <-- ACK                 (held: nothing more)
    //        <-- close_notify, FIN   released
    [Fact]
    public async Task The_server_holds_its_close_until_its_time_has_come()
    {
        using var authority = new LessonAuthority(DateTimeOffset.UtcNow);
        using X509Certificate2 leaf = authority.Issue("localhost");
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        // Longer than any test takes: as long as it lasts, no end of the stream may be seen.
        var server = new LessonServer(leaf, _ => LessonPage.ItArrived) { HoldClose = TimeSpan.FromMinutes(4) };
        Task running = server.RunAsync(async token => LessonConnection.Of(await listener.AcceptAsync(token)), end.Token);

        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndPoint!, end.Token);
        using var tls = new SslStream(new NetworkStream(socket));
        await tls.AuthenticateAsClientAsync(ClientOptions(authority), end.Token);
        string page = await FetchAsync(tls, end.Token);
        Assert.StartsWith("HTTP/1.1 200 OK", page, StringComparison.Ordinal);
        Assert.Contains("It arrived", page, StringComparison.Ordinal);

        await tls.ShutdownAsync();
        socket.Shutdown(SocketShutdown.Send);
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await socket.ReceiveAsync(new byte[100], soon.Token));
        await end.CancelAsync();
        await running;
    }

    [Fact]
    public async Task The_server_answers_several_requests_on_a_connection_and_then_closes_after_the_client()
    {
        using var authority = new LessonAuthority(DateTimeOffset.UtcNow);
        using X509Certificate2 leaf = authority.Issue("localhost");
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var server = new LessonServer(leaf, path => new LessonPage("200 OK", [], Encoding.ASCII.GetBytes($"this is {path}"))) { Tls = false, HoldClose = TimeSpan.Zero };
        Task running = server.RunAsync(async token => LessonConnection.Of(await listener.AcceptAsync(token)), end.Token);

        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndPoint!, end.Token);
        using var reader = new StreamReader(new NetworkStream(socket)); // made before the shutdown, after which .NET calls the socket disconnected
        await socket.SendAsync("GET /one HTTP/1.1\r\nHost: a\r\n\r\nGET /two HTTP/1.1\r\nHo"u8.ToArray(), end.Token);
        await socket.SendAsync("st: a\r\n\r\n"u8.ToArray(), end.Token);
        socket.Shutdown(SocketShutdown.Send);
        string all = await reader.ReadToEndAsync(end.Token);
        Assert.Contains("this is /one", all, StringComparison.Ordinal);
        Assert.EndsWith("this is /two", all, StringComparison.Ordinal);
        await end.CancelAsync();
        await running;
    }

    private static SslClientAuthenticationOptions ClientOptions(LessonAuthority authority) => new()
    {
        TargetHost = "localhost",
        CertificateChainPolicy = Policy(authority),
    };

    private static X509ChainPolicy Policy(LessonAuthority authority) => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { X509CertificateLoader.LoadCertificate(authority.CertificateDer) },
        RevocationMode = X509RevocationMode.NoCheck,
        ApplicationPolicy = { new("1.3.6.1.5.5.7.3.1") },
    };

    private static bool Builds(X509Certificate2 leaf, LessonAuthority authority)
    {
        using var chain = new X509Chain { ChainPolicy = Policy(authority) };
        return chain.Build(leaf);
    }

    private static async Task<string> FetchAsync(Stream stream, CancellationToken cancellationToken)
    {
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), cancellationToken);
        byte[] buffer = new byte[LessonPage.ItArrived.ToBytes().Length];
        await stream.ReadExactlyAsync(buffer, cancellationToken);
        return Encoding.UTF8.GetString(buffer);
    }

    private static DnsMessage? Ask(string name, DnsType type)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var server = new LessonDns(socket, "page.lesson.test", IPAddress.Parse("10.0.0.1"));
        byte[] query = new byte[512], answer = new byte[512];
        int length = DnsMessage.Query(4711, new(DnsName.Parse(name), type)).Write(query);
        length = server.Answer(query.AsSpan(0, length), answer);
        Assert.Equal(ParseError.None, DnsMessage.TryParse(answer.AsSpan(0, length), out DnsMessage? message));
        Assert.Equal(4711, message!.Header.Id);
        return message;
    }
}
