namespace UserTcp.Link;

/// <summary>Frames on their way from any thread to the one that receives. Bounded; allocates nothing once it has grown to what the flow needs.</summary>
/// <param name="capacity">How many bytes wait at most.</param>
internal sealed class FrameQueue(int capacity)
{
    private readonly object _gate = new();

    // One fills while the other is delivered; then they change places, so the receiver works without the lock and without a copy.
    private FrameBuffer _arriving = new(capacity);
    private FrameBuffer _delivering = new(capacity);
    private bool _woken, _waiting, _closed;
    private long _framesReceived, _bytesReceived;

    /// <summary>The frames delivered so far.</summary>
    public long FramesReceived => Interlocked.Read(ref _framesReceived);

    /// <summary>The bytes of the frames delivered so far.</summary>
    public long BytesReceived => Interlocked.Read(ref _bytesReceived);

    /// <summary>Puts a frame at the end. False when the queue is full or closed.</summary>
    public bool TryAdd(in OutgoingFrame frame, FrameOffload offload)
    {
        lock (_gate)
        {
            if (_closed || !_arriving.TryAdd(frame, offload))
                return false;
            if (_waiting)
                Monitor.Pulse(_gate);
            return true;
        }
    }

    /// <summary>Hands all waiting frames over in one batch. One thread at a time.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Deliver(IFrameReceiver receiver, Instant now)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(ILink));
            if (_arriving.Count == 0)
                return false;
            _delivering.Clear();
            (_arriving, _delivering) = (_delivering, _arriving);
        }

        Interlocked.Add(ref _framesReceived, _delivering.Count);
        Interlocked.Add(ref _bytesReceived, _delivering.Bytes);
        receiver.Receive(_delivering.Batch, now);
        return true;
    }

    /// <summary>Blocks until a frame waits, <see cref="Wake"/> is or has been called, or the time has passed.</summary>
    public void Wait(TimeSpan timeout)
    {
        lock (_gate)
        {
            if (_arriving.Count == 0 && !_woken && !_closed)
            {
                _waiting = true;
                Monitor.Wait(_gate, timeout);
                _waiting = false;
            }

            _woken = false;
        }
    }

    /// <summary>Ends the current or the next wait.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            _woken = true;
            if (_waiting)
                Monitor.Pulse(_gate);
        }
    }

    /// <summary>Refuses further frames and ends a wait.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }
}
