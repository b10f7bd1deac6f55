using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace UserTcp.BogoShim;

/// <summary>The connection to the runner. It ends by half-closing and reading what is left: closing at once would reset it, and the alert would be lost.</summary>
internal sealed class ShimSocket : Stream
{
    private readonly Socket _socket;
    private readonly int _largestRead;

    private ShimSocket(Socket socket, int largestRead)
    {
        _socket = socket;
        _largestRead = largestRead;
    }

    internal static async Task<ShimSocket> ConnectAsync(ShimFlags flags)
    {
        IPAddress address = flags.IPv6 ? IPAddress.IPv6Loopback : IPAddress.Loopback;
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address, flags.Port);
        byte[] id = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(id, flags.ShimId);
        await socket.SendAsync(id);
        return new ShimSocket(socket, flags.OneByteAtATime ? 1 : int.MaxValue);
    }

    public override bool CanRead => true;
    public override bool CanWrite => true;
    public override bool CanSeek => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _socket.ReceiveAsync(buffer[..Math.Min(buffer.Length, _largestRead)], cancellationToken);
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            while (!buffer.IsEmpty) buffer = buffer[await _socket.SendAsync(buffer, cancellationToken)..];
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            try
            {
                _socket.Shutdown(SocketShutdown.Send);
                byte[] rest = new byte[1024];
                while (_socket.Receive(rest) > 0) { }
            }
            catch (SocketException)
            {
            }
            _socket.Dispose();
        }
        base.Dispose(disposing);
    }
}
