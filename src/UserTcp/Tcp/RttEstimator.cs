namespace UserTcp.Tcp;

/// <summary>Smooths measured round-trip times into a retransmission timeout (RFC 6298 2).</summary>
internal struct RttEstimator(TimeSpan initialRto, TimeSpan minimumRto, TimeSpan maximumRto)
{
    private const int AlphaInverse = 8, BetaInverse = 4, K = 4; // RFC 6298 2.3

    /// <summary>SRTT; zero before the first measurement.</summary>
    internal TimeSpan Smoothed { get; private set; }

    /// <summary>RTTVAR.</summary>
    internal TimeSpan Variation { get; private set; }

    /// <summary>The least round-trip time measured (RFC 8985 6.2, step 1).</summary>
    internal TimeSpan Minimum { get; private set; } = TimeSpan.Zero;

    /// <summary>Whether anything was measured yet.</summary>
    internal bool Measured { get; private set; }

    /// <summary>RTO, not backed off.</summary>
    internal TimeSpan Rto { get; private set; } = initialRto; // RFC 6298 2.1

    /// <summary>Takes a measurement.</summary>
    /// <param name="rtt">The round-trip time.</param>
    /// <param name="expectedSamples">How many measurements a round trip gives. Each weighs that much less, or the history would be
    /// forgotten within a round trip (RFC 7323 4.2, appendix G).</param>
    internal void Measure(TimeSpan rtt, int expectedSamples)
    {
        if (!Measured)
        {
            Smoothed = rtt; // RFC 6298 2.2
            Variation = rtt / 2;
            Minimum = rtt;
            Measured = true;
        }
        else
        {
            TimeSpan error = (Smoothed - rtt).Duration(); // RFC 6298 2.3: RTTVAR before SRTT
            Variation += (error - Variation) / (BetaInverse * expectedSamples);
            Smoothed += (rtt - Smoothed) / (AlphaInverse * expectedSamples);
            if (rtt < Minimum) Minimum = rtt;
        }
        // RFC 6298 2.3 with the minimum in the place of G: the margin above SRTT never falls below it. As in Linux; a fixed floor for the sum
        // (RFC 6298 2.4) would leave a long path with a steady round-trip time no margin for the peer's delayed acknowledgments.
        TimeSpan margin = Variation * K;
        if (margin < minimumRto) margin = minimumRto;
        Rto = Smoothed + margin;
        if (Rto > maximumRto) Rto = maximumRto; // RFC 6298 2.5
    }

    /// <summary>After a lost SYN nothing can be known about the path but that it is worse than the initial value assumed.</summary>
    internal void FallBack(TimeSpan rto)
    {
        if (!Measured && Rto < rto) Rto = rto;
    }
}
