using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Testing;

namespace UserTcp.Interop.Tests;

/// <summary>Transfers through a router that drops packets at random, both ways; beside ours the kernel's own TCP through the same router.</summary>
/// <remarks><code>
/// our stack ── TAP ──┐
///                    router, which drops ── veth ── far: the kernel's server
/// near, a kernel ────┘
/// </code>
/// USERTCP_LOSS_MIB sets how much is carried each way (4 MiB without it). The rates are printed and not judged: a shared machine tells only ratios.</remarks>
public sealed class LossyPathTests(ITestOutputHelper output)
{
    private const int Port = 5000, Tcp = 6, TcpCongestion = 13;
    private static readonly IPAddress Far = IPAddress.Parse("10.78.0.2");

    private static long Amount { get; } = (Environment.GetEnvironmentVariable("USERTCP_LOSS_MIB") is string mebibytes ? long.Parse(mebibytes, null) : 4) << 20;

    [Theory, InlineData(10), InlineData(50)]
    public async Task Everything_arrives_intact_through_random_loss(int perMille)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await using var lab = new TapLab();
        using TestNamespace far = TestNamespace.Create(), near = TestNamespace.Create();
        Join(lab.Namespace, far, "10.78.0", "far0");
        Join(lab.Namespace, near, "10.79.0", "near0");
        lab.Namespace.Run(() => File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1"));
        lab.Namespace.Command("nft", $"add table ip loss; add chain ip loss forward {{ type filter hook forward priority 0; }}; add rule ip loss forward numgen random mod 1000 < {perMille} drop");

        using Socket listener = far.Run(() => CubicSocket());
        listener.Bind(new IPEndPoint(Far, Port));
        listener.Listen();
        _ = Serve(listener, cancellation);

        await using StackOnTap ours = new(lab, offload: false);
        await using (TcpStream stream = await ours.Stack.ConnectAsync(new IPEndPoint(Far, Port), cancellation))
        {
            await Measure($"ours, {perMille} ‰", stream, () => stream.CloseWriteAsync(cancellation).AsTask(), cancellation);
            output.WriteLine($"{stream.Info}");
        }
        using Socket kernel = near.Run(() => CubicSocket());
        await kernel.ConnectAsync(new IPEndPoint(Far, Port), cancellation);
        await using var network = new NetworkStream(kernel);
        await Measure(
            $"kernel, {perMille} ‰", network,
            () =>
            {
                kernel.Shutdown(SocketShutdown.Send);
                return Task.CompletedTask;
            },
            cancellation);
        Assert.Equal(0, lab.SegmentsRefusedByKernel());
    }

    // client                               server
    //   its bytes, FIN             -->
    //                              <--     as many bytes, then the SHA-256 of what it has received, FIN
    private static async Task Serve(Socket listener, CancellationToken cancellation)
    {
        while (true)
        {
            using Socket socket = await listener.AcceptAsync(cancellation);
            await using var stream = new NetworkStream(socket);
            byte[] hash = await Drain(stream, long.MaxValue, cancellation);
            await Pour(stream, seed: 2, cancellation);
            await stream.WriteAsync(hash, cancellation);
            socket.Shutdown(SocketShutdown.Send);
            await stream.ReadAsync(new byte[1], cancellation); // closing with something unread would reset
        }
    }

    private async Task Measure(string who, Stream stream, Func<Task> closeWrite, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        byte[] sent = await Pour(stream, seed: 1, cancellation);
        await closeWrite();
        byte[] first = new byte[1];
        await stream.ReadExactlyAsync(first, cancellation); // the server has everything
        double up = clock.Elapsed.TotalSeconds;
        clock.Restart();
        byte[] received = await Drain(stream, Amount, cancellation, first);
        double down = clock.Elapsed.TotalSeconds;
        byte[] atServer = new byte[SHA256.HashSizeInBytes];
        await stream.ReadExactlyAsync(atServer, cancellation);

        output.WriteLine($"{who}: out {Amount / 1e6 / up:F1} MB/s, in {Amount / 1e6 / down:F1} MB/s");
        Assert.Equal(sent, atServer);
        Assert.Equal(Expected(seed: 2), received);
    }

    private static async Task<byte[]> Pour(Stream stream, int seed, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = Block(seed);
        for (long left = Amount; left > 0; left -= block.Length)
        {
            block[0]++;
            hash.AppendData(block);
            await stream.WriteAsync(block, cancellation);
        }
        return hash.GetHashAndReset();
    }

    private static byte[] Expected(int seed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = Block(seed);
        for (long left = Amount; left > 0; left -= block.Length)
        {
            block[0]++;
            hash.AppendData(block);
        }
        return hash.GetHashAndReset();
    }

    private static byte[] Block(int seed)
    {
        byte[] block = new byte[1 << 16];
        new Random(seed).NextBytes(block);
        return block;
    }

    private static async Task<byte[]> Drain(Stream stream, long amount, CancellationToken cancellation, byte[]? first = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 16];
        if (first is not null)
        {
            hash.AppendData(first);
            amount -= first.Length;
        }
        while (amount > 0)
        {
            int read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, amount)), cancellation);
            if (read == 0) break;
            hash.AppendData(buffer, 0, read);
            amount -= read;
        }
        return hash.GetHashAndReset();
    }

    private static Socket CubicSocket()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetRawSocketOption(Tcp, TcpCongestion, "cubic"u8);
        return socket;
    }

    // A link without offload: a dropped packet is one segment, as on a real path.
    private static void Join(TestNamespace router, TestNamespace host, string network, string name)
    {
        router.Ip($"link add {name} type veth peer name eth0 netns {host.Name}");
        router.Ip($"link set {name} gso_max_segs 1 up");
        router.Ip($"address add {network}.1/24 dev {name}");
        host.Ip("link set eth0 gso_max_segs 1 up");
        host.Ip($"address add {network}.2/24 dev eth0");
        host.Ip($"route add default via {network}.1");
    }
}
