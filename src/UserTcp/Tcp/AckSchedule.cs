namespace UserTcp.Tcp;

/// <summary>Decides when to acknowledge what arrives (RFC 9293 3.8.6.3, RFC 5681 4.2).</summary>
/// <remarks>Acknowledgments become due here and leave with the next pull of the output, so that a batch of segments costs one, and data on its way out
/// carries it for nothing (RFC 9293 3.10.7.4, MUST-58, MUST-59).</remarks>
internal struct AckSchedule(TimeSpan delay, int announcedMss)
{
    // At the start the peer's congestion window grows with every acknowledgment. Linux's TCP_MAX_QUICKACKS.
    private const int QuickAcks = 16;
    private const int InitialSegmentEstimate = 536;

    private int _quick = QuickAcks;
    private bool _interactive; // our data follows the peer's at once: it carries the acknowledgments
    private int _pending; // bytes received in order since the last acknowledgment
    private int _peerSegment = InitialSegmentEstimate; // the largest segment seen
    private Instant _lastData = Instant.Never;

    /// <summary>Acknowledgments to send now. More than one only for out-of-order data, where the peer counts them (RFC 5681 3.2).</summary>
    internal int Due { get; private set; }

    /// <summary>When a delayed one becomes due.</summary>
    internal Instant Deadline { get; private set; } = Instant.Never;

    /// <summary>One acknowledgment is due, for whatever reason.</summary>
    internal void Now() => Due = Math.Max(Due, 1);

    /// <summary>Data arrived out of order: each such segment is worth an acknowledgment of its own (RFC 5681 4.2, SHOULD).</summary>
    internal void OnOutOfOrder() => Due++;

    /// <summary>Data arrived in order.</summary>
    internal void OnData(int length, bool gapFilled, Instant now)
    {
        _pending += length;
        _peerSegment = Math.Max(_peerSegment, Math.Min(length, announcedMss));
        Due = Math.Min(Due, 1); // SND.UNA moves: an acknowledgment more would look like a duplicate of this number
        bool quick = _quick > 0 && !_interactive;
        _quick -= Math.Min(_quick, 1 + (length - 1) / _peerSegment);
        _lastData = now;
        if (quick || gapFilled // RFC 5681 4.2: at once when a gap is filled
            || _pending > _peerSegment) Now(); // RFC 9293 3.8.6.3, SHLD-19: at least every second full-sized segment
        else if (Deadline == Instant.Never) Deadline = now + delay; // RFC 9293 3.8.6.3, MUST-40: within 0.5 s
    }

    /// <summary>We send data.</summary>
    internal void OnDataSent(Instant now)
    {
        if (_lastData != Instant.Never && now - _lastData < delay) _interactive = true;
    }

    /// <summary>The deadline has passed: nothing of ours came along to carry the acknowledgment.</summary>
    internal void Expire()
    {
        Deadline = Instant.Never;
        _interactive = false;
        Now();
    }

    /// <summary>A segment with an acknowledgment leaves.</summary>
    /// <param name="whole">It tells all there is to tell; else one of its own must still go.</param>
    internal void OnSent(bool whole)
    {
        if (Due > 0 && whole) Due--;
        _pending = 0;
        Deadline = Instant.Never;
    }

    /// <summary>Nothing more is to be acknowledged.</summary>
    internal void Cancel()
    {
        Due = 0;
        Deadline = Instant.Never;
    }
}
