namespace UserTcp.Tcp;

/// <summary>What Reno and CUBIC have in common: where cwnd starts, where it ends, and what silence and another segment size do to it (RFC 5681).</summary>
internal abstract class LossBasedCongestionControl : ICongestionControl
{
    private const int LargestWindow = 1 << 30; // RFC 7323 2.2: no window is larger

    private int _initialWindow;

    /// <inheritdoc/>
    public int Window { get; set; }

    /// <inheritdoc/>
    public int SlowStartThreshold { get; protected set; } = int.MaxValue; // RFC 5681 3.1, first-threshold

    /// <summary>SMSS.</summary>
    protected int Mss { get; private set; }

    /// <summary>cwnd has not reached ssthresh.</summary>
    protected bool InSlowStart => Window < SlowStartThreshold;

    /// <inheritdoc/>
    public void Start(int mss, int initialWindow)
    {
        Mss = mss;
        Window = _initialWindow = initialWindow;
    }

    /// <inheritdoc/>
    public virtual void ChangeMss(int mss)
    {
        if (mss < Mss) // RFC 5681 3.1: reduced by the ratio of the sizes, or path MTU discovery would end in a burst of small segments
        {
            Window = (int)((long)Window * mss / Mss);
            _initialWindow = (int)((long)_initialWindow * mss / Mss);
        }
        Window = Math.Max(Window, mss); // less than one segment would never let anything go
        _initialWindow = Math.Max(_initialWindow, mss);
        SlowStartThreshold = AtLeastTwoSegments(SlowStartThreshold, mss);
        Mss = mss;
    }

    /// <inheritdoc/>
    public abstract void OnAcknowledged(in AckSample ack);

    /// <inheritdoc/>
    public abstract void OnCongestion(int flight, CongestionSignal signal, Instant now);

    /// <inheritdoc/>
    public abstract void OnTimeout(int flight, bool again, Instant now);

    /// <inheritdoc/>
    public abstract void Undo();

    /// <inheritdoc/>
    public virtual void OnIdle(long timeouts, Instant now)
    {
        // RFC 5681 4.1, in the gentler way of RFC 2861 3: half for every timeout spent idle, not below the restart window.
        SlowStartThreshold = Math.Max(SlowStartThreshold, Window - Window / 4);
        for (; timeouts > 0 && Window > _initialWindow; timeouts--) Window = Math.Max(Window / 2, _initialWindow);
    }

    /// <summary>Makes cwnd larger.</summary>
    protected void Grow(int bytes) => Window = (int)Math.Min((long)Window + bytes, LargestWindow);

    /// <summary>A threshold that leaves room for a segment and the next, whose acknowledgment the peer does not delay (RFC 5681 3.1, RFC 9438 4.6).</summary>
    protected int AtLeastTwoSegments(int bytes) => AtLeastTwoSegments(bytes, Mss);

    private static int AtLeastTwoSegments(int bytes, int mss) => Math.Max(bytes, 2 * mss);
}
