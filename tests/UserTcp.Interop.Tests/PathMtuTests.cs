using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Testing;

namespace UserTcp.Interop.Tests;

/// <summary>Through the kernel's routers and a link that is narrower than ours, with its ICMP and without.</summary>
public sealed class PathMtuTests
{
    private const int Port = 9, Bytes = 10 << 20, NarrowMtu = 1300, Headers = 52; // with timestamps

    // our stack --1500-- client --1300-- router --1500-- server
    [Theory, InlineData(false), InlineData(true)]
    public async Task Uploads_and_downloads_pass_a_narrow_link_whose_router_says_so(bool offload)
    {
        await using Internet internet = new();
        internet.Narrow(NarrowMtu);
        await using StackOnTap ours = new(internet.Client, offload);
        (int atStart, int atEnd) = await Exchange(internet, ours, Port);
        Assert.Equal((1500 - Headers, NarrowMtu - Headers), (atStart, atEnd));
        (atStart, atEnd) = await Exchange(internet, ours, Port + 1); // the next connection knows from the start
        Assert.Equal((NarrowMtu - Headers, NarrowMtu - Headers), (atStart, atEnd));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task An_upload_passes_a_narrow_link_whose_router_is_silent(bool offload)
    {
        await using Internet internet = new();
        internet.Narrow(NarrowMtu);
        internet.Client.Namespace.Command(Tool.Require("nft"), "add table ip silence; add chain ip silence out { type filter hook output priority 0; }; "
            + "add rule ip silence out icmp type destination-unreachable drop");
        await using StackOnTap ours = new(internet.Client, offload);
        (_, int atEnd) = await Exchange(internet, ours, Port);
        Assert.InRange(atEnd, NarrowMtu - Headers - 16, NarrowMtu - Headers); // found by probing from 1024
    }

    // Sends and then receives with one connection.
    private static async Task<(int MssAtStart, int MssAtEnd)> Exchange(Internet internet, StackOnTap ours, int port)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        byte[] data = RandomNumberGenerator.GetBytes(Bytes), received = new byte[Bytes], back = new byte[Bytes];
        using Socket listener = internet.Servers.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        listener.Bind(new IPEndPoint(Internet.Server, port));
        listener.Listen();
        Task serving = Serve();
        await using TcpStream stream = await ours.Stack.ConnectAsync(new IPEndPoint(Internet.Server, port), cancellation);
        int atStart = stream.Info.SendMss;
        await stream.WriteAsync(data, cancellation);
        await stream.ReadExactlyAsync(back, cancellation);
        await serving;
        int atEnd = stream.Info.SendMss;
        Assert.Equal(SHA256.HashData(data), SHA256.HashData(received));
        Assert.Equal(SHA256.HashData(data), SHA256.HashData(back));
        return (atStart, atEnd);

        async Task Serve()
        {
            using Socket accepted = await listener.AcceptAsync(cancellation);
            await using NetworkStream peer = new(accepted);
            await peer.ReadExactlyAsync(received, cancellation);
            await peer.WriteAsync(received, cancellation);
        }
    }
}
