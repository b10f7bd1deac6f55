using System.Net;
using System.Net.Sockets;
using UserTcp.Interop.Tests.Fixtures;

namespace UserTcp.Interop.Tests;

/// <summary>A <see cref="Stack"/> in this process against the kernel at the other end of the TAP.</summary>
public sealed class KernelPeerTests
{
    private const int Fragmented = 20_000;

    [Theory, InlineData(56, false), InlineData(1472, false), InlineData(Fragmented, false), InlineData(Fragmented, true)]
    public async Task The_kernel_pings_us(int size, bool offload)
    {
        await using var lab = new TapLab();
        await using StackOnTap ours = new(lab, offload);
        ChildProcess ping = lab.Start(lab.Namespace, "ping", "-n", "-c", "3", "-i", "0.2", "-W", "5", "-s", $"{size}", $"{TapLab.Ours}");
        Assert.True(await ping.WaitForExit() == 0, ping.Log);
        Assert.Contains("3 received", ping.Log, StringComparison.Ordinal);
    }

    [Theory, InlineData(56, false), InlineData(1472, false), InlineData(Fragmented, false), InlineData(Fragmented, true)]
    public async Task We_ping_the_kernel(int size, bool offload)
    {
        await using var lab = new TapLab();
        await using StackOnTap ours = new(lab, offload);
        PingReply reply = await ours.Stack.PingAsync(TapLab.Kernel, size, TestContext.Current.CancellationToken);
        Assert.Equal(size, reply.Bytes);
    }

    // kernel                                   our listener
    //   SYN                            -->
    //   8 MiB                         <-->     the same 8 MiB
    //   FIN                            -->     end of stream
    //                                 <--      FIN
    [Theory, InlineData(false), InlineData(true)]
    public async Task A_kernel_client_gets_back_what_it_sends_to_our_listener(bool offload)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        byte[] sent = new byte[8 << 20], received = new byte[sent.Length];
        new Random(8).NextBytes(sent);
        await using var lab = new TapLab();
        await using StackOnTap ours = new(lab, offload);
        await using TcpListener listener = ours.Stack.Listen(7);
        Task echo = Echo(listener, cancellation);

        using Socket client = lab.Namespace.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        await client.ConnectAsync(new IPEndPoint(TapLab.Ours, 7), cancellation);
        await using var stream = new NetworkStream(client);
        Task sending = Task.Run(
            async () =>
            {
                await stream.WriteAsync(sent, cancellation);
                client.Shutdown(SocketShutdown.Send);
            },
            cancellation);
        await stream.ReadExactlyAsync(received, cancellation);
        Assert.Equal(0, await stream.ReadAsync(new byte[1], cancellation));
        await sending;
        await echo;

        Assert.True(sent.AsSpan().SequenceEqual(received));
        Assert.Equal(0, lab.SegmentsRefusedByKernel());
    }

    [Fact]
    public async Task A_port_nobody_listens_on_refuses_the_kernel()
    {
        await using var lab = new TapLab();
        await using StackOnTap ours = new(lab, offload: false);
        using Socket client = lab.Namespace.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        SocketException refusal = await Assert.ThrowsAsync<SocketException>(
            () => client.ConnectAsync(new IPEndPoint(TapLab.Ours, 7), TestContext.Current.CancellationToken).AsTask());
        Assert.Equal(SocketError.ConnectionRefused, refusal.SocketErrorCode);
    }

    private static async Task Echo(TcpListener listener, CancellationToken cancellation)
    {
        await using TcpStream stream = await listener.AcceptAsync(cancellation);
        await stream.CopyToAsync(stream, cancellation);
        await stream.CloseWriteAsync(cancellation);
    }
}
