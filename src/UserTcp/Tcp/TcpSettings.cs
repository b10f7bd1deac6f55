namespace UserTcp.Tcp;

/// <summary>The use of explicit congestion notification (RFC 3168).</summary>
public enum EcnMode
{
    /// <summary>Never.</summary>
    Off,

    /// <summary>When the peer asks for it.</summary>
    Accept,

    /// <summary>Asked for in our SYN too.</summary>
    Request,
}

/// <summary>A congestion control.</summary>
public enum CongestionAlgorithm
{
    /// <summary>CUBIC (RFC 9438), what Linux, Windows and macOS use.</summary>
    Cubic,

    /// <summary>Reno (RFC 5681), the one of the textbooks.</summary>
    Reno,
}

/// <summary>What can be set for a connection before it opens. Immutable; one object serves many connections.</summary>
public sealed record TcpSettings
{
    /// <summary>The most bytes of the send buffer. It grows with the congestion window, to twice its size.</summary>
    /// <remarks>4 MiB by default as in Linux: 2 MiB in flight, 160 ms at 100 Mbit/s.</remarks>
    public int SendBufferSize { get; init; } = 4 * 1024 * 1024;

    /// <summary>Bytes of the send buffer at the start, <see cref="SendBufferSize"/> if that is less.</summary>
    /// <remarks>128 KiB by default.</remarks>
    public int InitialSendBufferSize { get; init; } = 128 * 1024;

    /// <summary>The most bytes of the receive buffer, and so the largest window. It grows with what the user reads in a round trip.</summary>
    /// <remarks>8 MiB by default: more than Linux's 6, as much as the same shift of the window (8) can tell.</remarks>
    public int ReceiveBufferSize { get; init; } = 8 * 1024 * 1024;

    /// <summary>Bytes of the receive buffer at the start, <see cref="ReceiveBufferSize"/> if that is less.</summary>
    /// <remarks>64 KiB by default as in Linux: the most that the window of a SYN can tell.</remarks>
    public int InitialReceiveBufferSize { get; init; } = 64 * 1024;

    /// <summary>Offer and use timestamps (RFC 7323 3).</summary>
    public bool Timestamps { get; init; } = true;

    /// <summary>Offer and use window scaling (RFC 7323 2).</summary>
    public bool WindowScaling { get; init; } = true;

    /// <summary>Offer and use selective acknowledgments (RFC 2018).</summary>
    public bool SelectiveAcknowledgments { get; init; } = true;

    /// <summary>Whether routers may mark packets instead of dropping them (RFC 3168).</summary>
    /// <remarks><see cref="EcnMode.Accept"/> by default as in Linux.</remarks>
    public EcnMode Ecn { get; init; } = EcnMode.Accept;

    /// <summary>How the congestion window grows and shrinks.</summary>
    public CongestionAlgorithm CongestionControl { get; init; } = CongestionAlgorithm.Cubic;

    /// <summary>Make segments smaller when full ones vanish without a report, and try larger ones from time to time (RFC 4821).</summary>
    /// <remarks>On by default, as in Windows and macOS; Linux: tcp_mtu_probing, off by default. Routers' reports (RFC 1191) are heeded in any case.</remarks>
    public bool PathMtuProbing { get; init; } = true;

    /// <summary>Send small segments at once instead of waiting for an acknowledgment (Nagle, RFC 9293 3.7.4, MUST-17).</summary>
    public bool NoDelay { get; init; }

    /// <summary>Hold segments that are not full until this is unset: for several writes that belong together. At most for a retransmission timeout.</summary>
    public bool Cork { get; init; }

    /// <summary>Ask a peer that is silent whether it is still there (RFC 9293 3.8.4, MUST-25: off by default).</summary>
    public bool KeepAlive { get; init; }

    /// <summary>How long a connection is idle before it is asked for the first time.</summary>
    /// <remarks>2 hours by default (RFC 9293 3.8.4, MUST-28).</remarks>
    public TimeSpan KeepAliveTime { get; init; } = TimeSpan.FromHours(2);

    /// <summary>How long an answer is waited for before the next question.</summary>
    /// <remarks>75 s by default as in Linux.</remarks>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>How many questions without an answer end the connection.</summary>
    /// <remarks>9 by default as in Linux.</remarks>
    public int KeepAliveProbes { get; init; } = 9;

