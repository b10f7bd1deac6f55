namespace UserTcp.Tcp;

/// <summary>The eleven states of a connection (RFC 9293 3.3.2).</summary>
public enum TcpState
{
    /// <summary>No connection at all.</summary>
    Closed,

    /// <summary>Waiting for a connection request from any peer.</summary>
    Listen,

    /// <summary>Waiting for a matching request after having sent one.</summary>
    SynSent,

    /// <summary>Waiting for the acknowledgment of our request after both have been seen.</summary>
    SynReceived,

    /// <summary>Open: data flows both ways.</summary>
    Established,

    /// <summary>We have sent FIN; waiting for its acknowledgment or the peer's FIN.</summary>
    FinWait1,

    /// <summary>Our FIN is acknowledged; waiting for the peer's.</summary>
    FinWait2,

    /// <summary>The peer has sent FIN; waiting for our user to close.</summary>
    CloseWait,

    /// <summary>Both have sent FIN at once; waiting for the acknowledgment of ours.</summary>
    Closing,

    /// <summary>The peer closed first; waiting for the acknowledgment of our FIN.</summary>
    LastAck,

    /// <summary>Waiting 2 MSL so that the peer surely has our last acknowledgment.</summary>
    TimeWait,
}
