using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Tcp;

namespace UserTcp.Interop.Tests;

/// <summary>Connections with the kernel that do not go as planned: each ends as it must, and leaves nothing in the stack.</summary>
public sealed class TroubleTests
{
    private const int Port = 9, KillSignal = 9;

    private static readonly TcpSettings ShortTimeWait = new() { MaximumSegmentLifetime = TimeSpan.FromMilliseconds(100) };

    // our stack                                kernel
    //   FIN                            -->
    //                                 <--      4 MiB, FIN
    [Fact]
    public async Task After_our_FIN_the_kernel_still_sends()
    {
        await using Pair pair = await Pair.Connect();
        byte[] data = RandomNumberGenerator.GetBytes(4 << 20), received = new byte[data.Length];
        await pair.Ours.CloseWriteAsync(Cancellation);
        Assert.Equal(0, await pair.Kernel.ReceiveAsync(received, Cancellation));
        Task sending = Task.Run(
            async () =>
            {
                await new NetworkStream(pair.Kernel).WriteAsync(data, Cancellation);
                pair.Kernel.Shutdown(SocketShutdown.Send);
            },
            Cancellation);
        await pair.Ours.ReadExactlyAsync(received, Cancellation);
        Assert.Equal(0, await pair.Ours.ReadAsync(received, Cancellation));
        await sending;
        Assert.Equal(TcpState.TimeWait, await pair.Ours.WaitForCloseAsync(Cancellation));
        Assert.True(data.AsSpan().SequenceEqual(received));
        await pair.Stack.NothingLeft();
    }

    [Fact]
    public async Task Our_abort_resets_the_kernel()
    {
        await using Pair pair = await Pair.Connect();
        await pair.Ours.WriteAsync(new byte[1 << 14], Cancellation);
        pair.Ours.Abort();
        Assert.Equal(SocketError.ConnectionReset, await ErrorOf(async () =>
        {
            while (await pair.Kernel.ReceiveAsync(new byte[1 << 16], Cancellation) > 0)
            {
            }
        }));
        Assert.Equal(0, pair.Stack.Stack.ConnectionCount);
    }

    [Fact]
    public async Task A_kernel_socket_with_no_linger_resets_us()
    {
        await using Pair pair = await Pair.Connect();
        ValueTask<int> reading = pair.Ours.ReadAsync(new byte[1], Cancellation);
        pair.Kernel.LingerState = new(enable: true, seconds: 0);
        pair.Kernel.Close();
        Assert.Equal(SocketError.ConnectionReset, await ErrorOf(async () => await reading));
        Assert.Equal(0, pair.Stack.Stack.ConnectionCount);
    }

    // shell                                    our listener
    //                                 <--      16 KiB, which it does not read
    //   killed: RST                    -->
    [Fact]
    public async Task A_kernel_process_that_is_killed_with_unread_data_resets_us()
    {
        await using var lab = new TapLab();
        await using StackOnTap ours = new(lab, offload: false, ShortTimeWait);
        await using TcpListener listener = ours.Stack.Listen(Port);
        ChildProcess shell = lab.Start(lab.Namespace, "bash", "-c", $"exec 3<>/dev/tcp/{TapLab.Ours}/{Port}; read"); // reads its own input
        await using TcpStream stream = await listener.AcceptAsync(Cancellation);
        await stream.WriteAsync(new byte[1 << 14], Cancellation);
        await Until(() => stream.Info.BytesAcknowledged > 0);
        shell.Signal(KillSignal);
        Assert.Equal(SocketError.ConnectionReset, await ErrorOf(async () => await stream.ReadAsync(new byte[1], Cancellation)));
        Assert.Equal(0, ours.Stack.ConnectionCount);
    }

