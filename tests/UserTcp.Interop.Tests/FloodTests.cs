using System.Globalization;
using System.Net;
using System.Net.Sockets;
using UserTcp.Interop.Tests.Fixtures;

namespace UserTcp.Interop.Tests;

/// <summary>Our stack under attack, with the kernel as the honest client.</summary>
/// <remarks>Not beside other tests: the heap that must stay small is the process's.</remarks>
[Collection(nameof(ManyConnectionsTests))]
public sealed class FloodTests
{
    private const int Port = 7, SegmentsPerSecond = 100_000;
    private const int Syncnt = 7; // TCP_SYNCNT, tcp(7)

    /// <summary>USERTCP_FLOOD_SECONDS makes it longer.</summary>
    private static readonly TimeSpan Duration
        = TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("USERTCP_FLOOD_SECONDS") ?? "3", CultureInfo.InvariantCulture));

    // attacker                                 our listener                     kernel
    //   SYN from anywhere               -->    SYN-ACK with a cookie
    //   any flags, numbers, endpoints   -->    RST, challenge, nothing
    //                                          echoes                  <-->     one long transfer, and a new connection again and again
    [Fact]
    public async Task A_flood_of_spoofed_SYNs_and_random_segments_stops_neither_a_transfer_nor_new_connections()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await using var lab = new TapLab();
        // On a busy machine the attacker catches up in bursts, and a full queue drops honest segments with the others: let it hold 100 ms.
        lab.Namespace.Ip($"link set dev {TapLab.Tap} txqueuelen {SegmentsPerSecond / 10}");
        await using StackOnTap ours = new(lab, offload: true);
        await using TcpListener listener = ours.Stack.Listen(Port);
        _ = AcceptAll(listener, cancellation);

        using Socket transfer = await Connect(lab, cancellation);
        long heapBefore = GC.GetTotalMemory(forceFullCollection: true);
        Flood flood = new(lab, Port, (IPEndPoint)transfer.LocalEndPoint!);
        using var floodEnds = new CancellationTokenSource();
        Task<long> flooding = Task.Factory.StartNew(() => flood.Run(Duration, SegmentsPerSecond), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Task<(long, byte[])> sending = HashedTransfer.Send(transfer, floodEnds.Token, cancellation);
        Task<(long, byte[])> receiving = HashedTransfer.Receive(transfer, cancellation);

        int connected = 0;
        for (; !flooding.IsCompleted || connected == 0; connected++)
        {
            using Socket client = await Connect(lab, cancellation); // while the flood lasts
            byte[] hello = "hello"u8.ToArray();
            await client.SendAsync(hello, cancellation);
            Assert.Equal(hello.Length, await client.ReceiveAsync(hello, cancellation));
            await Task.Delay(100, cancellation);
        }
        long sent = await flooding;
        await floodEnds.CancelAsync();
        (long bytesSent, byte[] hashSent) = await sending;
        (long bytesReceived, byte[] hashReceived) = await receiving;
        long heapAfter = GC.GetTotalMemory(forceFullCollection: true);

        StackCounters counters = ours.Stack.Counters;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{sent} segments in {Duration.TotalSeconds} s, {counters.SegmentsReceived} reached the stack, {counters.SynsReceived} SYNs of them; {connected} connections opened, "
            + $"{bytesReceived >> 20} MiB echoed; heap {heapBefore >> 10} -> {heapAfter >> 10} KiB; {counters}");
        Assert.Equal(bytesSent, bytesReceived);
        Assert.Equal(hashSent, hashReceived);
        // Every SYN was answered: by a half-open connection or a cookie.
        Assert.True(counters.SynCookiesSent > 0);
        Assert.Equal(0, counters.ListenDrops);
        Assert.Equal(counters.SynsReceived, counters.PassiveOpens - counters.SynCookiesReceived + counters.SynCookiesSent);
        Assert.Equal(0, counters.EstablishedResets);
        // What is left of it is a full table of half-open connections.
        Assert.True(heapAfter - heapBefore < 32 << 20, $"{heapAfter - heapBefore} bytes more are in use");
        Assert.True(ours.Stack.ConnectionCount <= Budgets.HalfOpenPerListener + connected + 1);
    }

    /// <summary>Opens a connection with at most two repeats of the SYN.</summary>
    private static async Task<Socket> Connect(TapLab lab, CancellationToken cancellation)
    {
        Socket client = lab.Namespace.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        client.SetRawSocketOption((int)ProtocolType.Tcp, Syncnt, BitConverter.GetBytes(2));
        await client.ConnectAsync(new IPEndPoint(TapLab.Ours, Port), cancellation);
        return client;
    }

    private static async Task AcceptAll(TcpListener listener, CancellationToken cancellation)
    {
        while (true) _ = Echo(await listener.AcceptAsync(cancellation), cancellation);
    }

    private static async Task Echo(TcpStream stream, CancellationToken cancellation)
    {
        await using (stream)
        {
            await stream.CopyToAsync(stream, cancellation);
            await stream.CloseWriteAsync(cancellation);
        }
    }
}
