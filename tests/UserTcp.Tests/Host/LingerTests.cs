using System.Net.Sockets;
using UserTcp.Tcp;

namespace UserTcp.Tests.Host;

/// <summary>What closing a stream waits for; the protocol's side is in Tcp/LingerTests.cs.</summary>
public sealed class LingerTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_option_has_the_form_that_sockets_have()
    {
        await using StackPair pair = new();
        (TcpStream client, _) = await pair.ConnectAsync(80, Cancelled);
        Assert.False(client.LingerState!.Enabled);
        client.LingerState = new(true, 7);
        Assert.Equal((true, 7), (client.LingerState.Enabled, client.LingerState.LingerTime));
        Assert.Equal(TimeSpan.FromSeconds(7), client.Settings.Linger);
        client.LingerState = null;
        Assert.Null(client.Settings.Linger);
    }

    [Fact, Rfc("9293", "3.10.4")]
    public async Task With_a_linger_time_closing_waits_until_everything_is_delivered()
    {
        await using StackPair pair = new(settings: new() { SendBufferSize = 1 << 20, ReceiveBufferSize = 1 << 16 });
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        client.LingerState = new(true, 60);
        byte[] data = new byte[128 * 1024]; // more than the peer's buffer
        await client.WriteAsync(data, Cancelled);
        Task closing = client.DisposeAsync().AsTask();
        Assert.False(closing.IsCompleted);
        await server.ReadExactlyAsync(data, Cancelled);
        await closing;
        Assert.Equal(data.Length, client.Info.BytesAcknowledged);
    }

    [Fact, Rfc("9293", "3.10.5")]
    public async Task A_linger_time_that_runs_out_resets_the_connection()
    {
        await using StackPair pair = new(settings: new() { SendBufferSize = 1 << 20, ReceiveBufferSize = 1 << 16, Linger = TimeSpan.FromMilliseconds(50) });
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        await client.WriteAsync(new byte[128 * 1024], Cancelled);
        await Task.Run(client.Dispose, Cancelled); // the one that blocks
        Assert.Equal(TcpState.Closed, client.Info.State);
        IOException ours = await Assert.ThrowsAsync<IOException>(() => client.WaitForCloseAsync(Cancelled));
        Assert.Equal(SocketError.ConnectionAborted, Assert.IsType<SocketException>(ours.InnerException).SocketErrorCode);
        IOException theirs = await Assert.ThrowsAsync<IOException>(() => server.CopyToAsync(Stream.Null, Cancelled));
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(theirs.InnerException).SocketErrorCode);
    }

    [Fact, Rfc("9293", "3.10.5")]
    public async Task With_a_linger_time_of_zero_closing_resets()
    {
        await using StackPair pair = new();
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        client.LingerState = new(true, 0);
        client.Dispose();
        IOException e = await Assert.ThrowsAsync<IOException>(async () => await server.ReadAsync(new byte[1], Cancelled));
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(e.InnerException).SocketErrorCode);
        Assert.Equal(0, pair.Client.ConnectionCount);
    }

    [Fact]
    public async Task A_stack_that_ends_ends_the_wait()
    {
        await using StackPair pair = new(settings: new() { SendBufferSize = 1 << 20, ReceiveBufferSize = 1 << 16, Linger = TimeSpan.FromHours(1) });
        (TcpStream client, _) = await pair.ConnectAsync(80, Cancelled);
        await client.WriteAsync(new byte[128 * 1024], Cancelled);
        Task closing = client.DisposeAsync().AsTask();
        await pair.Client.DisposeAsync();
        await closing;
    }
}
