namespace UserTcp.Link;

/// <summary>A link whose frames also go into a capture file, in the order in which they passed.</summary>
/// <remarks>
/// Around an <see cref="ImpairedLink"/> the file shows what the stack saw; inside one, what was on the wire.
/// The file is not disposed with the link: it has its own owner, who gives it the secrets too.
/// </remarks>
public sealed class CapturingLink : ILink
{
    private readonly ILink _inner;
    private readonly CaptureFile _file;
    private readonly Intake _intake;

    // Held while a frame is sent and noted, so that no answer to it can be noted first. Neither can block.
    private readonly Lock _order = new();
    private Instant _latest;

    /// <summary>Captures a link, which is disposed with this one.</summary>
    public CapturingLink(ILink inner, CaptureFile file)
    {
        _inner = inner;
        _file = file;
        _intake = new Intake(this);
    }

    /// <inheritdoc/>
    public string Name => _inner.Name;

    /// <inheritdoc/>
    public int Mtu => _inner.Mtu;

    /// <inheritdoc/>
    public bool Offload => _inner.Offload;

    /// <inheritdoc/>
    public LinkCounters Counters => _inner.Counters;

    /// <inheritdoc/>
    public Instant NextDeadline => _inner.NextDeadline;

    /// <inheritdoc/>
    public bool Receive(IFrameReceiver receiver, Instant now)
    {
        _intake.Receiver = receiver;
        return _inner.Receive(_intake, now);
    }

    /// <inheritdoc/>
    public bool Send(in OutgoingFrame frame, Instant now)
    {
        lock (_order)
        {
            if (!_inner.Send(frame, now))
                return false;
            Note(frame, FrameDirection.Sent, now);
            return true;
        }
    }

    // What is received bears the time at which the link was asked. A frame may have been sent since, and the times shall be in order as the frames are.
    private void Note(in OutgoingFrame frame, FrameDirection direction, Instant now)
    {
        if (now > _latest) _latest = now;
        _file.Add(frame, direction, _latest);
    }

    /// <inheritdoc/>
    public void Wait(TimeSpan timeout) => _inner.Wait(timeout);

    /// <inheritdoc/>
    public void Wake() => _inner.Wake();

    /// <inheritdoc/>
    public void Dispose() => _inner.Dispose();

    private sealed class Intake(CapturingLink link) : IFrameReceiver
    {
        public IFrameReceiver? Receiver { get; set; }

        public void Receive(in FrameBatch batch, Instant now)
        {
            lock (link._order)
            {
                for (int i = 0; i < batch.Count; i++)
                    link.Note(new OutgoingFrame(batch.Frame(i), default, default, batch.Offload(i)), FrameDirection.Received, now);
            }

            Receiver!.Receive(batch, now);
        }
    }
}
