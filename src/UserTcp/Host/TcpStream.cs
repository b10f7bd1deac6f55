using System.Net;
using System.Net.Sockets;
using UserTcp.Host;
using UserTcp.Tcp;

namespace UserTcp;

/// <summary>One TCP connection of a <see cref="Stack"/>, as a stream of bytes both ways.</summary>
/// <remarks>
/// One read and one write may be pending at a time. Disposing closes in order (FIN) and the stack finishes in the background;
/// <see cref="Abort"/> resets. A failed connection throws an <see cref="IOException"/> around a <see cref="SocketException"/>, as NetworkStream does.
/// </remarks>
public sealed class TcpStream : Stream, ITcpUser
{
    private readonly Stack _stack;
    private readonly IoOperation<Memory<byte>> _read;
    private readonly IoOperation<ReadOnlyMemory<byte>> _write;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<TcpState> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _forgotten = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _disposed;

    internal TcpStream(Stack stack)
    {
        _stack = stack;
        _read = new(stack.Gate);
        _write = new(stack.Gate);
    }

    /// <summary>The connection below; set once, under the lock, before anybody else sees the stream.</summary>
    internal TcpSlot Slot { get; set; } = null!;

    /// <summary>Completes when the handshake is done, or fails with a <see cref="SocketException"/>.</summary>
    internal Task Opened => _opened.Task;

    /// <summary>Our address and port.</summary>
    public IPEndPoint LocalEndPoint => Slot.Connection.Tuple.Local.ToIPEndPoint();

    /// <summary>The peer's address and port.</summary>
    public IPEndPoint RemoteEndPoint => Slot.Connection.Tuple.Remote.ToIPEndPoint();

    /// <summary>The connection's state and numbers at this moment.</summary>
    public TcpInfo Info
    {
        get
        {
            lock (_stack.Gate) return Slot.Connection.Info;
        }
    }

