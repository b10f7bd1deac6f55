namespace UserTcp.Tcp;

/// <summary>Loss detection without SACK: the third duplicate acknowledgment (RFC 5681 3.2), then each partial acknowledgment (RFC 6582).</summary>
/// <remarks>RFC 6582 inflates the congestion window by one segment for each duplicate. Here the duplicate is counted as a segment that has left the
/// network: the same arithmetic, but cwnd stays what it means. Before the third duplicate it gives limited transmit
/// (RFC 3042 2; RFC 5681 3.2 (1)).</remarks>
internal sealed class NewRenoDetection(Sender sender) : ILossDetection
{
    private const int DuplicateThreshold = 3; // RFC 5681 3.2

    private int _duplicates;
    private bool _holeIsNext; // a partial acknowledgment has shown the next hole

    /// <inheritdoc/>
    public int ArrivedAhead => _duplicates * sender.Mss;

    /// <inheritdoc/>
    public Instant Deadline => Instant.Never;

    /// <inheritdoc/>
    public int OnAck(in Delivery delivery, in AckFacts ack)
    {
        LossRecovery recovery = sender.Recovery;
        if (ack.Advanced)
        {
            // One of the segments was the hole. Those behind it had sent the duplicates.
            int segments = Math.Max(delivery.SegmentsAcknowledged, delivery.Bytes / sender.Mss);
            int delivered = Math.Max(delivery.Bytes - _duplicates * sender.Mss, Math.Min(delivery.Bytes, sender.Mss));
            _duplicates = recovery.State == RecoveryState.Recovery ? Math.Max(_duplicates - Math.Max(segments - 1, 0), 0) : 0;
            _holeIsNext = recovery.State == RecoveryState.Recovery && sender.Space.Unacknowledged < recovery.Point; // RFC 6582 3.2 (3)
            return delivered;
        }
        if (!ack.Duplicate) return 0;
        // RFC 6582 3.2 (2): not again for the window of data that was recovered, or goes back over after a timeout.
        if (recovery.State != RecoveryState.Recovery && sender.Space.Unacknowledged <= recovery.Point) return 0;
        int segmentsInFlight = Math.Max(sender.Sent.Count, (sender.Space.InFlight + sender.Mss - 1) / sender.Mss);
        if (_duplicates + 1 >= segmentsInFlight) return 0; // at least the oldest is missing, whatever the peer claims (RFC 5681 5)
        _duplicates++; // RFC 5681 3.2 (4); RFC 5681 3.2 (5): a segment has left the network, new data may take its place
        return sender.Mss;
    }

    /// <inheritdoc/>
    public int MarkLost(Instant now)
    {
        bool third = sender.Recovery.State != RecoveryState.Recovery && _duplicates >= DuplicateThreshold;
        if ((!third && !_holeIsNext) || sender.Sent.Count == 0) return 0;
        _holeIsNext = false;
        if (sender.Sent[0].DataLength > sender.Mss) sender.Sent.Split(0, sender.Mss);
        return sender.Sent.MarkLost(0); // RFC 5681 3.2 (3)
    }

    /// <inheritdoc/>
    public void OnTimeout(Instant now)
    {
        OnRecovered();
        for (int i = 0; i < sender.Sent.Count; i++) sender.Sent.MarkLost(i); // RFC 5681 3.1: go back to the oldest, in slow start
    }

    /// <inheritdoc/>
    public void OnRecovered()
    {
        _duplicates = 0;
        _holeIsNext = false;
    }
}
