using System.Threading.Tasks.Sources;

namespace UserTcp.Host;

/// <summary>One wait of a caller: used again for the next one of its kind, so that waiting allocates nothing.</summary>
/// <typeparam name="TResult">What is waited for.</typeparam>
/// <remarks>
/// The stack's lock guards everything but the task itself. It ends under that lock, so <see cref="Stack.Continue"/> decides where the caller goes on;
/// the wait is its own work item, which costs no allocation either.
/// </remarks>
internal class Completion<TResult>(Stack stack) : IValueTaskSource<TResult>, IValueTaskSource, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<TResult> _core;
    private CancellationTokenRegistration _registration;
    private bool _inUse;
    private TResult _result = default!;
    private Exception? _error;

    /// <summary>Whether somebody waits and nothing has happened yet.</summary>
    internal bool IsPending { get; private set; }

    /// <summary>Starts waiting; under the lock.</summary>
    /// <exception cref="InvalidOperationException">Another one of the same kind has not been awaited yet.</exception>
    internal void Start(string kind)
    {
        if (_inUse) throw new InvalidOperationException($"A {kind} is still pending on this connection: await it before the next {kind}.");
        _inUse = true;
        IsPending = true;
    }

    /// <summary>The wait that has just been started, with its result; outside the lock, because cancelling takes it.</summary>
    internal ValueTask<TResult> Wait(CancellationToken cancellationToken)
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
            _registration = cancellationToken.UnsafeRegister(static (state, token) => ((Completion<TResult>)state!).Cancel(token), this);
    }

    private void Cancel(CancellationToken token)
    {
        lock (stack.Gate)
        {
            if (!IsPending) return;
            Fail(new OperationCanceledException(token));
            OnCancelled();
        }
    }

    /// <summary>The caller has given up; under the lock.</summary>
    protected virtual void OnCancelled()
    {
    }

    /// <summary>Ends the wait with a result; under the lock.</summary>
    internal void Complete(TResult result)
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
        stack.Continue(this);
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (_error is null) _core.SetResult(_result);
        else _core.SetException(_error);
    }

    /// <inheritdoc/>
    public TResult GetResult(short token)
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
