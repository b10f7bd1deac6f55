using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>How the network told that it is full.</summary>
internal enum CongestionSignal
{
    /// <summary>A segment was lost (RFC 5681 3.2).</summary>
    Loss,

    /// <summary>A router has marked a packet in the place of dropping it, and the peer has echoed the mark (RFC 3168 6.1.2).</summary>
    Ecn,
}

/// <summary>What an acknowledgment of new data tells the congestion control.</summary>
/// <param name="Bytes">How much it acknowledged.</param>
/// <param name="Acknowledged">SND.UNA after it.</param>
/// <param name="Next">SND.NXT.</param>
/// <param name="Rtt">The round-trip time that it measured, if it did.</param>
/// <param name="SmoothedRtt">SRTT.</param>
/// <param name="Now">The time.</param>
internal readonly record struct AckSample(int Bytes, SeqNum Acknowledged, SeqNum Next, TimeSpan? Rtt, TimeSpan SmoothedRtt, Instant Now);

/// <summary>Decides how much may be in flight (RFC 5681). All sizes in bytes.</summary>
/// <remarks>It answers the question "how much less?" with <see cref="SlowStartThreshold"/>. How cwnd gets there within a round trip is loss recovery's
/// business (RFC 9937), which sets <see cref="Window"/> while a recovery lasts.</remarks>
internal interface ICongestionControl
{
    /// <summary>cwnd.</summary>
    int Window { get; set; }

    /// <summary>ssthresh.</summary>
    int SlowStartThreshold { get; }

    /// <summary>The connection is open and its MSS known.</summary>
    void Start(int mss, int initialWindow);

    /// <summary>The path carries smaller or larger segments than before.</summary>
    void ChangeMss(int mss);

    /// <summary>New data was acknowledged outside recovery while the window was in use.</summary>
    void OnAcknowledged(in AckSample ack);

    /// <summary>The network is full: sets ssthresh, and leaves cwnd to the recovery.</summary>
    /// <param name="flight">FlightSize.</param>
    /// <param name="signal">How it was noticed.</param>
    /// <param name="now">The time.</param>
    void OnCongestion(int flight, CongestionSignal signal, Instant now);

    /// <summary>The retransmission timer ran out.</summary>
    /// <param name="flight">FlightSize.</param>
    /// <param name="again">The same data has timed out before.</param>
    /// <param name="now">The time.</param>
    void OnTimeout(int flight, bool again, Instant now);

    /// <summary>The last <see cref="OnCongestion"/> or <see cref="OnTimeout"/> was a mistake: nothing had been lost. Brings back what was before it.</summary>
    void Undo();

    /// <summary>Nothing was sent for some retransmission timeouts.</summary>
    /// <param name="timeouts">How many.</param>
    /// <param name="now">The time.</param>
    void OnIdle(long timeouts, Instant now);
}
