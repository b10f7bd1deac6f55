namespace UserTcp.Tcp;

/// <summary>Decides how much may be in flight (RFC 5681). All sizes in bytes.</summary>
internal interface ICongestionControl
{
    /// <summary>cwnd.</summary>
    int Window { get; }

    /// <summary>ssthresh.</summary>
    int SlowStartThreshold { get; }

    /// <summary>The connection is open and its MSS known.</summary>
    void Start(int mss, int initialWindow);

    /// <summary>New data was acknowledged outside fast recovery while the window was in use.</summary>
    void OnAcknowledged(int bytes);

    /// <summary>A loss was noticed by duplicate acknowledgments.</summary>
    /// <param name="flight">FlightSize.</param>
    void OnLoss(int flight);

    /// <summary>The retransmission timer ran out.</summary>
    /// <param name="flight">FlightSize.</param>
    /// <param name="again">The same data has timed out before.</param>
    void OnTimeout(int flight, bool again);

    /// <summary>Fast recovery is over.</summary>
    /// <param name="flight">FlightSize.</param>
    void OnRecovered(int flight);

    /// <summary>Nothing was sent for some retransmission timeouts.</summary>
    /// <param name="timeouts">How many.</param>
    void OnIdle(long timeouts);
}
