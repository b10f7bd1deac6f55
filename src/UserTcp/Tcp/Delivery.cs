using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>What one acknowledgment tells about the segments that it acknowledges or reports by SACK for the first time.</summary>
/// <param name="now">When it came.</param>
/// <param name="minimumRtt">The least round-trip time measured so far.</param>
/// <param name="recoveryPoint">SND.NXT when the current recovery began.</param>
/// <param name="highestSacked">The end of the highest segment that was reported before it.</param>
internal struct Delivery(Instant now, TimeSpan minimumRtt, SeqNum recoveryPoint, SeqNum highestSacked)
{
    private Instant _oldestAcknowledged = Instant.Never;
    private Instant _oldestSacked = Instant.Never;

    /// <summary>When the acknowledgment came.</summary>
    internal readonly Instant Now => now;

    /// <summary>Bytes that it reports for the first time: RFC 9937's DeliveredData.</summary>
    internal int Bytes { get; private set; }

    /// <summary>Bytes that SACK reports for the first time.</summary>
    internal int SackedBytes { get; private set; }

    /// <summary>Segments that it acknowledges, wholly or in part.</summary>
    internal int SegmentsAcknowledged { get; private set; }

    /// <summary>Something that was sent more than once is acknowledged by it.</summary>
    internal bool CoversRepeats { get; private set; }

    /// <summary>A segment that was sent only once, before the recovery began, has arrived: not everything was lost (RFC 5682 3.1 (3)).</summary>
    internal bool OriginalArrived { get; private set; }

    /// <summary>The first number of the lowest segment that was sent only once and has arrived after a later one: the path reorders (RFC 8985 6.2,
    /// step 3). Null when there is none.</summary>
    internal SeqNum? Reordered { get; private set; }

    /// <summary>When the segment that was sent last among them was sent; never when there is none that can be trusted (RFC 8985 6.2, step 2).</summary>
    internal Instant NewestSentAt { get; private set; } = Instant.Never;

    /// <summary>When the segment was sent that was looked at last, in the order of sequence numbers; its age is RACK.rtt (RFC 8985 6.2, step 2).</summary>
    internal Instant LastSentAt { get; private set; } = Instant.Never;

    /// <summary>The end of the one that was sent last.</summary>
    internal SeqNum NewestEnd { get; private set; }

    /// <summary>The round-trip time by the time of sending; null when Karn's rule forbids to measure (RFC 6298 3).</summary>
    internal readonly TimeSpan? Rtt
        => !CoversRepeats && _oldestAcknowledged != Instant.Never ? now - _oldestAcknowledged
            : _oldestSacked != Instant.Never ? now - _oldestSacked : null;

    /// <summary>A segment leaves the queue.</summary>
    internal void OnAcknowledged(in SentSegment segment)
    {
        SegmentsAcknowledged++;
        CoversRepeats |= segment.Retransmitted;
        if (segment.Sacked) return; // known already
        if (!segment.Retransmitted) _oldestAcknowledged = Instant.Min(_oldestAcknowledged, segment.SentAt);
        OnDelivered(segment);
    }

    /// <summary>A segment is reported ahead of a gap.</summary>
    internal void OnSacked(in SentSegment segment)
    {
        SackedBytes += segment.Length;
        if (!segment.Retransmitted) _oldestSacked = Instant.Min(_oldestSacked, segment.SentAt);
        OnDelivered(segment);
    }

    private void OnDelivered(in SentSegment segment)
    {
        Bytes += segment.Length;
        if (!segment.Retransmitted)
        {
            OriginalArrived |= segment.End <= recoveryPoint;
            if (segment.Start < highestSacked && (Reordered is not SeqNum lowest || segment.Start < lowest)) Reordered = segment.Start;
        }
        else if (now - segment.SentAt < minimumRtt)
        {
            return; // RFC 8985 6.2, step 2: too soon for the repeat, this is the original's
        }
        LastSentAt = segment.SentAt;
        if (NewestSentAt != Instant.Never && (segment.SentAt < NewestSentAt || (segment.SentAt == NewestSentAt && segment.End < NewestEnd))) return;
        NewestSentAt = segment.SentAt;
        NewestEnd = segment.End;
    }
}
