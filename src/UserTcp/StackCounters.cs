using UserTcp.Tcp;

namespace UserTcp;

/// <summary>What a stack has counted since it started; <see cref="Stack.Counters"/> gives a copy.</summary>
/// <remarks>The counters of RFC 4022 (TCP-MIB), and of Linux's <c>nstat</c> those that make sense here; the name in brackets is the one of Linux. Segments
/// count as the link hands them over: a merged one, and one that the link cuts, counts once. Each stack has its own; connections add to them under the
/// stack's lock.</remarks>
public sealed record StackCounters
{
    // ---- Segments ----

    /// <summary>Segments that arrived, broken ones included (InSegs).</summary>
    public long SegmentsReceived { get; internal set; }

    /// <summary>Segments sent, repeated ones included (OutSegs).</summary>
    public long SegmentsSent { get; internal set; }

    /// <summary>Segments whose header is impossible: too short, or a data offset below 5 or beyond the end (part of InErrs).</summary>
    public long MalformedSegments { get; internal set; }

    /// <summary>Segments with a wrong checksum (InCsumErrors).</summary>
    public long ChecksumErrors { get; internal set; }

    /// <summary>Segments with RST that were sent (OutRsts).</summary>
    public long ResetsSent { get; internal set; }

    /// <summary>Segments with RST that arrived, whatever became of them.</summary>
    public long ResetsReceived { get; internal set; }

    // ---- Connections ----

    /// <summary>Changes from CLOSED to SYN-SENT (ActiveOpens).</summary>
    public long ActiveOpens { get; internal set; }

    /// <summary>Changes from LISTEN to SYN-RECEIVED (PassiveOpens); with a SYN cookie both happen when its ACK returns.</summary>
    public long PassiveOpens { get; internal set; }

    /// <summary>Openings that failed: from SYN-SENT or SYN-RECEIVED back to CLOSED or LISTEN (AttemptFails).</summary>
    public long FailedAttempts { get; internal set; }

    /// <summary>Changes from ESTABLISHED or CLOSE-WAIT straight to CLOSED (EstabResets).</summary>
    public long EstablishedResets { get; internal set; }

    /// <summary>Connections refused because the stack has as many as it may have.</summary>
    public long ConnectionsRefused { get; internal set; }

    // ---- Listeners ----

    /// <summary>SYNs for a new connection that reached a listener. Each of them is answered, with a state or a cookie, or counted in <see cref="ListenDrops"/>.</summary>
    public long SynsReceived { get; internal set; }

    /// <summary>SYNs and final ACKs not taken because the accept queue is full (ListenOverflows).</summary>
    public long ListenOverflows { get; internal set; }

    /// <summary>SYNs that a listener did not answer, for whatever reason (ListenDrops).</summary>
    public long ListenDrops { get; internal set; }

    /// <summary>SYN-ACKs sent whose number is a cookie (SyncookiesSent).</summary>
    public long SynCookiesSent { get; internal set; }

    /// <summary>Connections opened by a cookie that came back (SyncookiesRecv).</summary>
    public long SynCookiesReceived { get; internal set; }

    /// <summary>ACKs to a listener that has sent cookies, with none in them (SyncookiesFailed).</summary>
    public long SynCookiesFailed { get; internal set; }

    // ---- Segments that were refused ----

    /// <summary>Challenge ACKs sent (RFC 5961; TCPChallengeACK).</summary>
    public long ChallengeAcks { get; internal set; }

    /// <summary>Answers to invalid segments withheld because there had just been one (RFC 5961 7; TCPACKSkipped*).</summary>
    public long AcksSkipped { get; internal set; }

    /// <summary>Segments outside the receive window, repeated old data included.</summary>
    public long OutOfWindow { get; internal set; }

    /// <summary>Segments with a timestamp of the past (RFC 7323 5; PAWSEstab).</summary>
    public long PawsRejected { get; internal set; }

    /// <summary>Segments without timestamps on connections that have agreed on them (RFC 7323 3.2).</summary>
    public long TimestampMissing { get; internal set; }

    /// <summary>ICMP errors about TCP that quote no connection, or nothing in flight (RFC 5927 4.1; OutOfWindowIcmps).</summary>
    public long IcmpIgnored { get; internal set; }

    // ---- TIME-WAIT ----

    /// <summary>Connections that entered TIME-WAIT (TW).</summary>
    public long TimeWaits { get; internal set; }

    /// <summary>Connections in TIME-WAIT that made way for a new one (TWRecycled).</summary>
    public long TimeWaitReused { get; internal set; }

    /// <summary>Connections that skipped TIME-WAIT because too many are in it (TCPTimeWaitOverflow).</summary>
    public long TimeWaitOverflows { get; internal set; }

    // ---- Retransmission and recovery ----

    /// <summary>Segments sent again, SYNs included (RetransSegs).</summary>
    public long Retransmissions { get; internal set; }

    /// <summary>SYNs and SYN-ACKs sent again (TCPSynRetrans).</summary>
    public long SynRetransmissions { get; internal set; }

    /// <summary>Retransmission timeouts (TCPTimeouts).</summary>
    public long RetransmissionTimeouts { get; internal set; }

    /// <summary>Recoveries begun by duplicate acknowledgments, SACK or RACK, before the timeout (TCPRenoRecovery, TCPSackRecovery).</summary>
    public long FastRetransmits { get; internal set; }

    /// <summary>Tail loss probes sent (RFC 8985 7; TCPLossProbes).</summary>
    public long TailLossProbes { get; internal set; }

    /// <summary>Peers that took back what they had selectively acknowledged (RFC 2018 8; TCPSACKReneging).</summary>
    public long SackReneging { get; internal set; }

    /// <summary>Reductions of the congestion window undone because nothing was lost (TCPFullUndo and its like).</summary>
    public long SpuriousRecoveriesUndone { get; internal set; }

    /// <summary>Duplicate SACKs received (RFC 2883; TCPDSACKRecv).</summary>
    public long DuplicateSacksReceived { get; internal set; }

    /// <summary>Duplicate SACKs sent (RFC 2883; TCPDSACKOldSent, TCPDSACKOfoSent).</summary>
    public long DuplicateSacksSent { get; internal set; }

    /// <summary>Segments that arrived ahead of a gap and were kept, repeated ones included (TCPOFOQueue).</summary>
    public long OutOfOrder { get; internal set; }

    /// <summary>Connections that had to forget what they kept ahead of a gap, because all together kept too much. It comes again (Linux: OfoPruned).</summary>
    public long OutOfOrderForgotten { get; internal set; }

    /// <summary>Connections given up because nothing was heard for too long (TCPAbortOnTimeout).</summary>
    public long ConnectionsTimedOut { get; internal set; }

    /// <summary>Counts a change of state as RFC 4022 does.</summary>
    internal void Count(TcpState from, TcpState to)
    {
        switch (from, to)
        {
            case (TcpState.Closed, TcpState.SynSent):
                ActiveOpens++;
                break;
            case (TcpState.Listen, TcpState.SynReceived):
                PassiveOpens++;
                break;
            case (TcpState.SynSent or TcpState.SynReceived, TcpState.Closed):
                FailedAttempts++;
                break;
            case (TcpState.Established or TcpState.CloseWait, TcpState.Closed):
                EstablishedResets++;
                break;
            case (_, TcpState.TimeWait):
                TimeWaits++;
                break;
        }
    }
}
