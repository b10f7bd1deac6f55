namespace UserTcp.Tcp;

/// <summary>Slow start, congestion avoidance and the reactions to loss of RFC 5681.</summary>
internal sealed class RenoCongestionControl : LossBasedCongestionControl
{
    private int _acknowledgedInAvoidance;
    private int _windowBefore, _thresholdBefore; // the last reaction, for Undo

    /// <inheritdoc/>
    public override void OnAcknowledged(in AckSample ack)
    {
        int bytes = ack.Bytes;
        if (InSlowStart)
        {
            // RFC 5681 3.1, slow-start, with appropriate byte counting (RFC 3465), without its limit of two segments for one acknowledgment: a peer
            // that merges segments acknowledges dozens at once.
            int slow = Math.Min(bytes, SlowStartThreshold - Window);
            Grow(slow);
            bytes -= slow;
        }
        _acknowledgedInAvoidance += bytes;
        while (_acknowledgedInAvoidance >= Window)
        {
            _acknowledgedInAvoidance -= Window; // RFC 5681 3.1, congestion-avoidance: one segment per window acknowledged
            Grow(Mss);
        }
    }

    /// <inheritdoc/>
    public override void OnCongestion(int flight, CongestionSignal signal, Instant now)
    {
        Remember();
        SlowStartThreshold = AtLeastTwoSegments(flight / 2); // RFC 5681 3.1, half-flight; RFC 5681 3.2 (2)
        _acknowledgedInAvoidance = 0;
    }

    /// <inheritdoc/>
    public override void OnTimeout(int flight, bool again, Instant now)
    {
        if (!again) // RFC 5681 3.1, same-segment
        {
            Remember();
            SlowStartThreshold = AtLeastTwoSegments(flight / 2);
        }
        Window = Mss; // RFC 5681 3.1, loss-window
        _acknowledgedInAvoidance = 0;
    }

    /// <inheritdoc/>
    public override void Undo()
    {
        Window = Math.Max(Window, _windowBefore);
        SlowStartThreshold = Math.Max(SlowStartThreshold, _thresholdBefore);
    }

    /// <inheritdoc/>
    public override void OnIdle(long timeouts, Instant now)
    {
        base.OnIdle(timeouts, now);
        _acknowledgedInAvoidance = 0;
    }

    private void Remember()
    {
        _windowBefore = Window;
        _thresholdBefore = SlowStartThreshold;
    }
}
