namespace UserTcp.Link;

/// <summary>A cable with an end on either side, in memory: what one end sends the other receives. Needs no root and no device.</summary>
/// <remarks>
/// Works between threads, and on one thread in virtual time: then nobody calls <see cref="ILink.Wait"/>.
/// A frame is there the moment it is sent; a decorator adds delay, loss and a rate.
/// </remarks>
public sealed class TwinWire : IDisposable
{
    private const int EthernetHeader = 14;

    /// <summary>Makes a cable.</summary>
    /// <param name="mtu">The largest IP packet, in bytes. A longer frame is dropped, as a wire would.</param>
    /// <param name="offload">Whether frames may leave checksums and TCP segmentation to the other end.</param>
    /// <param name="queueBytes">How many bytes wait at an end at most; what comes on top is dropped.</param>
    public TwinWire(int mtu = 1500, bool offload = false, int queueBytes = 1 << 20)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mtu, 68); // RFC 791 3.2: what every internet module must be able to forward
        ArgumentOutOfRangeException.ThrowIfLessThan(queueBytes, mtu + EthernetHeader);
        var left = new End("left", mtu, offload, queueBytes);
        var right = new End("right", mtu, offload, queueBytes);
        left.Peer = right;
        right.Peer = left;
        Left = left;
        Right = right;
    }

    /// <summary>One end.</summary>
    public ILink Left { get; }

    /// <summary>The other end.</summary>
    public ILink Right { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Left.Dispose();
        Right.Dispose();
    }

    private sealed class End(string name, int mtu, bool offload, int queueBytes) : ILink
    {
        private readonly FrameQueue _queue = new(queueBytes);
        private long _framesSent, _bytesSent, _framesDropped;

        public End? Peer { get; set; }

        public string Name => name;

        public int Mtu => mtu;

        public bool Offload => offload;

        public LinkCounters Counters => new(
            _queue.FramesReceived, _queue.BytesReceived,
            Interlocked.Read(ref _framesSent), Interlocked.Read(ref _bytesSent), Interlocked.Read(ref _framesDropped));

        public Instant NextDeadline => Instant.Never;

        public bool Receive(IFrameReceiver receiver, Instant now) => _queue.Deliver(receiver, now);

        public bool Send(in OutgoingFrame frame, Instant now)
        {
            // Without offload no virtio header travels: an unfinished checksum arrives as the wrong one it is.
            if (!Fits(frame) || !Peer!._queue.TryAdd(frame, offload ? frame.Offload : FrameOffload.None))
            {
                Interlocked.Increment(ref _framesDropped);
                return false;
            }

            Interlocked.Increment(ref _framesSent);
            Interlocked.Add(ref _bytesSent, frame.Length);
            return true;
        }

        public void Wait(TimeSpan timeout) => _queue.Wait(timeout);

        public void Wake() => _queue.Wake();

        public void Dispose() => _queue.Close();

        private bool Fits(in OutgoingFrame frame)
            => frame.Length >= EthernetHeader && (frame.Length <= mtu + EthernetHeader || (offload && frame.Offload.SegmentSize > 0));
    }
}
