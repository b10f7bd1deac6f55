namespace UserTcp.Tcp;

/// <summary>CUBIC (RFC 9438; RFC 9293 3.8.2, MAY-18): cwnd follows a cubic function of the time since the last congestion, flat around the size at which that occurred, so that
/// growth does not depend on the round-trip time.</summary>
/// <remarks>
/// <code>
/// W_cubic(t) = C (t - K)^3 + W_max        concave up to W_max at t = K, then convex: looking for more
/// </code>
/// Where Reno would be faster, its window is taken (4.3). Slow start ends by <see cref="HyStart"/> (4.10). An ECN mark weighs as much as a loss, as in
/// Linux: the factor of 0.85 (RFC 8511) is experimental, and beside flows that take 0.7 it is an unfair share.
/// </remarks>
internal sealed class CubicCongestionControl : LossBasedCongestionControl
{
    private const double C = 0.4; // RFC 9438 5.1, segments/s³
    private const int BetaTenths = 7; // RFC 9438 4.6: beta_cubic 0.7
    private const double Alpha = 3.0 * (10 - BetaTenths) / (10 + BetaTenths); // RFC 9438 4.3: 3 (1 - beta) / (1 + beta)
    private const double MostGrowth = 1.5; // RFC 9438 4.2: the target is at most 1.5 cwnd

    private HyStart _hyStart = new();
    private Instant _lastGrowth; // the last acknowledgment that could let cwnd grow
    private double _fraction; // of a byte by which cwnd should be larger
    private Epoch _epoch;
    private Epoch _epochBefore; // the last reaction, for Undo
    private int _windowBefore, _thresholdBefore;

    /// <summary>The variables of RFC 9438 4.1.2; sizes in bytes.</summary>
    private struct Epoch
    {
        internal bool Started;
        internal Instant Start; // t_epoch
        internal double K; // seconds
        internal double WMax; // 0: unknown
        internal double Origin; // W_max of this epoch's function: at least its first cwnd
        internal double WEst;
        internal int CwndPrior;
    }

    /// <inheritdoc/>
    public override void ChangeMss(int mss)
    {
        base.ChangeMss(mss);
        _epoch.Started = false; // C counts segments
    }

    /// <inheritdoc/>
    public override void OnAcknowledged(in AckSample ack)
    {
        AckSample avoidance = ack;
        if (InSlowStart)
        {
            _epoch.Started = false;
            int acknowledged = SlowStart(ack);
            if (InSlowStart) return;
            avoidance = ack with { Bytes = ack.Bytes - acknowledged };
        }
        Avoid(avoidance);
    }

    /// <inheritdoc/>
    public override void OnCongestion(int flight, CongestionSignal signal, Instant now)
    {
        Reduce();
        // RFC 9438 4.7, fast convergence: when cwnd did not get back to W_max somebody new needs room.
        _epoch.WMax = Window < _epochBefore.WMax ? Window * (10 + BetaTenths) / 20.0 : Window;
    }

    /// <inheritdoc/>
    public override void OnTimeout(int flight, bool again, Instant now)
    {
        if (!again) Reduce(); // RFC 5681 3.1, same-segment
        _epoch.WMax = 0; // RFC 9438 4.8: what was known of the path is void, the next epoch starts with K = 0
        Window = Mss; // RFC 9438 4.8; RFC 5681 3.1, loss-window
    }

    /// <inheritdoc/>
    public override void Undo()
    {
        Window = Math.Max(Window, _windowBefore); // RFC 9438 4.9
        SlowStartThreshold = Math.Max(SlowStartThreshold, _thresholdBefore);
        _epoch = _epochBefore;
    }

    private void Reduce()
    {
        _windowBefore = Window;
        _thresholdBefore = SlowStartThreshold;
        _epochBefore = _epoch;
        // RFC 9438 4.6: from cwnd, not FlightSize, because it does not grow while it is not in use.
        SlowStartThreshold = AtLeastTwoSegments((int)((long)Window * BetaTenths / 10));
        _epoch.CwndPrior = Window;
        _epoch.Started = false;
    }

    /// <returns>The bytes acknowledged that slow start has used up.</returns>
    private int SlowStart(in AckSample ack)
    {
        if (SlowStartThreshold < int.MaxValue) // RFC 9406 4.3: later slow starts have a threshold found by experience
        {
            int used = Math.Min(ack.Bytes, SlowStartThreshold - Window);
            Grow(used);
            return used;
        }
        int growth = _hyStart.OnAcknowledged(ack);
        if (_hyStart.Finished)
        {
            SlowStartThreshold = Window;
            _epoch.CwndPrior = Window; // RFC 9438 4.10
            return 0;
        }
        Grow(growth);
        return ack.Bytes;
    }

    private void Avoid(in AckSample ack)
    {
        if (!_epoch.Started) StartEpoch(ack.Now);
        // RFC 9438 5.8: time in which cwnd was not in use does not count. A window in use gives an acknowledgment each round trip.
        TimeSpan unused = ack.Now - _lastGrowth - ack.SmoothedRtt;
        if (unused > TimeSpan.Zero) _epoch.Start += unused;
        _lastGrowth = ack.Now;

        double window = Window + _fraction;
        double share = ack.Bytes / window;
        double alpha = _epoch.WEst < _epoch.CwndPrior ? Alpha : 1; // RFC 9438 4.3: as Reno once cwnd is back where the congestion was
        _epoch.WEst += alpha * Mss * share; // RFC 9438 4.3, equation 4
        double t = (ack.Now - _epoch.Start).TotalSeconds;
        if (WCubic(t) < _epoch.WEst)
        {
            window = Math.Max(window, _epoch.WEst); // RFC 9438 4.3, the Reno-friendly region
        }
        else
        {
            double target = Math.Clamp(WCubic(t + ack.SmoothedRtt.TotalSeconds), window, MostGrowth * window); // RFC 9438 4.2
            window += (target - window) * share; // RFC 9438 4.4, 4.5
        }
        Grow((int)(window - Window));
        _fraction = window - Math.Floor(window);
    }

    private void StartEpoch(Instant now)
    {
        _epoch.Started = true;
        _epoch.Start = _lastGrowth = now;
        _epoch.WEst = Window; // RFC 9438 4.3
        _epoch.Origin = Math.Max(_epoch.WMax, Window); // RFC 9438 4.8, 4.10: K = 0 when W_max is unknown, or reached already
        _epoch.K = Math.Cbrt((_epoch.Origin - Window) / (C * Mss)); // RFC 9438 4.2, equation 2
        _fraction = 0;
    }

    private double WCubic(double t)
    {
        double distance = t - _epoch.K;
        return C * Mss * distance * distance * distance + _epoch.Origin; // RFC 9438 4.2, equation 1
    }
}
