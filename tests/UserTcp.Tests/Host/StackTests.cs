using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using UserTcp.Link;
using UserTcp.Tcp;

namespace UserTcp.Tests.Host;

public class StackTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Counters_are_a_copy_that_stands_still()
    {
        await using StackPair pair = new();
        StackCounters before = pair.Client.Counters;
        await pair.ConnectAsync(80, Cancelled);
        Assert.Equal((0, 0), (before.ActiveOpens, before.SegmentsSent));
        Assert.Equal((1, 1), (pair.Client.Counters.ActiveOpens, pair.Server.Counters.PassiveOpens));
    }

    [Fact]
    public async Task Connects_and_carries_bytes_both_ways()
    {
        await using StackPair pair = new();
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        Assert.Equal(new IPEndPoint(StackPair.ServerAddress, 80), client.RemoteEndPoint);
        Assert.Equal(client.LocalEndPoint, server.RemoteEndPoint);

        await client.WriteAsync("ping"u8.ToArray(), Cancelled);
        byte[] buffer = new byte[16];
        Assert.Equal(4, await server.ReadAsync(buffer, Cancelled));
        Assert.Equal("ping"u8, buffer.AsSpan(0, 4));
        await server.WriteAsync("pong"u8.ToArray(), Cancelled);
        Assert.Equal(4, await client.ReadAsync(buffer, Cancelled));
        Assert.Equal("pong"u8, buffer.AsSpan(0, 4));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Carries_more_than_all_buffers_hold(bool offload)
    {
        await using StackPair pair = new(offload);
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        byte[] sent = new byte[8 << 20];
        new Random(1).NextBytes(sent);
        Task writing = Write();
        using MemoryStream received = new();
        await server.CopyToAsync(received, Cancelled);
        await writing;
        Assert.Equal(SHA256.HashData(sent), SHA256.HashData(received.GetBuffer().AsSpan(0, (int)received.Length)));

        async Task Write()
        {
            await client.WriteAsync(sent, Cancelled);
            await client.CloseWriteAsync(Cancelled);
        }
    }

    [Fact, Rfc("9293", "3.6")]
    public async Task Half_close_lets_the_other_direction_go_on()
    {
        await using StackPair pair = new();
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        await client.CloseWriteAsync(Cancelled);
        byte[] buffer = new byte[8];
        Assert.Equal(0, await server.ReadAsync(buffer, Cancelled));
        await server.WriteAsync("late"u8.ToArray(), Cancelled);
        Assert.Equal(4, await client.ReadAsync(buffer, Cancelled));
        await server.DisposeAsync();
        Assert.Equal(0, await client.ReadAsync(buffer, Cancelled));
        Assert.Equal(TcpState.TimeWait, await client.WaitForCloseAsync(Cancelled));
        Assert.Equal(TcpState.Closed, await server.WaitForCloseAsync(Cancelled));
    }

    [Fact]
    public async Task Writing_after_the_half_close_is_an_error()
    {
        await using StackPair pair = new();
        (TcpStream client, _) = await pair.ConnectAsync(80, Cancelled);
        await client.CloseWriteAsync(Cancelled);
        IOException e = await Assert.ThrowsAsync<IOException>(async () => await client.WriteAsync(new byte[1], Cancelled));
        Assert.Equal(SocketError.Shutdown, Assert.IsType<SocketException>(e.InnerException).SocketErrorCode);
    }

    [Fact, Rfc("9293", "3.10.2")]
    public async Task A_write_waits_for_a_reader_and_forbids_the_half_close_meanwhile()
    {
        await using StackPair pair = new();
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        byte[] much = new byte[4 << 20]; // more than both buffers
        ValueTask writing = client.WriteAsync(much, Cancelled);
        Assert.False(writing.IsCompleted);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await client.CloseWriteAsync(Cancelled));
        await server.ReadExactlyAsync(much, Cancelled);
        await writing;
    }

    [Fact]
    public async Task A_closed_port_refuses()
    {
        await using StackPair pair = new();
        SocketException e = await Assert.ThrowsAsync<SocketException>(
            async () => await pair.Client.ConnectAsync(new IPEndPoint(StackPair.ServerAddress, 81), Cancelled));
        Assert.Equal(SocketError.ConnectionRefused, e.SocketErrorCode);
        Assert.Contains("192.0.2.2:81", e.Message, StringComparison.Ordinal);
        Assert.Equal(0, pair.Client.ConnectionCount);
    }

    [Fact]
    public async Task A_network_without_a_route_is_unreachable()
    {
        await using StackPair pair = new();
        SocketException e = await Assert.ThrowsAsync<SocketException>(
            async () => await pair.Client.ConnectAsync(IPEndPoint.Parse("198.51.100.1:80"), Cancelled));
        Assert.Equal(SocketError.NetworkUnreachable, e.SocketErrorCode);
        Assert.Contains("gateway", e.Message, StringComparison.Ordinal);
    }

    [Fact, Rfc("9293", "3.10.5"), Rfc("9293", "3.6", "MUST-12")]
    public async Task Abort_resets_the_peer()
    {
        await using StackPair pair = new();
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        ValueTask<int> reading = server.ReadAsync(new byte[1], Cancelled);
        client.Abort();
        IOException e = await Assert.ThrowsAsync<IOException>(async () => await reading);
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(e.InnerException).SocketErrorCode);
        await Assert.ThrowsAsync<IOException>(async () => await server.WriteAsync(new byte[1], Cancelled));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await client.ReadAsync(new byte[1], Cancelled));
    }

    [Theory, Rfc("9293", "3.9.1.1", "MUST-46")]
    [InlineData("192.0.2.255")]
    [InlineData("255.255.255.255")]
    [InlineData("224.0.0.1")]
    public async Task Nobody_can_connect_to_everybody(string address)
    {
        await using StackPair pair = new();
        SocketException e = await Assert.ThrowsAsync<SocketException>(
            async () => await pair.Client.ConnectAsync(new IPEndPoint(IPAddress.Parse(address), 80), Cancelled));
        Assert.Equal(SocketError.NetworkUnreachable, e.SocketErrorCode);
    }

    [Fact]
    public async Task A_cancelled_read_leaves_the_connection_usable()
    {
        await using StackPair pair = new();
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        byte[] buffer = new byte[4];
        for (int i = 0; i < 50; i++)
        {
            using CancellationTokenSource cancellation = new();
            ValueTask<int> reading = server.ReadAsync(buffer, cancellation.Token);
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reading);
        }
        await client.WriteAsync("data"u8.ToArray(), Cancelled);
        await server.ReadExactlyAsync(buffer, Cancelled);
        Assert.Equal("data"u8, buffer);
    }

    [Fact]
    public async Task A_cancelled_connect_leaves_nothing_behind()
    {
        await using StackPair pair = new();
        using CancellationTokenSource cancellation = new();
        ValueTask<TcpStream> connecting = pair.Client.ConnectAsync(IPEndPoint.Parse("192.0.2.99:80"), cancellation.Token); // nobody there
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await connecting);
        Assert.Equal(0, pair.Client.ConnectionCount);
    }

    [Fact]
    public async Task A_cancelled_accept_does_not_swallow_a_connection()
    {
        await using StackPair pair = new();
        await using TcpListener listener = pair.Server.Listen(80);
        using CancellationTokenSource cancellation = new();
        ValueTask<TcpStream> given = listener.AcceptAsync(cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await given);
        ValueTask<TcpStream> accepting = listener.AcceptAsync(Cancelled);
        await using TcpStream client = await pair.Client.ConnectAsync(new IPEndPoint(StackPair.ServerAddress, 80), Cancelled);
        await using TcpStream server = await accepting;
        Assert.Equal(client.LocalEndPoint, server.RemoteEndPoint);
    }

    [Fact]
    public async Task Closing_a_listener_resets_what_nobody_accepted()
    {
        await using StackPair pair = new();
        TcpListener listener = pair.Server.Listen(80);
        await using TcpStream client = await pair.Client.ConnectAsync(new IPEndPoint(StackPair.ServerAddress, 80), Cancelled);
        await client.WriteAsync(new byte[1], Cancelled);
        await listener.DisposeAsync();
        await Assert.ThrowsAsync<IOException>(async () => await client.ReadAsync(new byte[1], Cancelled));
        await using TcpListener again = pair.Server.Listen(80);
    }

    [Fact, Rfc("9293", "3.9.1.1", "MUST-41")]
    public async Task A_port_has_one_listener()
    {
        await using StackPair pair = new();
        await using TcpListener listener = pair.Server.Listen(80);
        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.Throws<SocketException>(() => pair.Server.Listen(80)).SocketErrorCode);
    }

    [Fact]
    public async Task Two_reads_at_once_are_refused()
    {
        await using StackPair pair = new();
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        ValueTask<int> first = server.ReadAsync(new byte[1], Cancelled);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await server.ReadAsync(new byte[1], Cancelled));
        await client.WriteAsync(new byte[1], Cancelled);
        Assert.Equal(1, await first);
    }

    [Fact]
    public async Task Disposing_a_stack_ends_what_waits_on_it()
    {
        await using StackPair pair = new();
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        ValueTask<int> here = client.ReadAsync(new byte[1], Cancelled);
        ValueTask<int> there = server.ReadAsync(new byte[1], Cancelled);
        await pair.Client.DisposeAsync();
        await Assert.ThrowsAsync<IOException>(async () => await here);
        await Assert.ThrowsAsync<IOException>(async () => await there);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pair.Client.ConnectAsync(new IPEndPoint(StackPair.ServerAddress, 80), Cancelled));
    }

    [Fact]
    public async Task Pings_the_other_stack()
    {
        await using StackPair pair = new();
        PingReply reply = await pair.Client.PingAsync(StackPair.ServerAddress, 4000, Cancelled); // in fragments
        Assert.Equal(4000, reply.Bytes);
        Assert.Equal(64, reply.TimeToLive);
    }

    [Fact]
    public async Task Without_a_name_server_a_name_is_an_error_and_an_address_is_not()
    {
        await using StackPair pair = new();
        Assert.Equal([StackPair.ServerAddress], await pair.Client.ResolveAsync("192.0.2.2", Cancelled));
        SocketException e = await Assert.ThrowsAsync<SocketException>(async () => await pair.Client.ResolveAsync("example.com", Cancelled));
        Assert.Contains("--dns", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_that_fails_fails_everybody_who_waits()
    {
        using BreakableLink link = new();
        await using Stack stack = new(link, new() { Address = StackPair.ClientAddress, PrefixLength = 24 });
        ValueTask<TcpStream> connecting = stack.ConnectAsync(new IPEndPoint(StackPair.ServerAddress, 80), Cancelled);
        link.Break();
        SocketException e = await Assert.ThrowsAsync<SocketException>(async () => await connecting);
        Assert.Contains("pulled the plug", e.Message, StringComparison.Ordinal);
        Assert.Equal(SocketError.NetworkDown, (await Assert.ThrowsAsync<SocketException>(
            async () => await stack.ConnectAsync(new IPEndPoint(StackPair.ServerAddress, 80), Cancelled))).SocketErrorCode);
    }

    [Fact]
    public async Task A_link_that_fails_is_heard_of_by_accepts_questions_and_echoes_too()
    {
        using BreakableLink link = new();
        await using Stack stack = new(link, new() { Address = StackPair.ClientAddress, PrefixLength = 24, DnsServers = [StackPair.ServerAddress] });
        await using TcpListener listener = stack.Listen(80);
        Task[] waiting = Waiting(stack, listener);
        link.Break();
        foreach (Task task in waiting) Assert.Equal(SocketError.NetworkDown, (await Assert.ThrowsAsync<SocketException>(() => task)).SocketErrorCode);
        Assert.Equal(SocketError.NetworkDown, (await Assert.ThrowsAsync<SocketException>(async () => await listener.AcceptAsync(Cancelled))).SocketErrorCode);
    }

    [Fact]
    public async Task Disposing_a_stack_ends_accepts_questions_and_echoes_too()
    {
        using BreakableLink link = new();
        await using Stack stack = new(link, new() { Address = StackPair.ClientAddress, PrefixLength = 24, DnsServers = [StackPair.ServerAddress] });
        await using TcpListener listener = stack.Listen(80);
        Task[] waiting = Waiting(stack, listener);
        await stack.DisposeAsync();
        foreach (Task task in waiting) await Assert.ThrowsAsync<ObjectDisposedException>(() => task);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await listener.AcceptAsync(Cancelled));
    }

    [Fact]
    public async Task A_link_closed_under_a_stack_ends_the_waits_and_not_the_process()
    {
        using TwinWire wire = new();
        await using Stack stack = new(wire.Left, new() { Address = StackPair.ClientAddress, PrefixLength = 24 });
        ValueTask<TcpStream> connecting = stack.ConnectAsync(new IPEndPoint(StackPair.ServerAddress, 80), Cancelled);
        wire.Dispose();
        await Assert.ThrowsAsync<SocketException>(async () => await connecting);
    }

    [Fact]
    public async Task An_unforeseen_exception_ends_the_stack_and_not_the_process()
    {
        using BreakableLink link = new();
        await using Stack stack = new(link, new() { Address = StackPair.ClientAddress, PrefixLength = 24 });
        ValueTask<TcpStream> connecting = stack.ConnectAsync(new IPEndPoint(StackPair.ServerAddress, 80), Cancelled);
        link.Break(new InvalidOperationException("somebody made a mistake"));
        SocketException e = await Assert.ThrowsAsync<SocketException>(async () => await connecting);
        Assert.Contains("somebody made a mistake", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flood_does_not_keep_the_thread_from_everything_else()
    {
        using BreakableLink link = new() { Floods = true };
        Stack stack = new(link, new() { Address = StackPair.ClientAddress, PrefixLength = 24 });
        await stack.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
    }

    public static TheoryData<TcpSettings, string> ImpossibleSettings => new()
    {
        { new() { SendBufferSize = 0 }, "SendBufferSize is 0" },
        { new() { ReceiveBufferSize = -1 }, "ReceiveBufferSize is -1" },
        { new() { MinimumRto = TimeSpan.Zero }, "MinimumRto is 00:00:00" },
        { new() { MaximumRto = TimeSpan.FromMilliseconds(100) }, "at least MinimumRto" },
        { new() { UserTimeout = TimeSpan.Zero }, "UserTimeout is 00:00:00" },
    };

    [Theory, MemberData(nameof(ImpossibleSettings))]
    public void Refuses_settings_with_which_connections_would_hang(TcpSettings settings, string reason)
    {
        using BreakableLink link = new();
        ArgumentException e = Assert.Throws<ArgumentException>(() => new Stack(link, new() { Address = StackPair.ClientAddress, PrefixLength = 24, Tcp = settings }));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    private static Task[] Waiting(Stack stack, TcpListener listener)
        =>
        [
            listener.AcceptAsync(Cancelled).AsTask(),
            stack.ResolveAsync("example.com", Cancelled).AsTask(),
            stack.PingAsync(StackPair.ServerAddress, cancellationToken: Cancelled).AsTask(),
        ];

    /// <summary>A link on which nothing ever arrives, until it fails.</summary>
    private sealed class BreakableLink : ILink
    {
        private readonly ManualResetEventSlim _wake = new();
        private volatile Exception? _broken;

        /// <summary>Whether there is always one more batch.</summary>
        internal bool Floods { get; init; }

        public string Name => "breakable";
        public int Mtu => 1500;
        public bool Offload => false;
        public LinkCounters Counters => default;
        public Instant NextDeadline => Instant.Never;

        public bool Receive(IFrameReceiver receiver, Instant now) => _broken is null ? Floods : throw _broken;

        public bool Send(in OutgoingFrame frame, Instant now) => true;

        public void Wait(TimeSpan timeout)
        {
            _wake.Wait(timeout);
            _wake.Reset();
        }

        public void Wake() => _wake.Set();

        internal void Break(Exception? how = null)
        {
            _broken = how ?? new IOException("somebody pulled the plug");
            Wake();
        }

        public void Dispose() => _wake.Dispose();
    }
}
