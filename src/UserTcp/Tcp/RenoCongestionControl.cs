namespace UserTcp.Tcp;

/// <summary>Slow start, congestion avoidance and the reactions to loss of RFC 5681.</summary>
internal sealed class RenoCongestionControl : ICongestionControl
{
    private const int LargestWindow = 1 << 30; // RFC 7323 2.2: no window is larger

    private int _mss;
    private int _initialWindow;
    private int _acknowledgedInAvoidance;
    private int _windowBefore, _thresholdBefore; // the last reaction, for Undo

    /// <inheritdoc/>
    public int Window { get; set; }

    /// <inheritdoc/>
    public int SlowStartThreshold { get; private set; } = int.MaxValue; // RFC 5681 3.1: arbitrarily high

    /// <inheritdoc/>
    public void Start(int mss, int initialWindow)
    {
        _mss = mss;
        _initialWindow = initialWindow;
        Window = initialWindow;
    }

    /// <inheritdoc/>
    public void ChangeMss(int mss) => _mss = mss;

    /// <inheritdoc/>
    public void OnAcknowledged(in AckSample ack)
    {
        int bytes = ack.Bytes;
        if (Window < SlowStartThreshold)
        {
            // RFC 5681 3.1 with appropriate byte counting (RFC 3465), without its limit of two segments for one acknowledgment: a peer
            // that merges segments acknowledges dozens at once.
            int slow = Math.Min(bytes, SlowStartThreshold - Window);
            Grow(slow);
            bytes -= slow;
        }
        _acknowledgedInAvoidance += bytes;
        while (_acknowledgedInAvoidance >= Window)
        {
            _acknowledgedInAvoidance -= Window; // RFC 5681 3.1: one segment per window acknowledged
            Grow(_mss);
        }
    }

    /// <inheritdoc/>
    public void OnCongestion(int flight, CongestionSignal signal, Instant now)
    {
        Remember();
        SlowStartThreshold = HalfOf(flight);
        _acknowledgedInAvoidance = 0;
    }

    /// <inheritdoc/>
    public void OnTimeout(int flight, bool again, Instant now)
    {
        if (!again)
        {
            Remember();
            SlowStartThreshold = HalfOf(flight); // RFC 5681 3.1: held constant when the same segment times out again
        }
        Window = _mss; // RFC 5681 3.1: the loss window
        _acknowledgedInAvoidance = 0;
    }

    /// <inheritdoc/>
    public void Undo()
    {
        Window = Math.Max(Window, _windowBefore);
        SlowStartThreshold = Math.Max(SlowStartThreshold, _thresholdBefore);
    }

    /// <inheritdoc/>
    public void OnIdle(long timeouts, Instant now)
    {
        // RFC 5681 4.1, in the gentler way of RFC 2861 3: half for every timeout spent idle, not below the restart window.
        SlowStartThreshold = Math.Max(SlowStartThreshold, Window - Window / 4);
        for (; timeouts > 0 && Window > _initialWindow; timeouts--) Window = Math.Max(Window / 2, _initialWindow);
        _acknowledgedInAvoidance = 0;
    }

    private void Remember()
    {
        _windowBefore = Window;
        _thresholdBefore = SlowStartThreshold;
    }

    private int HalfOf(int flight) => Math.Max(flight / 2, 2 * _mss); // RFC 5681 3.1, equation 4

    private void Grow(int bytes) => Window = Math.Min(Window + bytes, LargestWindow);
}
