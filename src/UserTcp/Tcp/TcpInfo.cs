namespace UserTcp.Tcp;

/// <summary>What a connection can tell about itself, STATUS (RFC 9293 3.10.6): the fields of Linux's tcp_info that make sense here.</summary>
public readonly record struct TcpInfo
{
    /// <summary>The state.</summary>
    public TcpState State { get; init; }

    /// <summary>The largest payload we send, options of the data segments deducted (bytes).</summary>
    public int SendMss { get; init; }

    /// <summary>The IP packet in which a full segment travels (bytes): what is known of the path's MTU (RFC 1191, RFC 4821).</summary>
    public int PathMtu { get; init; }

    /// <summary>The MSS that we announced (bytes).</summary>
    public int AdvertisedMss { get; init; }

    /// <summary>Whether both sides use timestamps (RFC 7323 3).</summary>
    public bool Timestamps { get; init; }

    /// <summary>Whether both sides use selective acknowledgments (RFC 2018).</summary>
    public bool SelectiveAcknowledgments { get; init; }

    /// <summary>Whether both sides use explicit congestion notification (RFC 3168).</summary>
    public bool Ecn { get; init; }

    /// <summary>The shift of the peer's window, 0 without scaling (RFC 7323 2).</summary>
    public int SendWindowScale { get; init; }

    /// <summary>The shift of our window, 0 without scaling (RFC 7323 2).</summary>
    public int ReceiveWindowScale { get; init; }

    /// <summary>SRTT (RFC 6298 2); zero before the first measurement.</summary>
    public TimeSpan SmoothedRtt { get; init; }

    /// <summary>RTTVAR (RFC 6298 2).</summary>
    public TimeSpan RttVariation { get; init; }

    /// <summary>The least round-trip time measured; zero before the first measurement.</summary>
    public TimeSpan MinimumRtt { get; init; }

    /// <summary>The retransmission timeout as it stands, backed off (RFC 6298).</summary>
    public TimeSpan Rto { get; init; }

    /// <summary>Timeouts in a row without progress.</summary>
    public int Backoff { get; init; }

    /// <summary>How often the RTO is doubled: after progress still, until a round-trip time can be measured again (RFC 6298 5).</summary>
    public int RtoDoublings { get; init; }

    /// <summary>Window probes and keep-alives sent in a row without an answer that changed anything.</summary>
    public int Probes { get; init; }

    /// <summary>cwnd (bytes, RFC 5681 2).</summary>
    public int CongestionWindow { get; init; }

    /// <summary>ssthresh (bytes, RFC 5681 2); <see cref="int.MaxValue"/> before the first loss.</summary>
    public int SlowStartThreshold { get; init; }

    /// <summary>How the sender stands towards losses.</summary>
    public RecoveryState Recovery { get; init; }

    /// <summary>Bytes sent and not acknowledged.</summary>
    public int BytesInFlight { get; init; }

    /// <summary>Of these, bytes that the peer has reported by SACK (RFC 2018).</summary>
    public int BytesSacked { get; init; }

    /// <summary>Of these, bytes thought to be lost and not yet sent again.</summary>
    public int BytesLost { get; init; }

    /// <summary>Of these, bytes that were sent again and are on their way.</summary>
    public int BytesResent { get; init; }

    /// <summary>Bytes written by the user and not yet sent.</summary>
    public int BytesNotSent { get; init; }

    /// <summary>The largest window that the peer has offered (bytes).</summary>
    public int LargestSendWindow { get; init; }

    /// <summary>SND.WND: what the peer lets us send (bytes).</summary>
    public int SendWindow { get; init; }

    /// <summary>RCV.WND: what we let the peer send (bytes).</summary>
    public int ReceiveWindow { get; init; }

    /// <summary>Bytes of the send buffer as it is now; it grows with cwnd.</summary>
    public int SendBufferSize { get; init; }

    /// <summary>Bytes of the receive buffer as it is now, about the largest window that is promised; it grows with what is read in a round trip.</summary>
    public int ReceiveBufferSize { get; init; }

    /// <summary>The round-trip time as the receiving side sees it; zero before it is known, or needed to size the buffer.</summary>
    public TimeSpan ReceiverRtt { get; init; }

    /// <summary>The most bytes that the user has read within such a round trip; 0 before one is over.</summary>
    public int BytesReadPerRoundTrip { get; init; }

    /// <summary>How long an acknowledgment waits for company at present, before bounds.</summary>
    public TimeSpan DelayedAckTimeout { get; init; }

    /// <summary>When data was sent last; before the first, when the connection was opened.</summary>
    public Instant LastDataSent { get; init; }

    /// <summary>When an acknowledgment arrived last, data or not.</summary>
    public Instant LastAcknowledgmentReceived { get; init; }

    /// <summary>When data arrived last; <see cref="Instant.Never"/> before the first.</summary>
    public Instant LastDataReceived { get; init; }

    /// <summary>The largest segment that has arrived (bytes), an estimate of the peer's MSS.</summary>
    public int PeerSegmentSize { get; init; }

    /// <summary>Bytes the user can read.</summary>
    public int BytesToRead { get; init; }

    /// <summary>Bytes sent, repeats included.</summary>
    public long BytesSent { get; init; }

    /// <summary>Bytes acknowledged by the peer.</summary>
    public long BytesAcknowledged { get; init; }

    /// <summary>Bytes sent more than once.</summary>
    public long BytesRetransmitted { get; init; }

    /// <summary>Bytes that arrived in order.</summary>
    public long BytesReceived { get; init; }

    /// <summary>Segments sent; a super-segment counts as one.</summary>
    public long SegmentsSent { get; init; }

    /// <summary>Segments received; a merged segment counts as one.</summary>
    public long SegmentsReceived { get; init; }

    /// <summary>Segments with data among those sent, repeats included.</summary>
    public long DataSegmentsSent { get; init; }

    /// <summary>Segments with data among those received, also such as carried nothing new.</summary>
    public long DataSegmentsReceived { get; init; }

    /// <summary>Segments with data, SYN or FIN among those received that had arrived whole before: acknowledgments of ours were lost, or the peer is impatient.</summary>
    public long DuplicateSegmentsReceived { get; init; }

    /// <summary>Segments sent again.</summary>
    public long Retransmissions { get; init; }

    /// <summary>How often the peer has reported that something came twice (RFC 2883).</summary>
    public long DuplicateSacks { get; init; }

    /// <summary>Whether segments of ours have been seen to overtake each other (RFC 8985 6.2).</summary>
    public bool ReorderingSeen { get; init; }

    /// <summary>Bytes of the segments that arrived ahead of a gap, all together.</summary>
    public long BytesOutOfOrder { get; init; }

    /// <summary>How far segments have been seen to overtake each other (segments); 3 before anything was seen, which is taken for usual.</summary>
    public int ReorderingDegree { get; init; }

    /// <summary>What keeps us from sending more.</summary>
    public SendLimit Limit { get; init; }

    /// <summary>Since when; the times below count up to then. <see cref="Instant.Never"/> before anything was sent.</summary>
    public Instant LimitSince { get; init; }

    /// <summary>How long something was written or in flight that was not acknowledged.</summary>
    public TimeSpan BusyTime { get; init; }

    /// <summary>How long of it the peer's window was the limit.</summary>
    public TimeSpan ReceiveWindowLimitedTime { get; init; }

    /// <summary>How long of it the send buffer was the limit: a larger one would have been faster.</summary>
    public TimeSpan SendBufferLimitedTime { get; init; }
}
