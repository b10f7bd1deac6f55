using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>Fast retransmit on the third duplicate acknowledgment and fast recovery without SACK (RFC 5681 3.2, RFC 6582).</summary>
/// <remarks>RFC 6582 inflates the congestion window by one segment for each duplicate. Here the duplicate is counted as a segment that has left the
/// network: the same arithmetic, but cwnd stays what it means. Before the third duplicate it gives limited transmit (RFC 3042).</remarks>
internal sealed class NewRenoRecovery(SentSegments sent, ICongestionControl congestion, SeqNum initial) : ILossRecovery
{
    private const int DuplicateThreshold = 3; // RFC 5681 3.2

    private SeqNum _recover = initial; // RFC 6582 3.2 (1)

    /// <inheritdoc/>
    public bool InRecovery { get; private set; }

    /// <inheritdoc/>
    public int Delivered { get; private set; }

    /// <inheritdoc/>
    public string? OnAcknowledged(in SendSequenceSpace space, int segments, int mss)
    {
        if (!InRecovery)
        {
            Delivered = 0;
            if (space.Unacknowledged > _recover) _recover = space.Unacknowledged - 1; // keeps up, lest it seem ahead after 2 GiB
            return null;
        }
        if (space.Unacknowledged >= _recover)
        {
            InRecovery = false; // RFC 6582 3.2 (3): full acknowledgment
            Delivered = 0;
            congestion.Window = Math.Min(congestion.SlowStartThreshold, Math.Max(space.InFlight, mss) + mss); // RFC 6582 3.2 (3), option 1: no burst
            return "all that was in flight when the loss was noticed is acknowledged (RFC 6582 3.2)";
        }
        // RFC 6582 3.2 (3): a partial acknowledgment fills one hole and shows the next. The segments behind the hole had sent the duplicates.
        Delivered = Math.Max(Delivered - (segments - 1), 0);
        if (sent.Count > 0) MarkOldestLost(mss);
        return null;
    }

    /// <inheritdoc/>
    public string? OnDuplicate(in SendSequenceSpace space, int mss, Instant now)
    {
        // RFC 6582 3.2 (2): not again for the window of data that was recovered, or goes back over after a timeout.
        if (!InRecovery && space.Unacknowledged <= _recover) return null;
        int segmentsInFlight = Math.Max(sent.Count, (space.InFlight + mss - 1) / mss);
        Delivered = Math.Min(Delivered + 1, segmentsInFlight - 1); // at least the oldest is missing, whatever the peer claims (RFC 5681 5)
        if (InRecovery || Delivered < DuplicateThreshold) return null;
        InRecovery = true;
        _recover = space.Next;
        congestion.OnCongestion(space.InFlight, CongestionSignal.Loss, now);
        congestion.Window = congestion.SlowStartThreshold; // RFC 5681 3.2 (3); what it adds for the duplicates is counted as having left the network
        MarkOldestLost(mss);
        return "third duplicate acknowledgment (RFC 5681 3.2)";
    }

    /// <inheritdoc/>
    public void OnTimeout(in SendSequenceSpace space)
    {
        InRecovery = false; // RFC 6582 3.2 (4)
        Delivered = 0;
        _recover = space.Next;
        sent.MarkAllLost(); // RFC 5681 3.1: go back to the oldest, in slow start
    }

    private void MarkOldestLost(int mss)
    {
        if (sent[0].DataLength > mss) sent.Split(0, mss);
        sent.MarkLost(0);
    }
}
