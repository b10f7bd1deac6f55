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
        return new UserTcpTransport(device, new Stack(device, new() { Address = address, PrefixLength = 24, InlineContinuations = true }));
    }
}

/// <summary>The kernel's, with blocking calls as in the C clients: a completion that hops through the thread pool costs as much as half a handshake, and is .NET's, not TLS's.</summary>
internal sealed class KernelTransport : Transport
{
    internal override ValueTask<Stream> ConnectAsync(IPEndPoint server)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }; // as the others: without the family it would be an IPv6 socket for both
        socket.Connect(server);
        return new(new BlockingStream(socket));
    }

    public override ValueTask DisposeAsync() => default;

    private sealed class BlockingStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return default;
        }
    }
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
