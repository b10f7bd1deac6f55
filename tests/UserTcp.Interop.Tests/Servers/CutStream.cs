using System.Net.Sockets;

namespace UserTcp.Interop.Tests.Servers;

/// <summary>How a server that breaks off does it.</summary>
public enum Ending
{
    /// <summary>FIN, without close_notify.</summary>
    Closes,

    /// <summary>RST.</summary>
    Resets,

    /// <summary>Nothing more, for ever.</summary>
    FallsSilent,
}

/// <summary>A connection whose server breaks off after a number of bytes sent.</summary>
internal sealed class CutStream(NetworkStream inner, int bytes, Ending ending) : Stream
{
    private int _left = bytes;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int some = Math.Min(buffer.Length, _left);
        await inner.WriteAsync(buffer[..some], cancellationToken);
        _left -= some;
        if (_left > 0)
            return;
        if (ending == Ending.FallsSilent)
        {
            // Until the client has given up.
            while (await inner.ReadAsync(new byte[4096], cancellationToken) > 0)
            {
            }
        }

        if (ending == Ending.Resets)
        {
            inner.Socket.LingerState = new LingerOption(true, 0); // close(2) sends RST
            inner.Socket.Dispose(); // the stream's own Dispose would send FIN first
        }
        else if (ending == Ending.Closes)
        {
            await DrainThenClose(cancellationToken);
        }

        throw new IOException("broken off, as planned");
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    // Closing with unread data would send RST instead of FIN (RFC 2525 2.17).
    private async Task DrainThenClose(CancellationToken cancellationToken)
    {
        inner.Socket.Shutdown(SocketShutdown.Send);
        while (await inner.ReadAsync(new byte[4096], cancellationToken) > 0)
        {
        }
    }
}
