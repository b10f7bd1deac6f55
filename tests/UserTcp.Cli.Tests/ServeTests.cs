using System.Net;
using System.Text;
using System.Text.Json;
using UserTcp.Cli.Serve;
using UserTcp.Link;

namespace UserTcp.Cli.Tests;

/// <summary>`usertcp serve`, on the twin wire: the whole verb, and the services with a client of the test's own.</summary>
public sealed class ServeTests
{
    private static readonly IPAddress Server = IPAddress.Parse("10.0.0.2"), Client = IPAddress.Parse("10.0.0.1");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task On_the_twin_wire_every_service_is_visited_once_and_the_run_ends()
    {
        Outcome outcome = await Command.RunAsync("serve --twin --echo 7007");
        Assert.Equal(ExitCode.Ok, outcome.Code);
        string[] wanted = ["echo", "discard", "chargen", "http"];
        Assert.All(wanted, name => Assert.Matches($@"(?m)^{name} +10\.0\.0\.1:\d+: .* closed$", outcome.Text));
        Assert.Contains("echo on 7007", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_summary_counts_by_service_and_for_the_stack()
    {
        Outcome outcome = await Command.RunAsync("serve --twin --json --chargen 0");
        JsonElement serve = outcome.Json.GetProperty("serve");
        JsonElement[] services = [.. serve.GetProperty("services").EnumerateArray()];
        Assert.Equal(["echo", "discard", "http"], services.Select(service => service.GetProperty("name").GetString()));
        Assert.All(services, service => Assert.Equal((1, 0), (service.GetProperty("connections").GetInt32(), service.GetProperty("failed").GetInt32())));
        Assert.Equal(services[0].GetProperty("bytesReceived").GetInt64(), services[0].GetProperty("bytesAcknowledged").GetInt64());
        Assert.Equal(0, services[1].GetProperty("bytesAcknowledged").GetInt64());
        Assert.Equal(3, serve.GetProperty("counters").GetProperty("passiveOpens").GetInt64());
    }

    [Fact]
    public async Task Two_services_cannot_share_a_port()
    {
        Outcome outcome = await Command.RunAsync("serve --twin --echo 80");
        Assert.Equal(ExitCode.Usage, outcome.Code);
        Assert.Contains("--echo and --http", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_its_time_a_run_ends_well()
        => Assert.Equal(ExitCode.Ok, (await Command.RunAsync("serve --twin --for 1ms")).Code);

    [Fact]
    public async Task When_it_is_told_to_end_it_does_so_without_a_connection()
    {
        await using var pair = new Pair();
        using var end = new CancellationTokenSource();
        Task serving = pair.ServeAsync([new("echo", 7, SmallServices.EchoAsync)], end.Token);
        await end.CancelAsync();
        await serving.WaitAsync(Cancellation);
        Assert.Empty(pair.Ended);
    }

    // client                      echo
    // 300,000 bytes, FIN   -->
    //                      <--    the same bytes, FIN
    [Fact]
    public async Task Echo_goes_on_after_the_clients_FIN_until_all_is_sent_back()
    {
        await using var pair = new Pair();
        Task serving = pair.ServeAsync([new("echo", 7, SmallServices.EchoAsync)], Cancellation, connections: 1);
        byte[] sent = new byte[300_000], received = new byte[sent.Length];
        new Random(862).NextBytes(sent);
        await using TcpStream stream = await pair.ConnectAsync(7);
        Task sending = Task.Run(
            async () =>
            {
                await stream.WriteAsync(sent, Cancellation);
                await stream.CloseWriteAsync(Cancellation);
            },
            Cancellation);
        await stream.ReadExactlyAsync(received, Cancellation);
        Assert.Equal(0, await stream.ReadAsync(new byte[1], Cancellation));
        await sending;
        await serving.WaitAsync(Cancellation);
        Assert.Equal(sent, received);
        ServedConnection ended = Assert.Single(pair.Ended);
        Assert.Equal((null, sent.Length, sent.Length), (ended.Failure, ended.Info.BytesReceived, ended.Info.BytesAcknowledged));
    }

    [Fact]
    public async Task Chargen_sends_lines_of_72_characters_each_one_further()
    {
        await using var pair = new Pair();
        Task serving = pair.ServeAsync([new("chargen", 19, SmallServices.ChargenAsync)], Cancellation, connections: 1);
        await using TcpStream stream = await pair.ConnectAsync(19);
        byte[] bytes = new byte[200 * 74];
        await stream.ReadExactlyAsync(bytes, Cancellation);
        string[] lines = Encoding.ASCII.GetString(bytes).Split("\r\n")[..200];
        Assert.StartsWith(" !\"#$%&'()*+,-./0123456789:;<=>?@ABC", lines[0], StringComparison.Ordinal);
        Assert.All(lines, line => Assert.Equal(72, line.Length));
        Assert.Equal(lines[0][1..], lines[1][..71]);
        Assert.Equal(lines[0], lines[95]);
        await stream.CloseWriteAsync(Cancellation);
        await SmallServices.DiscardAsync(stream, Cancellation);
        await serving.WaitAsync(Cancellation);
        Assert.Null(Assert.Single(pair.Ended).Failure);
    }

    [Fact]
    public async Task The_page_names_the_services_and_nothing_else_is_there()
    {
        await using var pair = new Pair();
        IReadOnlyList<Service> services = [];
        services = [new("http", 80, PageService.Talk(() => services))];
        Task serving = pair.ServeAsync(services, Cancellation, connections: 2);
        Assert.Matches(@"^HTTP/1\.1 200 OK\r\n(.|\n)*<li>http: port 80</li>", await AskAsync("GET / HTTP/1.0\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 404 Not Found\r\n", await AskAsync("GET /else HTTP/1.1\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
        await serving.WaitAsync(Cancellation);

        async Task<string> AskAsync(string request)
        {
            await using TcpStream stream = await pair.ConnectAsync(80);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Cancellation);
            return await new StreamReader(stream).ReadToEndAsync(Cancellation); // the server closes first
        }
    }

    [Fact]
    public async Task A_client_that_never_closes_is_given_up()
    {
        await using var pair = new Pair();
        Task serving = pair.ServeAsync(
            [new("brief", 1, (_, _) => Task.CompletedTask)], Cancellation, connections: 1, patience: TimeSpan.FromMilliseconds(50));
        await using TcpStream stream = await pair.ConnectAsync(1);
        await serving.WaitAsync(Cancellation);
        Assert.Equal("given up in FinWait2", Assert.Single(pair.Ended).Failure);
        await Assert.ThrowsAsync<IOException>(async () => await stream.WaitForCloseAsync(Cancellation));
    }

    // client                echo
    // (open)         <--    FIN       the end of the run
    // FIN            -->
    [Fact]
    public async Task At_the_end_open_connections_are_closed_in_order()
    {
        await using var pair = new Pair();
        using var end = new CancellationTokenSource();
        Task serving = pair.ServeAsync([new("echo", 7, SmallServices.EchoAsync)], end.Token);
        await using TcpStream stream = await pair.ConnectAsync(7);
        await stream.WriteAsync(new byte[] { 1 }, Cancellation);
        Assert.Equal(1, await stream.ReadAsync(new byte[2], Cancellation));
        await end.CancelAsync();
        Assert.Equal(0, await stream.ReadAsync(new byte[1], Cancellation));
        await stream.CloseWriteAsync(Cancellation);
        await serving.WaitAsync(Cancellation);
        Assert.Null(Assert.Single(pair.Ended).Failure);
    }

    [Fact]
    public async Task A_reset_is_told_as_such()
    {
        await using var pair = new Pair();
        Task serving = pair.ServeAsync([new("echo", 7, SmallServices.EchoAsync)], Cancellation, connections: 1);
        TcpStream stream = await pair.ConnectAsync(7);
        stream.Abort();
        await serving.WaitAsync(Cancellation);
        Assert.Equal("ConnectionReset", Assert.Single(pair.Ended).Failure);
    }

    /// <summary>A stack that serves and one that asks, on one wire.</summary>
    private sealed class Pair : IAsyncDisposable
    {
        private readonly TwinWire _wire = new();
        private readonly Stack _server, _client;

        public Pair()
        {
            _server = new(_wire.Left, new() { Address = Server, PrefixLength = 24 });
            _client = new(_wire.Right, new() { Address = Client, PrefixLength = 24 });
        }

        /// <summary>What has ended so far.</summary>
        public List<ServedConnection> Ended { get; } = [];

        public Task ServeAsync(IReadOnlyList<Service> services, CancellationToken end, long? connections = null, TimeSpan? patience = null)
        {
            var host = new ServiceHost(_server, services, patience ?? TimeSpan.FromSeconds(30), Ended.Add);
            host.Listen();
            return host.RunAsync(connections, end);
        }

        public ValueTask<TcpStream> ConnectAsync(int port) => _client.ConnectAsync(new IPEndPoint(Server, port), Cancellation);

        public async ValueTask DisposeAsync()
        {
            await _client.DisposeAsync();
            await _server.DisposeAsync();
            _wire.Dispose();
        }
    }
}
