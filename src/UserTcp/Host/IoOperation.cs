using System.Threading.Tasks.Sources;

namespace UserTcp.Host;

/// <summary>One pending read or write of a stream: reused for the next one, so that waiting allocates nothing.</summary>
/// <typeparam name="TBuffer">Memory to fill or to take from.</typeparam>
/// <remarks>
/// The stack's lock guards everything but the task itself. Completing happens under that lock, so the continuation goes to the thread pool; the
/// operation is its own work item, which costs no allocation either.
/// </remarks>
internal sealed class IoOperation<TBuffer>(Lock gate) : IValueTaskSource<int>, IValueTaskSource, IThreadPoolWorkItem
    where TBuffer : struct
{
    private ManualResetValueTaskSourceCore<int> _core;
    private CancellationTokenRegistration _registration;
    private bool _inUse;
    private int _result;
    private Exception? _error;

    /// <summary>Whether somebody waits and nothing has happened yet.</summary>
    internal bool IsPending { get; private set; }

    /// <summary>What is left to fill (read) or to take (write).</summary>
    internal TBuffer Buffer { get; set; }

    /// <summary>Starts waiting; under the lock.</summary>
    /// <exception cref="InvalidOperationException">Another one of the same kind has not been awaited yet.</exception>
    internal void Start(TBuffer buffer, string kind)
    {
        if (_inUse) throw new InvalidOperationException($"A {kind} is still pending on this connection: await it before the next {kind}.");
        _inUse = true;
        IsPending = true;
        Buffer = buffer;
    }

    /// <summary>The wait that has just been started, with its result; outside the lock, because cancelling takes it.</summary>
    internal ValueTask<int> Wait(CancellationToken cancellationToken)
    {
        Register(cancellationToken);
        return new(this, _core.Version);
    }

    /// <summary>The wait that has just been started, without a result; outside the lock.</summary>
    internal ValueTask WaitOnly(CancellationToken cancellationToken)
    {
        Register(cancellationToken);
        return new(this, _core.Version);
    }

    private void Register(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
            _registration = cancellationToken.UnsafeRegister(static (state, token) => ((IoOperation<TBuffer>)state!).Cancel(token), this);
    }

    private void Cancel(CancellationToken token)
    {
        lock (gate)
        {
            if (IsPending) Fail(new OperationCanceledException(token));
        }
    }

    /// <summary>Ends the wait with a result; under the lock.</summary>
    internal void Complete(int result)
    {
        _result = result;
        End();
    }

    /// <summary>Ends the wait with an error; under the lock.</summary>
    internal void Fail(Exception exception)
    {
        _error = exception;
        End();
    }

    private void End()
    {
        IsPending = false;
        Buffer = default;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (_error is null) _core.SetResult(_result);
        else _core.SetException(_error);
    }

    /// <inheritdoc/>
    public int GetResult(short token)
    {
        // Waits for a cancellation that runs just now: it must not hit the next operation.
        _registration.Dispose();
        _registration = default;
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _core.Reset();
            _error = null;
            Volatile.Write(ref _inUse, false);
        }
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _core.OnCompleted(continuation, state, token, flags);
}
