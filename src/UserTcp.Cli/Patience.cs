namespace UserTcp.Cli;

/// <summary>Bounds every step of a command in time. A step that moves on is given its time anew, so a long body may take long, but a dead one may not.</summary>
internal sealed class Patience : IDisposable
{
    private readonly TimeSpan _limit;
    private readonly CancellationToken _interrupt;
    private readonly CancellationTokenSource _source;

    /// <summary>Starts with no step.</summary>
    /// <param name="limit">How long a step may stand still.</param>
    /// <param name="interrupt">The user's Ctrl-C.</param>
    public Patience(TimeSpan limit, CancellationToken interrupt)
    {
        _limit = limit;
        _interrupt = interrupt;
        _source = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
    }

    /// <summary>Cancelled when a step has stood still for too long, or by the user.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Cancelled by the user alone.</summary>
    public CancellationToken Interrupt => _interrupt;

    /// <summary>What is being done now.</summary>
    public string Step { get; private set; } = "starting";

    /// <summary>Begins a step.</summary>
    public void Begin(string step)
    {
        Step = step;
        Progress();
    }

    /// <summary>The step has moved on: its time starts again.</summary>
    public void Progress() => _source.CancelAfter(_limit);

    /// <summary>Makes of what was thrown during the current step what the user is told.</summary>
    public CommandFailure Explain(Exception exception)
    {
        CommandFailure failure = CommandFailure.From(exception, Step);
        return failure.Code == ExitCode.Interrupted && !_interrupt.IsCancellationRequested
            ? new(ExitCode.Timeout, $"{Step}: nothing happened for {_limit.TotalSeconds:0.###} s; --timeout gives it longer", exception)
            : failure;
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();
}
