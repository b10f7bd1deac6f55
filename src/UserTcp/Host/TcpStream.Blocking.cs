using System.Buffers;
using System.Net.Sockets;

namespace UserTcp;

// The calls that block, and what every Stream has to have.
public sealed partial class TcpStream
{
    private int _readTimeout = Timeout.Infinite, _writeTimeout = Timeout.Infinite;

    /// <inheritdoc/>
    public override bool CanTimeout => true;

    /// <summary>How long a blocking read waits (ms); <see cref="Timeout.Infinite"/> by default. The asynchronous ones take a cancellation token.</summary>
    public override int ReadTimeout
    {
        get => _readTimeout;
        set => _readTimeout = Checked(value);
    }

    /// <summary>How long a blocking write waits (ms); <see cref="Timeout.Infinite"/> by default. The asynchronous ones take a cancellation token.</summary>
    public override int WriteTimeout
    {
        get => _writeTimeout;
        set => _writeTimeout = Checked(value);
    }

    /// <inheritdoc cref="ReadAsync(Memory{byte}, CancellationToken)"/>
    /// <exception cref="IOException">The connection failed, or nothing came within <see cref="ReadTimeout"/>: then it can still be used.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            lock (_stack.Gate)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                Instant now = _stack.Now;
                if (!_read.IsPending && TryRead(buffer, now, out int count))
                {
                    _stack.Flush(now);
                    return count;
                }
            }
            Block(ReadAsync, Memory<byte>.Empty, _readTimeout, nameof(ReadTimeout));
        }
    }

    /// <inheritdoc cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    /// <exception cref="IOException">The connection failed, or there was no room for all within <see cref="WriteTimeout"/>: then a part was taken.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (_stack.Gate)
        {
            ThrowIfUnwritable();
            if (!IsWritePending) buffer = buffer[Take(buffer)..];
        }
        if (buffer.IsEmpty) return;
        byte[] rest = ArrayPool<byte>.Shared.Rent(buffer.Length);
        buffer.CopyTo(rest);
        try
        {
            Block(WriteAll, rest.AsMemory(0, buffer.Length), _writeTimeout, nameof(WriteTimeout));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rest);
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public override int ReadByte()
    {
        Span<byte> one = stackalloc byte[1];
        return Read(one) == 0 ? -1 : one[0];
    }

    /// <inheritdoc/>
    public override void WriteByte(byte value) => Write([value]);

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public override IAsyncResult BeginRead(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state)
        => TaskToAsyncResult.Begin(ReadAsync(buffer, offset, count, CancellationToken.None), callback, state);

    /// <inheritdoc/>
    public override int EndRead(IAsyncResult asyncResult) => TaskToAsyncResult.End<int>(asyncResult);

    /// <inheritdoc/>
    public override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state)
        => TaskToAsyncResult.Begin(WriteAsync(buffer, offset, count, CancellationToken.None), callback, state);

    /// <inheritdoc/>
    public override void EndWrite(IAsyncResult asyncResult) => TaskToAsyncResult.End(asyncResult);

    /// <summary>Does nothing: what has been written is on its way.</summary>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;

    /// <summary>Not supported.</summary>
    public override long Length => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Not supported.</summary>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    public override void SetLength(long value) => throw new NotSupportedException();

    private async ValueTask<int> WriteAll(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        return buffer.Length;
    }

    private void Block(Func<Memory<byte>, CancellationToken, ValueTask<int>> call, Memory<byte> buffer, int milliseconds, string setting)
    {
        using CancellationTokenSource limit = new(milliseconds);
        try
        {
            call(buffer, limit.Token).AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            throw AsIOException(new(
                (int)SocketError.TimedOut,
                $"{Slot.Connection.Tuple.Remote} let us wait for more than {milliseconds} ms, the {setting} of this stream. The connection is open: try again, or give it more time."));
        }
    }

    private static int Checked(int milliseconds)
    {
        if (milliseconds is > 0 or Timeout.Infinite) return milliseconds;
        throw new ArgumentOutOfRangeException(nameof(milliseconds), milliseconds, "A timeout is more than 0 ms, or Timeout.Infinite.");
    }
}