    /// <summary>How long FIN-WAIT-2 waits for the peer's FIN when our user has closed both ways.</summary>
    /// <remarks>60 s by default as in Linux (tcp_fin_timeout); RFC 9293 knows no limit.</remarks>
    public TimeSpan FinWait2Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The maximum segment lifetime; TIME-WAIT lasts twice as long.</summary>
    /// <remarks>30 s by default as in Linux; RFC 9293 says 2 minutes.</remarks>
    public TimeSpan MaximumSegmentLifetime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The retransmission timeout before the first measurement (RFC 6298 2.1: 1 s).</summary>
    public TimeSpan InitialRto { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The least margin of the retransmission timeout above the smoothed round-trip time.</summary>
    /// <remarks>200 ms by default as in Linux; RFC 6298 2.4 wants at least 1 s for the sum, which modern clocks do not need.</remarks>
    public TimeSpan MinimumRto { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The most retransmission timeout (RFC 6298 2.5: at least 60 s).</summary>
    public TimeSpan MaximumRto { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How often a SYN is repeated before the open fails.</summary>
    /// <remarks>5 by default: 1 + 2 + 4 + 8 + 16 + 32 s, 63 s in all.</remarks>
    public int SynRetries { get; init; } = 5;

    /// <summary>How often a SYN-ACK is repeated before a half-open connection is forgotten.</summary>
    public int SynAckRetries { get; init; } = 5;

    /// <summary>How long data may stay unacknowledged, or unsent because the peer's window is closed, before the connection is given up (RFC 9293 3.8.3,
    /// MUST-21). Also how long a peer may leave keep-alives unanswered, in place of <see cref="KeepAliveProbes"/>. Null for the limits of the RFC.</summary>
    /// <remarks>Null by default: 15 minutes without an acknowledgment, and a peer that answers may keep its window closed for ever (RFC 9293 3.8.6.1). As
    /// TCP_USER_TIMEOUT in Linux it can be set at any time. The peer is not told (RFC 5482).</remarks>
    public TimeSpan? UserTimeout { get; init; }

    /// <summary>R2 (RFC 9293 3.8.3, SHLD-11: at least 100 s). Linux: tcp_retries2, 15 retransmissions, which take about as long.</summary>
    internal TimeSpan UnacknowledgedTimeout => UserTimeout ?? TimeSpan.FromMinutes(15);

    /// <summary>What closing does when data is not delivered yet: null to deliver it in the background, zero to forget it and reset the connection, else how
    /// long closing waits for the peer to acknowledge everything before it resets the connection.</summary>
    /// <remarks>Null by default. The limit ends the connection as in Windows; Linux only stops waiting then.</remarks>
    public TimeSpan? Linger { get; init; }

    /// <summary>The data written and not yet sent (bytes) from which on writing waits: what is not in the buffer yet can still be changed for
    /// something fresher. Null for the size of the send buffer.</summary>
    /// <remarks>Null by default. TCP_NOTSENT_LOWAT in Linux.</remarks>
    public int? NotSentLowWaterMark { get; init; }

    /// <summary>How long an acknowledgment may wait for company. On a longer path it waits up to a round trip, at most 200 ms.</summary>
    /// <remarks>40 ms by default as in Linux; RFC 9293 3.8.6.3 allows up to 500 ms.</remarks>
    public TimeSpan DelayedAckTimeout { get; init; } = TimeSpan.FromMilliseconds(40);

    /// <summary>Segments that are handed to the link at once even on a slow path. 2 as in Linux (tcp_min_tso_segs).</summary>
    internal int LeastBurst { get; init; } = 2;

    /// <summary>A connection that was idle starts slowly again (RFC 5681 4.1, SHOULD). Linux: tcp_slow_start_after_idle.</summary>
    internal bool RestartAfterIdle { get; init; } = true;

    /// <summary>Once timestamps are agreed on, a segment without them is dropped (RFC 7323 3.2, SHOULD): who cannot see the connection has to guess
    /// them too. Linux takes it.</summary>
    internal bool TimestampsRequired { get; init; } = true;

    /// <summary>The largest segment to announce and to send, in bytes of data without options; null for what the path allows.</summary>
    /// <remarks>Null by default.</remarks>
    public int? MaximumSegmentSize { get; init; }

    /// <summary>The class of service that is asked of the routers: the DSCP of RFC 2474 3, 0 to 63. May be changed while the connection lives.</summary>
    /// <remarks>0 by default: best effort.</remarks>
    public int DifferentiatedServices { get; init; } // RFC 9293 3.9.1.9, MUST-48, SHLD-21

    /// <summary>How many routers a packet may pass, 1 to 255.</summary>
    /// <remarks>64 by default (RFC 1700), which is more than any path is long.</remarks>
    public int TimeToLive { get; init; } = UsualTimeToLive; // RFC 9293 3.9.2, MUST-49

    /// <summary>Refuses what would make connections hang or timers fire without end.</summary>
    /// <exception cref="ArgumentException">The message says which setting, what it is and what it may be.</exception>
    internal void Validate()
    {
        Check(SendBufferSize is > 0 and <= LargestBuffer, nameof(SendBufferSize), SendBufferSize, $"1 to {LargestBuffer} bytes");
        Check(ReceiveBufferSize is > 0 and <= LargestBuffer, nameof(ReceiveBufferSize), ReceiveBufferSize, $"1 to {LargestBuffer} bytes");
        Check(InitialSendBufferSize > 0, nameof(InitialSendBufferSize), InitialSendBufferSize, "at least 1 byte");
        Check(InitialReceiveBufferSize > 0, nameof(InitialReceiveBufferSize), InitialReceiveBufferSize, "at least 1 byte");
        Check(MaximumSegmentSize is null or >= LeastSegment, nameof(MaximumSegmentSize), MaximumSegmentSize ?? 0, $"at least {LeastSegment} bytes");
        Check(DifferentiatedServices is >= 0 and <= 63, nameof(DifferentiatedServices), DifferentiatedServices, "0 to 63 (RFC 2474 3)");
        Check(TimeToLive is >= 1 and <= 255, nameof(TimeToLive), TimeToLive, "1 to 255");
        Check(MinimumRto > TimeSpan.Zero, nameof(MinimumRto), MinimumRto, "more than nothing, such as 200 ms");
        Check(MaximumRto >= MinimumRto, nameof(MaximumRto), MaximumRto, $"at least {nameof(MinimumRto)}, {MinimumRto}");
        Check(InitialRto > TimeSpan.Zero, nameof(InitialRto), InitialRto, "more than nothing, such as 1 s");
        Check(UnacknowledgedTimeout > TimeSpan.Zero, nameof(UserTimeout), UnacknowledgedTimeout, "more than nothing, such as 100 s");
        Check(Linger is null || Linger >= TimeSpan.Zero, nameof(Linger), Linger ?? default, "not negative");
        Check(NotSentLowWaterMark is null or > 0, nameof(NotSentLowWaterMark), NotSentLowWaterMark ?? 0, "at least 1 byte");
        Check(KeepAliveTime > TimeSpan.Zero, nameof(KeepAliveTime), KeepAliveTime, "more than nothing, such as 2 hours");
        Check(KeepAliveInterval > TimeSpan.Zero, nameof(KeepAliveInterval), KeepAliveInterval, "more than nothing, such as 75 s");
        Check(KeepAliveProbes > 0, nameof(KeepAliveProbes), KeepAliveProbes, "at least 1: a single question may be lost (RFC 9293 3.8.4, MUST-29)");
        Check(FinWait2Timeout > TimeSpan.Zero, nameof(FinWait2Timeout), FinWait2Timeout, "more than nothing, such as 60 s");
        Check(MaximumSegmentLifetime >= TimeSpan.Zero, nameof(MaximumSegmentLifetime), MaximumSegmentLifetime, "not negative");
        Check(
            DelayedAckTimeout >= TimeSpan.Zero && DelayedAckTimeout < LongestAckDelay, nameof(DelayedAckTimeout), DelayedAckTimeout,
            "0 to less than 500 ms (RFC 9293 3.8.6.3)");
    }

    internal const int UsualTimeToLive = 64; // RFC 1122 3.2.1.7, the value of RFC 1700

    private const int LeastSegment = 48; // as in Linux (tcp_min_snd_mss): less costs more headers than data
    private const int LargestBuffer = 1 << 30; // RFC 7323 2.2: no window is larger

    private static readonly TimeSpan LongestAckDelay = TimeSpan.FromMilliseconds(500); // RFC 9293 3.8.6.3, MUST-40

    private static void Check(bool right, string name, object value, string wanted)
    {
        if (!right) throw new ArgumentException($"{name} is {value}; it must be {wanted}.", name);
    }
}
