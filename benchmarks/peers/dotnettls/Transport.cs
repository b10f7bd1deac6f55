using System.Net;
using System.Net.Sockets;
using UserTcp.Link;

namespace UserTcp.TlsPeer;

/// <summary>Whose TCP is below.</summary>
internal abstract class Transport : IAsyncDisposable
{
    internal abstract ValueTask<Stream> ConnectAsync(IPEndPoint server);

    public abstract ValueTask DisposeAsync();

    internal static Transport OverTap(string tap, IPAddress address)
    {
        TapDevice device = new(tap);
        device.Open();
        return new UserTcpTransport(device, new Stack(device, new() { Address = address, PrefixLength = 24 }));
    }
}

/// <summary>The kernel's.</summary>
internal sealed class KernelTransport : Transport
{
    internal override async ValueTask<Stream> ConnectAsync(IPEndPoint server)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public override ValueTask DisposeAsync() => default;
}

/// <summary>Ours, on a TAP.</summary>
internal sealed class UserTcpTransport(TapDevice device, Stack stack) : Transport
{
    internal override async ValueTask<Stream> ConnectAsync(IPEndPoint server) => await stack.ConnectAsync(server);

    public override async ValueTask DisposeAsync()
    {
        await stack.DisposeAsync();
        device.Dispose();
    }
}
