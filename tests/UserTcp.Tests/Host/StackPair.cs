using System.Net;
using UserTcp.Link;
using UserTcp.Tcp;

namespace UserTcp.Tests.Host;

/// <summary>Two stacks at the ends of a twin wire, in real time.</summary>
internal sealed class StackPair : IAsyncDisposable
{
    internal static readonly IPAddress ClientAddress = IPAddress.Parse("192.0.2.1"), ServerAddress = IPAddress.Parse("192.0.2.2");

    private readonly TwinWire _wire;

    internal StackPair(bool offload = false, IStackEventSink? events = null, TcpSettings? settings = null, bool inline = false)
    {
        settings ??= new();
        _wire = new(offload: offload);
        Client = new(_wire.Left, new() { Address = ClientAddress, PrefixLength = 24, Events = events, Tcp = settings, InlineContinuations = inline });
        Server = new(_wire.Right, new() { Address = ServerAddress, PrefixLength = 24, Tcp = settings, InlineContinuations = inline });
    }

    internal Stack Client { get; }

    internal Stack Server { get; }

    /// <summary>A connection from the client to a port of the server, and the server's end of it.</summary>
    internal async Task<(TcpStream Client, TcpStream Server)> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        await using TcpListener listener = Server.Listen(port);
        ValueTask<TcpStream> accepting = listener.AcceptAsync(cancellationToken);
        TcpStream client = await Client.ConnectAsync(new IPEndPoint(ServerAddress, port), cancellationToken);
        return (client, await accepting);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
        _wire.Dispose();
    }
}