    [Fact]
    public async Task A_listener_that_is_closed_resets_those_who_wait()
    {
        const int Clients = 20;
        await using var lab = new TapLab();
        await using StackOnTap ours = new(lab, offload: false, ShortTimeWait);
        TcpListener listener = ours.Stack.Listen(Port);
        Socket[] clients = [.. Enumerable.Range(0, Clients).Select(_ => lab.Namespace.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)))];
        foreach (Socket client in clients) await client.ConnectAsync(new IPEndPoint(TapLab.Ours, Port), Cancellation);
        await listener.DisposeAsync();
        foreach (Socket client in clients)
        {
            Assert.Equal(SocketError.ConnectionReset, await ErrorOf(async () => await client.ReceiveAsync(new byte[1], Cancellation)));
            client.Dispose();
        }
        Assert.Equal(0, ours.Stack.ConnectionCount);
    }

    // The least that the kernel takes is less than two segments.
    [Fact]
    public async Task A_tiny_receive_buffer_of_the_kernel_is_filled_and_emptied()
    {
        await using Pair pair = await Pair.Connect(listener => listener.ReceiveBufferSize = 1);
        await Upload(pair, 64 << 10, pauseBefore: TimeSpan.Zero);
    }

    // our stack                                kernel
    //   as much as fits                -->     does not read
    //   probes                         -->     window 0
    //   the rest                       -->     reads
    [Fact]
    public async Task A_kernel_that_sleeps_with_its_window_closed_gets_the_rest_afterwards()
    {
        await using Pair pair = await Pair.Connect(listener => listener.ReceiveBufferSize = 64 << 10);
        await Upload(pair, 4 << 20, pauseBefore: TimeSpan.FromSeconds(1.5));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_transfer_goes_on_after_the_link_was_down_for_three_seconds(bool offload)
    {
        await using Pair pair = await Pair.Connect(offload: offload);
        byte[] data = RandomNumberGenerator.GetBytes(32 << 20), received = new byte[data.Length];
        Task writing = Task.Run(
            async () =>
            {
                await pair.Ours.WriteAsync(data, Cancellation);
                await pair.Ours.CloseWriteAsync(Cancellation);
            },
            Cancellation);
        await using NetworkStream peer = new(pair.Kernel);
        await peer.ReadExactlyAsync(received.AsMemory(0, 1 << 20), Cancellation);
        pair.Lab.Namespace.Ip($"link set dev {TapLab.Tap} down");
        await Task.Delay(3000, Cancellation);
        pair.Lab.Namespace.Ip($"link set dev {TapLab.Tap} up");
        await peer.ReadExactlyAsync(received.AsMemory(1 << 20), Cancellation);
        await writing;
        Assert.True(data.AsSpan().SequenceEqual(received));
        pair.Kernel.Shutdown(SocketShutdown.Send);
        await pair.Ours.WaitForCloseAsync(Cancellation);
        await pair.Stack.NothingLeft();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task Upload(Pair pair, int bytes, TimeSpan pauseBefore)
    {
        byte[] data = RandomNumberGenerator.GetBytes(bytes), received = new byte[bytes];
        Task writing = Task.Run(
            async () =>
            {
                await pair.Ours.WriteAsync(data, Cancellation);
                await pair.Ours.CloseWriteAsync(Cancellation);
            },
            Cancellation);
        await Task.Delay(pauseBefore, Cancellation);
        await using NetworkStream peer = new(pair.Kernel);
        await peer.ReadExactlyAsync(received, Cancellation);
        Assert.Equal(0, await peer.ReadAsync(received, Cancellation));
        await writing;
        Assert.True(data.AsSpan().SequenceEqual(received));
        pair.Kernel.Shutdown(SocketShutdown.Send);
        await pair.Ours.WaitForCloseAsync(Cancellation);
        await pair.Stack.NothingLeft();
    }

    private static async Task<SocketError> ErrorOf(Func<Task> action)
    {
        Exception error = await Assert.ThrowsAnyAsync<Exception>(action);
        return Assert.IsType<SocketException>(error as SocketException ?? error.InnerException).SocketErrorCode;
    }

    private static async Task Until(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(10, Cancellation);
    }

    /// <summary>A connection from our stack to the kernel.</summary>
    private sealed record Pair(TapLab Lab, StackOnTap Stack, TcpStream Ours, Socket Kernel) : IAsyncDisposable
    {
        public static async Task<Pair> Connect(Action<Socket>? prepare = null, bool offload = false)
        {
            var lab = new TapLab();
            Socket listener = lab.Listen(Port);
            prepare?.Invoke(listener); // what connections inherit
            StackOnTap stack = lab.Own(new StackOnTap(lab, offload, ShortTimeWait));
            ValueTask<Socket> accepting = listener.AcceptAsync(Cancellation);
            TcpStream ours = await stack.Stack.ConnectAsync(new IPEndPoint(TapLab.Kernel, Port), Cancellation);
            return new(lab, stack, ours, await accepting);
        }

        public async ValueTask DisposeAsync()
        {
            await Ours.DisposeAsync();
            Kernel.Dispose();
            await Lab.DisposeAsync();
        }
    }
}
