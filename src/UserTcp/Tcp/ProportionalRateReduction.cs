namespace UserTcp.Tcp;

/// <summary>Brings cwnd down to ssthresh over the round trip of a recovery, by sending in proportion to what arrives (RFC 9937).</summary>
/// <remarks>Halving at once would silence the sender for half a round trip, and then let it burst.</remarks>
internal struct ProportionalRateReduction
{
    private int _flight; // RecoverFS
    private int _delivered; // prr_delivered
    private int _sent; // prr_out

    /// <summary>A recovery begins.</summary>
    /// <param name="flight">What was in flight before the loss.</param>
    internal void Begin(int flight)
    {
        _flight = Math.Max(flight, 1);
        _delivered = _sent = 0;
    }

    /// <summary>Data leaves, new or repeated.</summary>
    internal void OnSent(int bytes) => _sent += bytes;

    /// <summary>cwnd after an acknowledgment.</summary>
    /// <param name="delivered">DeliveredData.</param>
    /// <param name="pipe">What is thought to be travelling.</param>
    /// <param name="threshold">ssthresh.</param>
    /// <param name="safe">SafeACK: SND.UNA has advanced and nothing more was found lost.</param>
    /// <param name="mss">The MSS in bytes.</param>
    internal int Window(int delivered, int pipe, int threshold, bool safe, int mss)
    {
        _delivered += delivered;
        int more;
        if (pipe > threshold)
        {
            more = (int)(((long)_delivered * threshold + _flight - 1) / _flight) - _sent; // RFC 9937 6.2: in proportion
        }
        else
        {
            more = Math.Max(_delivered - _sent, delivered); // RFC 9937 6.2: PRR-CRB, no more than what has arrived …
            if (safe) more += mss; // … PRR-SSRB, unless the recovery makes progress: then as slow start would
            more = Math.Min(threshold - pipe, more);
        }
        if (_sent == 0) more = Math.Max(more, mss); // RFC 9937 6.2: the fast retransmit itself
        return pipe + Math.Max((more + mss - 1) / mss * mss, 0); // whole segments: a part of one would wait for its rest
    }
}
