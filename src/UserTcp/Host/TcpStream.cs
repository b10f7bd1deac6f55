using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using UserTcp.Host;
using UserTcp.Tcp;

namespace UserTcp;

/// <summary>One TCP connection of a <see cref="Stack"/>, as a stream of bytes both ways.</summary>
/// <remarks>
/// <para>One read and one write may be pending at a time. Disposing closes in order (FIN) and the stack finishes in the background, see
/// <see cref="LingerState"/>; <see cref="Abort"/> resets. Data that was not read, or comes after that, makes the stack answer with RST: the peer must not
/// believe that somebody has read it. A failed connection throws an <see cref="IOException"/> around a <see cref="SocketException"/>, as NetworkStream does.</para>
/// <para>The direction from the peer cannot be closed alone: TCP has no segment that says so. Who wants no more stops reading, and the window closes.</para>
/// </remarks>
public sealed partial class TcpStream : Stream, ITcpUser
{
    private readonly Stack _stack;
    private readonly IoOperation<Memory<byte>> _read;
    private IoOperation<ReadOnlyMemory<byte>>? _write; // since the first write that had to wait
    private Completion<TcpStream>? _opening; // of an active open
    private TcpState? _closedIn; // the state in which both sides had closed
    private TaskCompletionSource<TcpState>? _closed; // for those who wait for that
    private TaskCompletionSource? _forgotten; // for those who wait until the stack knows nothing of it any more
    private TaskCompletionSource? _delivered; // for a close that waits
    private bool _disposed;

    internal TcpStream(Stack stack)
    {
        _stack = stack;
        _read = new(stack);
    }

    /// <summary>The connection below; set once, under the lock, before anybody else sees the stream.</summary>
    internal TcpSlot Slot { get; set; } = null!;

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
                Instant now = _stack.Now;
                _stack.Net.Change(Slot, value, now);
                _stack.Flush(now);
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

    /// <summary>What closing does with data that is not delivered yet: <see cref="TcpSettings.Linger"/> in the form of <see cref="Socket.LingerState"/>.</summary>
    public LingerOption? LingerState
    {
        get => Settings.Linger is TimeSpan linger ? new(true, (int)Math.Ceiling(linger.TotalSeconds)) : new(false, 0);
        set => Settings = Settings with { Linger = value is { Enabled: true } ? TimeSpan.FromSeconds(value.LingerTime) : null };
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
            Instant now = _stack.Now;
            if (!_read.IsPending && TryRead(buffer.Span, now, out int count))
            {
                _stack.Flush(now);
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
            ThrowIfUnwritable();
            if (!IsWritePending) buffer = buffer[Take(buffer.Span)..];
            if (buffer.IsEmpty) return default;
            _write ??= new(_stack);
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
            if (IsWritePending) throw new InvalidOperationException("A write is still pending on this connection: await it before CloseWriteAsync.");
            Instant now = _stack.Now;
            _stack.Net.CloseWrite(Slot, now);
            _stack.Flush(now);
        }
        return default;
    }

    /// <summary>Ends the connection at once with RST; what was not delivered is lost (RFC 9293 3.10.5).</summary>
    public void Abort()
    {
        lock (_stack.Gate)
        {
            Instant now = _stack.Now;
            _stack.Flush(now); // first what was to be said before: without the last ACK of the handshake nobody at the peer would hear of us
            _stack.Net.Abort(Slot, "the user aborted", now);
            _stack.Flush(now);
        }
        Dispose();
    }

