using System.Net;
using UserTcp.Host;

namespace UserTcp;

/// <summary>A port of a <see cref="Stack"/> on which connections are accepted.</summary>
public sealed class TcpListener : IAsyncDisposable, IListenerUser
{
    private readonly Stack _stack;
    private readonly Queue<Completion<TcpStream>> _waiting = new();
    private bool _disposed;

    internal TcpListener(Stack stack) => _stack = stack;

    internal ListenerSlot Slot { get; set; } = null!;

    /// <summary>The address and port that are listened on.</summary>
    public IPEndPoint LocalEndPoint => Slot.Local.ToIPEndPoint();

    /// <summary>Waits for the next connection whose handshake is complete.</summary>
    /// <exception cref="ObjectDisposedException">The listener or the stack has been closed.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">NetworkDown: the link has failed.</exception>
    public ValueTask<TcpStream> AcceptAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<TcpStream>(cancellationToken);
        Completion<TcpStream> waiter;
        lock (_stack.Gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _stack.ThrowIfStopped();
            if (Slot.TryDequeue(out TcpSlot? ready)) return new(_stack.Adopt(ready));
            while (_waiting.TryPeek(out Completion<TcpStream>? cancelled) && !cancelled.IsPending) _waiting.Dequeue(); // else polling with a timeout would pile them up
            waiter = new(_stack);
            waiter.Start("accept");
            _waiting.Enqueue(waiter);
        }
        return waiter.Wait(cancellationToken);
    }

    void IListenerUser.OnAcceptable()
    {
        while (_waiting.TryPeek(out Completion<TcpStream>? waiter))
        {
            if (!waiter.IsPending) _waiting.Dequeue(); // cancelled
            else if (!Slot.TryDequeue(out TcpSlot? ready)) return;
            else _waiting.Dequeue().Complete(_stack.Adopt(ready));
        }
    }

    /// <summary>Stops listening. Connections that nobody has accepted are reset (RFC 9293 3.10.4; RFC 2525 2.17).</summary>
    public ValueTask DisposeAsync()
    {
        lock (_stack.Gate)
        {
            if (_disposed) return default;
            _disposed = true;
            Instant now = _stack.Now;
            _stack.Net.CloseListener(Slot, now);
            _stack.Forget(this);
            _stack.Flush(now);
            End(new ObjectDisposedException(nameof(TcpListener)));
        }
        return default;
    }

    /// <summary>Tells everybody who waits that no connection will come; under the lock.</summary>
    internal void End(Exception why)
    {
        foreach (Completion<TcpStream> waiter in _waiting)
        {
            if (waiter.IsPending) waiter.Fail(why);
        }
        _waiting.Clear();
    }
}
