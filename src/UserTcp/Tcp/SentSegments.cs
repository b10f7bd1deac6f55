using System.Numerics;
using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>A segment in flight.</summary>
internal struct SentSegment
{
    /// <summary>Its first sequence number.</summary>
    internal SeqNum Start;

    /// <summary>The sequence numbers it occupies, FIN included.</summary>
    internal int Length;

    /// <summary>PSH and FIN, for when it must be sent again.</summary>
    internal TcpFlags Flags;

    /// <summary>When it was last sent.</summary>
    internal Instant SentAt;

    /// <summary>It was sent more than once, so that its acknowledgment tells no round-trip time (Karn, RFC 6298 3).</summary>
    internal bool Retransmitted;

    /// <summary>It is thought to be lost and not yet sent again.</summary>
    internal bool Lost;

    /// <summary>The number behind it.</summary>
    internal readonly SeqNum End => Start + Length;

    /// <summary>Bytes of data.</summary>
    internal readonly int DataLength => Length - ((Flags & TcpFlags.Fin) != 0 ? 1 : 0);
}

/// <summary>What an acknowledgment covered.</summary>
/// <param name="Segments">How many segments went, wholly or in part.</param>
/// <param name="OldestSentAt">When the oldest of them was sent; null when Karn's rule forbids to measure with it.</param>
internal readonly record struct AcknowledgedSegments(int Segments, Instant? OldestSentAt);

/// <summary>The segments in flight, oldest first: the retransmission queue (RFC 9293 3.10.7.4) and the board on which loss recovery marks them.</summary>
internal sealed class SentSegments
{
    private const int LeastCapacity = 16;

    private SentSegment[] _ring = [];
    private int _head;
    private int _lostBytes;

    /// <summary>How many.</summary>
    internal int Count { get; private set; }

    /// <summary>Sequence numbers thought to be lost and not yet sent again.</summary>
    internal int LostBytes => _lostBytes;

    /// <summary>One of them, 0 being the oldest.</summary>
    internal ref SentSegment this[int index] => ref _ring[(_head + index) & (_ring.Length - 1)];

    /// <summary>Adds a segment that has just been sent.</summary>
    internal void Add(in SentSegment segment)
    {
        if (Count == _ring.Length) Grow();
        Count++;
        this[Count - 1] = segment;
    }

    /// <summary>Takes out what an acknowledgment covers.</summary>
    internal AcknowledgedSegments Acknowledge(SeqNum ack)
    {
        int segments = 0;
        bool ambiguous = false;
        Instant oldest = Instant.Never;
        while (Count > 0 && this[0].Start < ack)
        {
            ref SentSegment segment = ref this[0];
            segments++;
            ambiguous |= segment.Retransmitted;
            oldest = Instant.Min(oldest, segment.SentAt);
            int covered = Math.Min(ack - segment.Start, segment.Length);
            if (segment.Lost) _lostBytes -= covered;
            segment.Start += covered;
            segment.Length -= covered;
            if (segment.Length > 0) break;
            _head = (_head + 1) & (_ring.Length - 1);
            Count--;
        }
        return new(segments, ambiguous || segments == 0 ? null : oldest); // RFC 6298 3: Karn's algorithm, MUST
    }

    /// <summary>Marks one as lost.</summary>
    internal void MarkLost(int index)
    {
        ref SentSegment segment = ref this[index];
        if (segment.Lost) return;
        segment.Lost = true;
        _lostBytes += segment.Length;
    }

    /// <summary>Marks all as lost, as a timeout does.</summary>
    internal void MarkAllLost()
    {
        for (int i = 0; i < Count; i++) MarkLost(i);
    }

    /// <summary>The oldest that is marked as lost, or -1.</summary>
    internal int FirstLost()
    {
        if (_lostBytes == 0) return -1;
        int index = 0;
        while (!this[index].Lost) index++;
        return index;
    }

    /// <summary>Notes that a lost one is sent again now.</summary>
    internal void MarkResent(int index, Instant now)
    {
        ref SentSegment segment = ref this[index];
        segment.Lost = false;
        segment.Retransmitted = true;
        segment.SentAt = now;
        _lostBytes -= segment.Length;
    }

    /// <summary>Cuts one in two, because it was sent as a super-segment or the MSS has become smaller. PSH and FIN go to the second.</summary>
    internal void Split(int index, int firstLength)
    {
        if (Count == _ring.Length) Grow();
        Count++;
        for (int i = Count - 1; i > index + 1; i--) this[i] = this[i - 1];
        ref SentSegment first = ref this[index];
        ref SentSegment second = ref this[index + 1];
        second = first;
        second.Start += firstLength;
        second.Length -= firstLength;
        first.Length = firstLength;
        first.Flags = TcpFlags.None;
    }

    /// <summary>Forgets all.</summary>
    internal void Clear()
    {
        _ring = [];
        _head = Count = _lostBytes = 0;
    }

    private void Grow()
    {
        var ring = new SentSegment[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(Count + 1, LeastCapacity))];
        for (int i = 0; i < Count; i++) ring[i] = this[i];
        _ring = ring;
        _head = 0;
    }
}