    /// <summary>What is set for this connection. Can be changed while it is open; what was agreed with the peer at its opening stays.</summary>
    /// <exception cref="ArgumentException">A setting is impossible; the message says which, and what it may be.</exception>
    public TcpSettings Settings
    {
        get
        {
            lock (_stack.Gate) return Slot.Connection.Settings;
        }
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            value.Validate();
            lock (_stack.Gate)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                _stack.Net.Change(Slot, value, _stack.Now);
                _stack.Flush();
            }
        }
    }

    /// <summary>Send small segments at once instead of waiting for an acknowledgment (Nagle, RFC 9293 3.7.4).</summary>
    public bool NoDelay
    {
        get => Settings.NoDelay;
        set => Settings = Settings with { NoDelay = value };
    }

    /// <summary>Hold segments that are not full until this is unset: for several writes that belong together.</summary>
    public bool Cork
    {
        get => Settings.Cork;
        set => Settings = Settings with { Cork = value };
    }

    /// <inheritdoc/>
    public override bool CanRead => !_disposed;

    /// <inheritdoc/>
    public override bool CanWrite => !_disposed;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <summary>Reads what is there, or waits for something.</summary>
    /// <returns>The bytes read; 0 at the peer's FIN. An empty buffer waits until there is something and reads nothing.</returns>
    /// <exception cref="IOException">The connection failed; the inner <see cref="SocketException"/> says how.</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<int>(cancellationToken);
        lock (_stack.Gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_read.IsPending && TryRead(buffer.Span, out int count))
            {
                _stack.Flush();
                return new(count);
            }
            _read.Start(buffer, "read");
        }
        return _read.Wait(cancellationToken);
    }

    /// <summary>Hands all of the buffer over for sending; waits while the send buffer is full.</summary>
    /// <remarks>Done means taken over, not acknowledged. A cancelled write may have been taken in part.</remarks>
    /// <exception cref="IOException">The connection failed; the inner <see cref="SocketException"/> says how.</exception>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        lock (_stack.Gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_write.IsPending)
            {
                ThrowIfFailed();
                if (!Slot.Connection.MaySend) throw WriteClosed();
                buffer = buffer[_stack.Net.Send(Slot, buffer.Span, _stack.Now)..];
                _stack.Flush();
                if (buffer.IsEmpty) return default;
            }
            _write.Start(buffer, "write");
        }
        return _write.WaitOnly(cancellationToken);
    }

    /// <summary>Sends FIN after what has been written: no more will come from here, but reading goes on (half-close, RFC 9293 3.6).</summary>
    public ValueTask CloseWriteAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        lock (_stack.Gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_write.IsPending) throw new InvalidOperationException("A write is still pending on this connection: await it before CloseWriteAsync.");
            _stack.Net.CloseWrite(Slot, _stack.Now);
            _stack.Flush();
        }
        return default;
    }

    /// <summary>Ends the connection at once with RST; what was not delivered is lost (RFC 9293 3.10.5).</summary>
    public void Abort()
    {
        lock (_stack.Gate)
        {
            _stack.Net.Abort(Slot, "the user aborted", _stack.Now);
            _stack.Flush();
        }
        Dispose();
    }

    /// <summary>Waits until both sides have closed.</summary>
    /// <returns>TIME-WAIT when we closed first, CLOSED otherwise.</returns>
    /// <exception cref="IOException">The connection failed instead.</exception>
    public Task<TcpState> WaitForCloseAsync(CancellationToken cancellationToken = default) => _closed.Task.WaitAsync(cancellationToken);

    /// <summary>Waits until the stack has forgotten the connection: after TIME-WAIT where there is one.</summary>
    public Task WaitForTimeWaitAsync(CancellationToken cancellationToken = default) => _forgotten.Task.WaitAsync(cancellationToken);

    void ITcpUser.OnSignals(TcpSignals signals)
    {
        if ((signals & TcpSignals.Failed) != 0) OnFailed();
        if ((signals & TcpSignals.Established) != 0) _opened.TrySetResult();
        if (_read.IsPending && TryRead(_read.Buffer.Span, out int count)) _read.Complete(count);
        if (_write.IsPending && (signals & TcpSignals.Writable) != 0)
        {
            _write.Buffer = _write.Buffer[_stack.Net.Send(Slot, _write.Buffer.Span, _stack.Now)..];
            if (_write.Buffer.IsEmpty) _write.Complete(0);
        }
        if ((signals & (TcpSignals.EnteredTimeWait | TcpSignals.Closed)) != 0) _closed.TrySetResult(Slot.Connection.State);
        if ((signals & TcpSignals.Closed) != 0) _forgotten.TrySetResult();
    }

    private void OnFailed()
    {
        SocketException error = Slot.Connection.Failure!.ToSocketException();
        if (!_opened.TrySetException(error)) _ = _closed.TrySetException(AsIOException(error));
        _ = _opened.Task.Exception; // seen: whoever disposed the stream does not wait for it
        _ = _closed.Task.Exception;
        if (_write.IsPending) _write.Fail(AsIOException(error));
    }

    /// <summary>Under the lock: what a read gets without waiting.</summary>
    /// <returns>False when it has to wait.</returns>
    private bool TryRead(Span<byte> destination, out int count)
    {
        TcpConnection connection = Slot.Connection;
        count = 0;
        if (connection.AvailableToRead > 0)
        {
            if (!destination.IsEmpty) count = _stack.Net.Receive(Slot, destination, _stack.Now);
            return true;
        }
        if (connection.EndOfStream) return true;
        if (!connection.Failed) return false;
        if (!_read.IsPending) ThrowIfFailed();
        _read.Fail(AsIOException(connection.Failure!.ToSocketException()));
        return false;
    }

    private void ThrowIfFailed()
    {
        if (Slot.Connection.Failure is TcpFailure failure) throw AsIOException(failure.ToSocketException());
    }

    private IOException WriteClosed()
        => AsIOException(new(
            (int)SocketError.Shutdown,
            $"Nothing can be written to {Slot.Connection.Tuple} any more: our direction is closed (state {Slot.Connection.State}). Write before CloseWriteAsync (RFC 9293 3.10.2)."));

    private static IOException AsIOException(SocketException error) => new(error.Message, error);

    /// <summary>Closes in order: FIN after what has been written; the stack does the rest in the background.</summary>
    protected override void Dispose(bool disposing)
    {
        lock (_stack.Gate)
        {
            if (_disposed) return;
            _disposed = true;
            if (_read.IsPending) _read.Fail(new ObjectDisposedException(nameof(TcpStream)));
            if (_write.IsPending) _write.Fail(new ObjectDisposedException(nameof(TcpStream)));
            if (Slot is not null) _stack.Net.Close(Slot, _stack.Now);
            _stack.Flush();
        }
        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Does nothing: what has been written is on its way.</summary>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

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
}