    /// <summary>Waits until both sides have closed.</summary>
    /// <returns>TIME-WAIT when we closed first, CLOSED otherwise.</returns>
    /// <exception cref="IOException">The connection failed instead.</exception>
    public Task<TcpState> WaitForCloseAsync(CancellationToken cancellationToken = default)
    {
        lock (_stack.Gate)
        {
            _closed ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            TellClosed();
            return _closed.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Waits until the stack has forgotten the connection: after TIME-WAIT where there is one.</summary>
    public Task WaitForTimeWaitAsync(CancellationToken cancellationToken = default)
    {
        lock (_stack.Gate)
        {
            if (Slot.Connection.State == TcpState.Closed) return Task.CompletedTask;
            _forgotten ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _forgotten.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Starts waiting for the handshake; under the lock.</summary>
    internal Completion<TcpStream> StartOpening()
    {
        _opening = new Opening(this);
        _opening.Start("connect");
        return _opening;
    }

    void ITcpUser.OnSignals(TcpSignals signals, Instant now)
    {
        if ((signals & TcpSignals.Failed) != 0) OnFailed();
        if ((signals & TcpSignals.Established) != 0 && _opening is { IsPending: true }) _opening.Complete(this);
        if (_read.IsPending && TryRead(_read.Buffer.Span, now, out int count)) _read.Complete(count);
        if ((signals & TcpSignals.Writable) != 0 && IsWritePending)
        {
            _write.Buffer = _write.Buffer[_stack.Net.Send(Slot, _write.Buffer.Span, now)..];
            if (_write.Buffer.IsEmpty) _write.Complete(0);
        }
        if ((signals & (TcpSignals.EnteredTimeWait | TcpSignals.Closed)) != 0 && !Slot.Connection.Failed) _closedIn ??= Slot.Connection.State;
        TellClosed();
        if ((signals & TcpSignals.Closed) != 0) _forgotten?.TrySetResult();
        if ((signals & (TcpSignals.Delivered | TcpSignals.EnteredTimeWait | TcpSignals.Closed)) != 0) _delivered?.TrySetResult();
    }

    [MemberNotNullWhen(true, nameof(_write))]
    private bool IsWritePending => _write is { IsPending: true };

    private void OnFailed()
    {
        SocketException error = Slot.Connection.Failure!.ToSocketException();
        if (_opening is { IsPending: true }) _opening.Fail(error);
        if (IsWritePending) _write.Fail(AsIOException(error));
    }

    /// <summary>Under the lock: ends the wait for the end, if both are there.</summary>
    private void TellClosed()
    {
        if (_closed is null) return;
        if (_closedIn is TcpState state) _closed.TrySetResult(state);
        else if (Slot.Connection.Failure is TcpFailure failure) _closed.TrySetException(AsIOException(failure.ToSocketException()));
        _ = _closed.Task.Exception; // seen: who waited may have given up
    }

    /// <summary>Under the lock: what a read gets without waiting.</summary>
    /// <returns>False when it has to wait.</returns>
    private bool TryRead(Span<byte> destination, Instant now, out int count)
    {
        TcpConnection connection = Slot.Connection;
        count = 0;
        if (connection.AvailableToRead > 0)
        {
            if (!destination.IsEmpty) count = _stack.Net.Receive(Slot, destination, now);
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

    /// <summary>Under the lock: hands over what there is room for.</summary>
    /// <returns>The bytes taken.</returns>
    private int Take(ReadOnlySpan<byte> buffer)
    {
        Instant now = _stack.Now;
        int taken = _stack.Net.Send(Slot, buffer, now);
        _stack.Flush(now);
        return taken;
    }

    private void ThrowIfUnwritable()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ThrowIfFailed();
        if (Slot.Connection.MaySend) return;
        throw AsIOException(new(
            (int)SocketError.Shutdown,
            $"Nothing can be written to {Slot.Connection.Tuple} any more: our direction is closed (state {Slot.Connection.State}). Write before CloseWriteAsync (RFC 9293 3.10.2)."));
    }

    private static IOException AsIOException(SocketException error) => new(error.Message, error);

    /// <summary>Closes in order: FIN after what has been written; the stack does the rest in the background, unless <see cref="LingerState"/> says otherwise.
    /// Then it waits for delivery, as closing a <see cref="Socket"/> does.</summary>
    protected override void Dispose(bool disposing)
    {
        Close(out Task delivered);
        delivered.GetAwaiter().GetResult();
        base.Dispose(disposing);
    }

    /// <inheritdoc cref="Dispose(bool)"/>
    public override ValueTask DisposeAsync()
    {
        Close(out Task delivered);
        ValueTask disposed = base.DisposeAsync();
        return delivered.IsCompleted ? disposed : new(delivered);
    }

    private void Close(out Task delivered)
    {
        delivered = Task.CompletedTask;
        lock (_stack.Gate)
        {
            if (_disposed) return;
            _disposed = true;
            if (_read.IsPending) _read.Fail(new ObjectDisposedException(nameof(TcpStream)));
            if (IsWritePending) _write.Fail(new ObjectDisposedException(nameof(TcpStream)));
            if (Slot is null) return;
            Instant now = _stack.Now;
            _stack.Net.Close(Slot, now);
            _stack.Flush(now);
            if (Slot.Connection is not { Settings.Linger: not null, State: TcpState.FinWait1 or TcpState.Closing or TcpState.LastAck }) return;
            _delivered = new(TaskCreationOptions.RunContinuationsAsynchronously);
            delivered = _delivered.Task;
        }
    }

    /// <summary>The wait for the handshake. Whoever gives it up wants no connection.</summary>
    private sealed class Opening(TcpStream stream) : Completion<TcpStream>(stream._stack)
    {
        protected override void OnCancelled() => stream.Abort();
    }
}
