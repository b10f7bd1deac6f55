namespace UserTcp.Link;

/// <summary>A link that loses, delays, reorders, doubles and damages frames, differently in each direction and the same way for the same seed.</summary>
/// <remarks>
/// Each direction draws from numbers of its own, so what befalls the sent frames does not depend on when received ones come.
/// Frames that are held back leave in <see cref="Receive"/>, in both directions: call it at <see cref="NextDeadline"/>.
/// </remarks>
public sealed class ImpairedLink : ILink
{
    private const int BatchBytes = 1 << 20;

    // 64 KiB of IP and its Ethernet header: a TAP can still have one from before offload was turned off.
    private const int LongestFrame = 65536 + 32;

    private readonly ILink _inner;
    private readonly Lock _gate = new(); // never held while the receiver runs
    private readonly ImpairedDirection _sent, _received;
    private readonly Intake _intake;
    private readonly FrameBuffer _due = new(BatchBytes);
    private long _framesReceived, _bytesReceived, _framesSent, _bytesSent;

    /// <summary>Impairs a link, which is disposed with this one.</summary>
    /// <param name="inner">The link; its offload must be off.</param>
    /// <param name="sent">What happens to the frames that are sent.</param>
    /// <param name="received">What happens to the frames that are received.</param>
    /// <param name="seed">Where the random numbers start.</param>
    /// <exception cref="InvalidOperationException">The link has offload on.</exception>
    public ImpairedLink(ILink inner, Impairment sent, Impairment received, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(sent);
        ArgumentNullException.ThrowIfNull(received);
        if (inner.Offload)
        {
            throw new InvalidOperationException(
                $"The link {inner.Name} has offload on: a lost frame would be up to 45 lost segments, and a damaged one without a checksum would go unnoticed. "
                + "Turn offload off to impair it.");
        }

        _inner = inner;
        _sent = new ImpairedDirection(sent, seed);
        _received = new ImpairedDirection(received, ~seed);
        _intake = new Intake(this);
    }

    /// <inheritdoc/>
    public string Name => _inner.Name;

    /// <inheritdoc/>
    public int Mtu => _inner.Mtu;

    /// <inheritdoc/>
    public bool Offload => false;

    /// <inheritdoc/>
    public LinkCounters Counters
    {
        get
        {
            lock (_gate)
                return new(_framesReceived, _bytesReceived, _framesSent, _bytesSent, _sent.Counters.Overflowed + _received.Counters.Overflowed + _inner.Counters.FramesDropped);
        }
    }

    /// <summary>What has happened to the frames that were sent.</summary>
    public ImpairmentCounters Sent
    {
        get
        {
            lock (_gate)
                return _sent.Counters;
        }
    }

    /// <summary>What has happened to the frames that were received.</summary>
    public ImpairmentCounters Received
    {
        get
        {
            lock (_gate)
                return _received.Counters;
        }
    }

    /// <inheritdoc/>
    public Instant NextDeadline
    {
        get
        {
            lock (_gate)
                return Instant.Min(_inner.NextDeadline, Instant.Min(_sent.NextDue, _received.NextDue));
        }
    }

    /// <inheritdoc/>
    public bool Receive(IFrameReceiver receiver, Instant now)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        bool taken = _inner.Receive(_intake, now);
        lock (_gate)
        {
            SendDue(now);
            _due.Clear();
            while (_due.Room >= LongestFrame && _received.TryTakeDue(now, out ImpairedDirection.Held frame))
            {
                _due.TryAdd(frame.Frame, frame.Offload);
                _received.Return(frame);
            }

            _framesReceived += _due.Count;
            _bytesReceived += _due.Bytes;
        }

        if (_due.Count > 0)
            receiver.Receive(_due.Batch, now);
        return taken || _due.Count > 0;
    }

    /// <inheritdoc/>
    public bool Send(in OutgoingFrame frame, Instant now)
    {
        lock (_gate)
        {
            Instant before = _sent.NextDue;
            if (!_sent.Accept(frame, now))
                return false;
            _framesSent++;
            _bytesSent += frame.Length;
            SendDue(now);
            if (_sent.NextDue < before)
                _inner.Wake();
            return true;
        }
    }

    /// <inheritdoc/>
    public void Wait(TimeSpan timeout) => _inner.Wait(timeout);

    /// <inheritdoc/>
    public void Wake() => _inner.Wake();

    /// <inheritdoc/>
    public void Dispose() => _inner.Dispose();

    private void SendDue(Instant now)
    {
        while (_sent.TryTakeDue(now, out ImpairedDirection.Held frame))
        {
            _inner.Send(frame.Frame, now);
            _sent.Return(frame);
        }
    }

    private sealed class Intake(ImpairedLink link) : IFrameReceiver
    {
        public void Receive(in FrameBatch batch, Instant now)
        {
            lock (link._gate)
            {
                for (int i = 0; i < batch.Count; i++)
                    link._received.Accept(new OutgoingFrame(batch.Frame(i), default, default, batch.Offload(i)), now);
            }
        }
    }
}
