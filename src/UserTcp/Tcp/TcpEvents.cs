using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>Hears what connections do. Called with the stack's lock held: do not block and do not call back into the stack.</summary>
public interface ITcpEventSink
{
    /// <summary>A segment left.</summary>
    void SegmentSent(in SegmentEvent e);

    /// <summary>A segment arrived and was handled.</summary>
    void SegmentReceived(in SegmentEvent e);

    /// <summary>A connection's state changed.</summary>
    void StateChanged(in StateChangedEvent e);

    /// <summary>A timer ran out. For the retransmission this is how a user hears of trouble before the end (RFC 9293 3.8.3, SHLD-9).</summary>
    void TimerFired(in TimerFiredEvent e);

    /// <summary>The congestion window or its threshold changed for a reason other than a plain acknowledgment.</summary>
    void CongestionChanged(in CongestionChangedEvent e);
}

/// <summary>Why a segment was sent, or what became of one that arrived.</summary>
public enum SegmentNote
{
    /// <summary>The normal case: new data, an acknowledgment, a control segment; accepted.</summary>
    None,

    /// <summary>Sent again because no acknowledgment came.</summary>
    Retransmission,

    /// <summary>Sent to have the end of a flight acknowledged (RFC 8985 7).</summary>
    TailLossProbe,

    /// <summary>New data in a larger segment, to see whether the path carries it (RFC 4821 7).</summary>
    PathMtuProbe,

    /// <summary>Sent into a closed window to ask for news (RFC 9293 3.8.6.1).</summary>
    WindowProbe,

    /// <summary>Sent to make a peer prove itself (RFC 5961).</summary>
    ChallengeAck,

    /// <summary>Sent to say that the window has opened.</summary>
    WindowUpdate,

    /// <summary>Sent because nothing was heard for long (RFC 9293 3.8.4).</summary>
    KeepAlive,

    /// <summary>Arrived, but carried nothing new.</summary>
    Duplicate,

    /// <summary>Arrived ahead of a gap and was kept.</summary>
    OutOfOrder,

    /// <summary>Arrived and was refused; the reason says why.</summary>
    Refused,
}

/// <summary>One segment and the connection's numbers after it.</summary>
/// <param name="At">When.</param>
/// <param name="Connection">Which connection.</param>
/// <param name="Header">The segment's header.</param>
/// <param name="Options">The segment's options.</param>
/// <param name="PayloadLength">Bytes of data.</param>
/// <param name="Note">Why it was sent, or what became of it.</param>
/// <param name="Reason">A sentence for <paramref name="Note"/> where there is more to say, with its RFC section.</param>
/// <param name="State">Our state after it.</param>
/// <param name="SendUnacknowledged">SND.UNA after it.</param>
/// <param name="SendNext">SND.NXT after it.</param>
/// <param name="ReceiveNext">RCV.NXT after it.</param>
public readonly record struct SegmentEvent(
    Instant At,
    FourTuple Connection,
    TcpHeader Header,
    TcpOptions Options,
    int PayloadLength,
    SegmentNote Note,
    string? Reason,
    TcpState State,
    SeqNum SendUnacknowledged,
    SeqNum SendNext,
    SeqNum ReceiveNext);

/// <summary>A change of state.</summary>
/// <param name="At">When.</param>
/// <param name="Connection">Which connection.</param>
/// <param name="From">The state before.</param>
/// <param name="To">The state after.</param>
/// <param name="Reason">What caused it, with the RFC section.</param>
public readonly record struct StateChangedEvent(Instant At, FourTuple Connection, TcpState From, TcpState To, string Reason);

/// <summary>The timers of a connection.</summary>
public enum TcpTimer
{
    /// <summary>Retransmission (RFC 6298).</summary>
    Retransmission,

    /// <summary>A gap that may be reordering has lasted long enough to be a loss (RFC 8985 6.3).</summary>
    Reordering,

    /// <summary>Tail loss probe (RFC 8985 7).</summary>
    TailLossProbe,

    /// <summary>Delayed acknowledgment (RFC 9293 3.8.6.3).</summary>
    DelayedAck,

    /// <summary>Zero-window probe (RFC 9293 3.8.6.1).</summary>
    Persist,

    /// <summary>The wait of 2 MSL (RFC 9293 3.6.1).</summary>
    TimeWait,

    /// <summary>The question whether a silent peer is still there (RFC 9293 3.8.4).</summary>
    KeepAlive,

    /// <summary>The limit on an unacknowledged or half-closed connection (RFC 9293 3.8.3).</summary>
    UserTimeout,
}

/// <summary>A timer ran out.</summary>
/// <param name="At">When.</param>
/// <param name="Connection">Which connection.</param>
/// <param name="Timer">Which timer.</param>
/// <param name="Count">How often in a row, the first being 1.</param>
public readonly record struct TimerFiredEvent(Instant At, FourTuple Connection, TcpTimer Timer, int Count);

/// <summary>The congestion state changed.</summary>
/// <param name="At">When.</param>
/// <param name="Connection">Which connection.</param>
/// <param name="CongestionWindow">cwnd in bytes.</param>
/// <param name="SlowStartThreshold">ssthresh in bytes.</param>
/// <param name="Reason">What caused it, with the RFC section.</param>
public readonly record struct CongestionChangedEvent(Instant At, FourTuple Connection, int CongestionWindow, int SlowStartThreshold, string Reason);
