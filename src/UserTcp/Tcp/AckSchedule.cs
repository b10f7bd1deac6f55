namespace UserTcp.Tcp;

/// <summary>Decides when to acknowledge what arrives (RFC 9293 3.8.6.3, SHLD-18; RFC 5681 4.2, half-second).</summary>
/// <remarks>
/// Acknowledgments become due here and leave with the next pull of the output, so that a batch of segments costs one, and data on its way out
/// carries it for nothing (RFC 9293 3.10.7.4, MUST-58, MUST-59). How eager it is follows Linux: quick at the start, after a pause and when something
/// went wrong, because then the peer's congestion window is small and waits; patient while our data answers the peer's, because it carries them.
/// </remarks>
/// <param name="least">The least delay, and the usual one.</param>
/// <param name="announcedMss">The MSS that we announced.</param>
internal struct AckSchedule(TimeSpan least, int announcedMss)
{
    /// <summary>The most acknowledgments in a row that go at once. Linux's TCP_MAX_QUICKACKS.</summary>
    internal const int MostQuick = 16;

    /// <summary>How many go at once when the peer's congestion window has just shrunk: it may be no more than a segment.</summary>
    internal const int QuickAfterMark = 2;

    private const int InitialSegmentEstimate = 536; // RFC 9293 3.7.1, MUST-15

    private const int PauseFactor = 8; // times the usual gap
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan Most = TimeSpan.FromMilliseconds(200); // RFC 9293 3.8.6.3, MUST-40: below 0.5 s; Linux's TCP_DELACK_MAX

    private int _quick; // acknowledgments left that go at once
    private int _pending; // bytes received in order since the last acknowledgment
    private int _smallPending; // segments smaller than the largest among them, up to 2
    private TimeSpan _usualGap = TimeSpan.MaxValue; // between segments, smoothed; before the second one unknown
    private bool _interactive; // our data follows the peer's at once: it carries the acknowledgments

    /// <summary>Acknowledgments to send now. More than one only for out-of-order data, where the peer counts them (RFC 5681 3.2).</summary>
    internal int Due { get; private set; }

    /// <summary>When a delayed one becomes due.</summary>
    internal Instant Deadline { get; private set; } = Instant.Never;

    /// <summary>How long one is delayed, before bounds: short while data streams in, longer when nothing came along to carry it. Linux's ato.</summary>
    internal TimeSpan Delay { get; private set; }

    /// <summary>The peer's segments as far as seen: the largest, or what it sends all the time (bytes).</summary>
    internal int PeerSegment { get; private set; } = InitialSegmentEstimate;

    /// <summary>When data last arrived.</summary>
    internal Instant LastData { get; private set; } = Instant.Never;

    /// <summary>One acknowledgment is due, for whatever reason.</summary>
    internal void Now() => Due = Math.Max(Due, 1);

    /// <summary>Data arrived out of order: each such segment is worth an acknowledgment of its own (RFC 5681 4.2, out-of-order; RFC 9293 3.10.7.4, MAY-13).</summary>
    internal void OnOutOfOrder() => Due++;

    /// <summary>Data arrived in order.</summary>
    /// <param name="length">Bytes of the segment.</param>
    /// <param name="delivered">Bytes that it made readable: more when it filled a gap.</param>
    /// <param name="gapFilled">It did.</param>
    /// <param name="window">RCV.WND.</param>
    /// <param name="rtt">The round-trip time and RTO.</param>
    /// <param name="now">The time.</param>
    internal void OnData(int length, int delivered, bool gapFilled, int window, in RttEstimator rtt, Instant now)
    {
        _pending += delivered;
        int segment = Math.Min(length, announcedMss);
        if (segment < PeerSegment) _smallPending = Math.Min(_smallPending + 1, 2);
        else PeerSegment = segment;
        bool afterPause = Adapt(window, rtt, now);
        LastData = now;
        Due = Math.Min(Due, 1); // RCV.NXT moves: more of them would look like duplicates
        if (((_quick > 0 || (afterPause && segment >= PeerSegment)) && !_interactive) || gapFilled // RFC 5681 4.2, gap-filled
            || _pending > PeerSegment) Now(); // RFC 9293 3.8.6.3, SHLD-19; RFC 5681 4.2, second-segment
        else if (Deadline == Instant.Never) Deadline = now + Bounded(rtt); // RFC 9293 3.8.6.3, MUST-40
    }

