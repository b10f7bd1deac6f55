using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>Loss detection with SACK: recent acknowledgment, RACK (RFC 8985 6).</summary>
/// <remarks>A segment is lost when one that was sent sufficiently later has arrived. Time, not the count of duplicates, decides; so lost repeats are
/// found like lost originals, and a path that reorders is given a quarter of a round trip's grace.</remarks>
internal sealed class RackDetection(Sender sender, StackCounters counters) : ILossDetection
{
    internal const int UsualReordering = 3; // what RFC 5681 3.2 allows for

    private const int DuplicateThreshold = 3; // RFC 8985 6.2, step 4: RFC 5681's
    private const int MostReordering = 300; // Linux's tcp_max_reordering
    private const int RecoveriesWithWiderWindow = 16; // RFC 8985 6.2, step 4: RACK.reo_wnd_persist

    private Instant _newestSentAt = Instant.Never; // RACK.xmit_ts; never before the first delivery
    private SeqNum _newestEnd; // RACK.end_seq
    private TimeSpan _rtt; // RACK.rtt
    private bool _reorderingSeen;
    private int _windowMultiplier = 1; // RACK.reo_wnd_mult
    private int _multiplierLife;
    private SeqNum? _widenedUntil; // RACK.dsack_round

    /// <inheritdoc/>
    public int ArrivedAhead => sender.Sent.SackedBytes;

    /// <inheritdoc/>
    public Instant Deadline { get; private set; } = Instant.Never;

    /// <summary>The path has been seen to reorder.</summary>
    internal bool ReorderingSeen => _reorderingSeen;

    /// <summary>How far segments have been seen to overtake each other, in segments. It is only told: RACK's patience is measured in time.</summary>
    internal int ReorderingDegree { get; private set; } = UsualReordering;

    /// <inheritdoc/>
    public int OnAck(in Delivery delivery, in AckFacts ack)
    {
        if (delivery.Reordered is SeqNum from)
        {
            _reorderingSeen = true; // RFC 8985 6.2, step 3
            int distance = (sender.Sent.HighestSacked - from + sender.Mss - 1) / sender.Mss;
            ReorderingDegree = Math.Min(Math.Max(ReorderingDegree, distance), MostReordering);
        }
        if (delivery.NewestSentAt != Instant.Never) // RFC 8985 6.2, step 2
        {
            _rtt = delivery.Now - delivery.LastSentAt;
            if (IsSentAfter(delivery.NewestSentAt, delivery.NewestEnd, _newestSentAt, _newestEnd))
            {
                _newestSentAt = delivery.NewestSentAt;
                _newestEnd = delivery.NewestEnd;
            }
        }
        if (_widenedUntil is SeqNum round && sender.Space.Unacknowledged >= round) _widenedUntil = null;
        if (ack.DuplicateSack is not null && _widenedUntil is null)
        {
            _widenedUntil = sender.Space.Next; // RFC 8985 6.2, step 4: at most once in a round trip
            _windowMultiplier++;
            _multiplierLife = RecoveriesWithWiderWindow;
        }
        return delivery.Bytes;
    }

    /// <summary>RFC 8985 6.2, step 5.</summary>
    public int MarkLost(Instant now)
    {
        Deadline = Instant.Never;
        if (_newestSentAt == Instant.Never) return 0;
        ref SentSegments sent = ref sender.Sent;
        TimeSpan patience = _rtt + ReorderingWindow;
        int marked = 0;
        for (int i = 0; i < sent.Count; i++)
        {
            ref SentSegment segment = ref sent[i];
            if (segment.Sacked || segment.Lost) continue;
            if (!IsSentAfter(_newestSentAt, _newestEnd, segment.SentAt, segment.End))
            {
                // Sent once, and in order: all that follow were sent later still, except what was repeated.
                if (!segment.Retransmitted && sent.ResentBytes == 0) break;
                continue;
            }
            Instant overdue = segment.SentAt + patience;
            if (overdue <= now) marked += sent.MarkLost(i);
            else Deadline = Deadline == Instant.Never ? overdue : Instant.Max(Deadline, overdue);
        }
        return marked;
    }

    /// <summary>RFC 8985 6.3: the oldest, and what was sent so long ago that its acknowledgment should be here. What was sent just now is given its time.</summary>
    public void OnTimeout(Instant now)
    {
        Deadline = Instant.Never;
        ref SentSegments sent = ref sender.Sent;
        // So much has arrived ahead and yet nothing came of it: the path was thought to reorder more than it does. As in Linux.
        if (sender.Recovery.State <= RecoveryState.Disorder && sent.SackedBytes >= UsualReordering * sender.Mss) ReorderingDegree = UsualReordering;
        if (sent.Count > 0 && sent[0].Sacked) // RFC 2018 8: the peer has reneged
        {
            counters.SackReneging++;
            sent.ForgetSacks();
        }
        for (int i = 0; i < sent.Count; i++)
        {
            if (i == 0 || sent[i].SentAt + _rtt <= now) sent.MarkLost(i);
        }
    }

    /// <inheritdoc/>
    public void OnRecovered()
    {
        if (--_multiplierLife <= 0) _windowMultiplier = 1; // RFC 8985 6.2, step 4
    }

    // RFC 8985 6.2, step 4: no patience where the path has never reordered and three segments have arrived ahead, as with three duplicates.
    private TimeSpan ReorderingWindow
    {
        get
        {
            if (!_reorderingSeen && (sender.Recovery.State >= RecoveryState.Recovery || sender.Sent.SackedBytes >= DuplicateThreshold * sender.Mss)) return TimeSpan.Zero;
            TimeSpan window = sender.Rtt.Minimum / 4 * _windowMultiplier;
            return window < sender.Rtt.Smoothed ? window : sender.Rtt.Smoothed;
        }
    }

    private static bool IsSentAfter(Instant a, SeqNum aEnd, Instant b, SeqNum bEnd) => b == Instant.Never || a > b || (a == b && aEnd > bEnd);
}
