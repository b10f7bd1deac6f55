namespace UserTcp.Tcp;

/// <summary>A timer that runs for an RTO and doubles it each time it expires (RFC 6298 5; RFC 9293 3.8.2, MUST-19). It serves the retransmission and the window probe.</summary>
internal struct RetransmissionTimer(TimeSpan maximumRto)
{
    private const int MostDoublings = 30;

    /// <summary>When it expires.</summary>
    internal Instant Deadline { get; private set; } = Instant.Never;

    /// <summary>How often the RTO is doubled.</summary>
    internal int Backoff { get; private set; }

    /// <summary>Whether it runs.</summary>
    internal readonly bool Running => Deadline != Instant.Never;

    /// <summary>The RTO as it stands, doubled as often as needed.</summary>
    internal readonly TimeSpan Interval(TimeSpan rto)
    {
        TimeSpan interval = rto;
        for (int i = 0; i < Backoff && interval < maximumRto; i++) interval *= 2;
        return interval < maximumRto ? interval : maximumRto; // RFC 6298 5.5: an upper bound may be placed
    }

    /// <summary>Starts it unless it runs (RFC 6298 5.1).</summary>
    internal void EnsureRunning(TimeSpan rto, Instant now)
    {
        if (!Running) Restart(rto, now);
    }

    /// <summary>Starts it anew (RFC 6298 5.3).</summary>
    internal void Restart(TimeSpan rto, Instant now) => Deadline = now + Interval(rto);

    /// <summary>Brings it forward.</summary>
    internal void Hurry(Instant deadline) => Deadline = Instant.Min(Deadline, deadline);

    /// <summary>Doubles the interval and starts it anew (RFC 6298 5.5, 5.6).</summary>
    internal void BackOff(TimeSpan rto, Instant now)
    {
        if (Backoff < MostDoublings) Backoff++;
        Restart(rto, now);
    }

    /// <summary>Forgets the doublings, because a round trip could be measured.</summary>
    internal void ClearBackoff() => Backoff = 0;

    /// <summary>Stops it (RFC 6298 5.2).</summary>
    internal void Stop() => Deadline = Instant.Never;
}
