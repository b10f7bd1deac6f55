using System.Net;
using System.Net.Sockets;
using UserTcp.Interop.Tests.Fixtures;

namespace UserTcp.Interop.Tests;

/// <summary>`usertcp serve` on the TAP, and the kernel as its client.</summary>
public sealed class ServeTests
{
    private const int Clients = 200, BytesEach = 100_000;

    // kernel, 200 times at once               usertcp serve
    //   100,000 bytes, FIN             -->
    //                                 <--     the same 100,000 bytes, FIN
    //   Ctrl-C                         -->     the totals, exit code 0
    [Theory, InlineData(true), InlineData(false)]
    public async Task Two_hundred_clients_at_once_get_everything_back_after_their_FIN(bool offload)
    {
        await using var lab = new TapLab();
        ChildProcess serve = lab.Start(
            lab.Namespace, "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "UserTcp.Cli.dll"), "serve", "--tap", TapLab.Tap, "--address", $"{TapLab.Ours}/24", .. TapLab.Offload(offload)]);
        await serve.WaitForLog("echo on 7");

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(seed => EchoAsync(lab, seed)));
        Assert.Equal(0, lab.SegmentsRefusedByKernel());

        serve.Signal(ChildProcess.Interrupt);
        Assert.True(await serve.WaitForExit() == 0, serve.Log);
        Assert.Contains($"{Clients} connections, 0 failed; {(long)Clients * BytesEach:N0} bytes in, {(long)Clients * BytesEach:N0} out", serve.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curl_reads_the_page_and_the_characters_end_with_the_readers_FIN()
    {
        await using var lab = new TapLab();
        ChildProcess serve = lab.Start(
            lab.Namespace, "dotnet", Path.Combine(AppContext.BaseDirectory, "UserTcp.Cli.dll"), "serve", "--tap", TapLab.Tap, "--address", $"{TapLab.Ours}/24",
            "--connections", "2");
        await serve.WaitForLog("http on 80");

        ChildProcess curl = lab.Start(lab.Namespace, "curl", "--silent", "--show-error", "--max-time", "20", $"http://{TapLab.Ours}/");
        Assert.True(await curl.WaitForExit() == 0, curl.Log);
        Assert.Contains("<li>chargen: port 19</li>", curl.Log, StringComparison.Ordinal);

        using Socket reader = Connect(lab);
        await reader.ConnectAsync(new IPEndPoint(TapLab.Ours, 19), TestContext.Current.CancellationToken);
        await using var stream = new NetworkStream(reader);
        byte[] characters = new byte[1 << 20];
        await stream.ReadExactlyAsync(characters, TestContext.Current.CancellationToken);
        Assert.True(characters.AsSpan().StartsWith(" !\"#$%"u8));
        reader.Shutdown(SocketShutdown.Send);
        while (await stream.ReadAsync(characters, TestContext.Current.CancellationToken) > 0)
        {
        }

        Assert.True(await serve.WaitForExit() == 0, serve.Log); // two connections were enough
    }

    private static Socket Connect(TapLab lab) => lab.Namespace.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));

    private static async Task EchoAsync(TapLab lab, int seed)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        byte[] sent = new byte[BytesEach], received = new byte[BytesEach];
        new Random(seed).NextBytes(sent);
        using Socket client = Connect(lab);
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
        Assert.True(sent.AsSpan().SequenceEqual(received));
    }
}