    /// <summary>The next acknowledgments go at once.</summary>
    /// <param name="most">How many, where the window is so large.</param>
    /// <param name="window">RCV.WND.</param>
    internal void BeQuick(int most, int window)
    {
        AllowQuick(most, window);
        _interactive = false;
        Delay = least;
    }

    /// <summary>The user has read.</summary>
    /// <remarks>When nothing is left and a small segment was among it, the peer has probably nothing more to send until it hears from us.</remarks>
    internal void OnRead(bool nothingLeft)
    {
        if (_pending > 0 && nothingLeft && (_smallPending > 1 || (_smallPending > 0 && !_interactive))) Now();
    }

    /// <summary>We send data.</summary>
    internal void OnDataSent(Instant now)
    {
        if (LastData != Instant.Never && now - LastData < Delay) _interactive = true;
    }

    /// <summary>The deadline has passed: nothing of ours came along to carry the acknowledgment.</summary>
    internal void Expire(TimeSpan rto)
    {
        Deadline = Instant.Never;
        TimeSpan twice = 2 * Delay;
        Delay = _interactive ? least : twice < rto ? twice : rto;
        _interactive = false;
        Now();
    }

    /// <summary>A segment with an acknowledgment leaves.</summary>
    /// <param name="whole">It tells all there is to tell; else one of its own must still go.</param>
    internal void OnSent(bool whole)
    {
        if (_quick > 0 && _pending > 0 && --_quick == 0) Delay = least;
        if (Due > 0 && whole) Due--;
        _pending = _smallPending = 0;
        Deadline = Instant.Never;
    }

    /// <summary>Nothing more is to be acknowledged.</summary>
    internal void Cancel()
    {
        Due = 0;
        Deadline = Instant.Never;
    }

    // The delay follows the time between segments, so that it ends shortly after the next one should have come. A stream of full
    // segments that pauses has a sender that waits for an acknowledgment, perhaps for one that was lost, and sends one segment to get it (RFC 8985 7.3).
    private bool Adapt(int window, in RttEstimator rtt, Instant now)
    {
        TimeSpan gap = LastData == Instant.Never ? TimeSpan.MaxValue : now - LastData;
        bool pause = gap > LeastPause && gap / PauseFactor > _usualGap;
        if (LastData != Instant.Never) _usualGap = _usualGap == TimeSpan.MaxValue ? gap : _usualGap + (gap - _usualGap) / PauseFactor;
        if (LastData == Instant.Never) Delay = least;
        else if (gap <= least / 2) Delay = Delay / 2 + least / 2;
        else if (gap < Delay) Delay = Delay / 2 + gap < rtt.Rto ? Delay / 2 + gap : rtt.Rto;
        if (gap > rtt.Rto) AllowQuick(MostQuick, window); // the first data, or the peer starts slowly again (RFC 5681 4.1)
        return pause;
    }

    // Not more than half of what can be in flight: the peer's window then opens by more than it needs.
    private void AllowQuick(int most, int window) => _quick = Math.Max(_quick, Math.Min(most, Math.Max(window / (2 * PeerSegment), QuickAfterMark)));

    private readonly TimeSpan Bounded(in RttEstimator rtt)
    {
        TimeSpan most = rtt.Measured && rtt.Smoothed < Most ? rtt.Smoothed : Most;
        TimeSpan bounded = Delay < most ? Delay : most;
        return bounded > least ? bounded : least;
    }
}
