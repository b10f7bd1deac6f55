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

    /// <summary>When it was last sent (RFC 8985 6.1).</summary>
    internal Instant SentAt;

    /// <summary>It was sent more than once, so that its acknowledgment tells no round-trip time (RFC 6298 3, karns-algorithm; RFC 9293 3.8.1, MUST-18).</summary>
    internal bool Retransmitted;

    /// <summary>It is thought to be lost and not yet sent again.</summary>
    internal bool Lost;

    /// <summary>The peer says that it has it, ahead of a gap (RFC 2018 5).</summary>
    internal bool Sacked;

    /// <summary>It left in one burst with the one before it.</summary>
    internal bool Continues;

    /// <summary>The number behind it.</summary>
    internal readonly SeqNum End => Start + Length;

    /// <summary>Bytes of data.</summary>
    internal readonly int DataLength => Length - ((Flags & TcpFlags.Fin) != 0 ? 1 : 0);
}

/// <summary>The segments in flight, oldest first: the retransmission queue (RFC 9293 3.10.7.4) and the scoreboard of selective
/// acknowledgments (RFC 2018 5) on which loss detection makes its marks.</summary>
/// <remarks>A segment is either sacked, or lost, or thought to be on its way. Sizes are in sequence numbers.</remarks>
internal struct SentSegments(SeqNum start)
{
    private const int LeastCapacity = 4;

    private SentSegment[] _ring = [];
    private int _head;
    private int _lostFrom; // no segment in front of this one is lost
    private SackBlocks _seen; // the blocks of the last acknowledgment: most of the next one's are the same
    private int _seenCount;

    /// <summary>How many.</summary>
    internal int Count { get; private set; }

    /// <summary>Thought to be lost and not yet sent again.</summary>
    internal int LostBytes { get; private set; }

    /// <summary>Known to have arrived ahead of a gap.</summary>
    internal int SackedBytes { get; private set; }

    /// <summary>Sent again, and on its way once more.</summary>
    internal int ResentBytes { get; private set; }

    /// <summary>The end of the highest segment that was ever reported by SACK; what is acknowledged below it came out of order.</summary>
    internal SeqNum HighestSacked { get; private set; } = start;

    /// <summary>One of them, 0 being the oldest.</summary>
    internal readonly ref SentSegment this[int index] => ref _ring[(_head + index) & (_ring.Length - 1)];

    /// <summary>Adds a segment that has just been sent.</summary>
    internal void Add(in SentSegment segment)
    {
        if (Count == _ring.Length) Grow();
        Count++;
        this[Count - 1] = segment;
    }

    /// <summary>Takes out what an acknowledgment covers.</summary>
    internal void Acknowledge(SeqNum ack, ref Delivery delivery)
    {
        while (Count > 0 && this[0].Start < ack)
        {
            ref SentSegment segment = ref this[0];
            int covered = Math.Min(ack - segment.Start, segment.Length);
            Subtract(segment, covered);
            SentSegment part = segment;
            part.Length = covered;
            delivery.OnAcknowledged(part);
            segment.Start += covered;
            segment.Length -= covered;
            if (segment.Length > 0) break;
            _head = (_head + 1) & (_ring.Length - 1);
            Count--;
            if (_lostFrom > 0) _lostFrom--;
        }
        if (HighestSacked < ack) HighestSacked = ack;
    }

    /// <summary>Marks what a SACK block reports (RFC 2018 5). The caller has checked that it lies between SND.UNA and SND.NXT.</summary>
    /// <param name="block">The block.</param>
    /// <param name="mss">A segment up to this size is not cut for a block that covers it in part: no receiver of whole segments reports that.</param>
    /// <param name="delivery">What is to be known about the segments that are new in it.</param>
    internal void MarkSacked(SackBlock block, int mss, ref Delivery delivery)
    {
        // While one hole lasts every acknowledgment repeats a block that has only grown at its end: what was seen of it is not walked again.
        SeqNum from = block.Left;
        for (int i = 0; i < _seenCount; i++)
        {
            if (_seen[i].Left == block.Left && from < _seen[i].Right && _seen[i].Right <= block.Right) from = _seen[i].Right;
        }
        for (int i = IndexOf(from); i < Count && this[i].Start < block.Right; i++)
        {
            if (this[i].Sacked) continue;
            if (this[i].Start < block.Left)
            {
                int before = (block.Left - this[i].Start + mss - 1) / mss * mss;
                if (before >= this[i].Length) continue;
                Split(i, before);
                continue;
            }
            if (this[i].End > block.Right)
            {
                int inside = (block.Right - this[i].Start) / mss * mss;
                if (inside == 0) break;
                Split(i, inside);
            }
            ref SentSegment segment = ref this[i];
            delivery.OnSacked(segment);
            Subtract(segment, segment.Length);
            segment.Lost = false;
            segment.Sacked = true;
            SackedBytes += segment.Length;
            if (HighestSacked < segment.End) HighestSacked = segment.End;
        }
    }

    /// <summary>Keeps the blocks of an acknowledgment, so that the next one's need not be walked again.</summary>
    internal void RememberBlocks(in TcpOptions options)
    {
        _seenCount = options.SackCount;
        for (int i = 0; i < _seenCount; i++) _seen[i] = options.Sack(i);
    }

    /// <summary>Takes back all that SACK has said: the peer has thrown away what it had reported (RFC 2018 8).</summary>
    internal void ForgetSacks()
    {
        for (int i = 0; i < Count; i++)
        {
            ref SentSegment segment = ref this[i];
            if (segment.Sacked && segment.Retransmitted) ResentBytes += segment.Length;
            segment.Sacked = false;
        }
        SackedBytes = 0;
        _seenCount = 0;
    }

    /// <summary>Marks one as lost.</summary>
    /// <returns>The bytes that are newly thought to be lost.</returns>
    internal int MarkLost(int index)
    {
        ref SentSegment segment = ref this[index];
        if (segment.Lost || segment.Sacked) return 0;
        if (segment.Retransmitted) ResentBytes -= segment.Length;
        segment.Lost = true;
        LostBytes += segment.Length;
        _lostFrom = Math.Min(_lostFrom, index);
        return segment.Length;
    }

    /// <summary>Nothing is lost after all.</summary>
    internal void ForgetLosses()
    {
        for (int i = 0; i < Count; i++)
        {
            ref SentSegment segment = ref this[i];
            if (segment.Lost && segment.Retransmitted) ResentBytes += segment.Length;
            segment.Lost = false;
        }
        LostBytes = 0;
        _lostFrom = Count;
    }

    /// <summary>The oldest that is marked as lost, or -1.</summary>
    internal int FirstLost()
    {
        if (LostBytes == 0) return -1;
        while (!this[_lostFrom].Lost) _lostFrom++;
        return _lostFrom;
    }

    /// <summary>The newest that the peer has not reported, or -1.</summary>
    internal readonly int LastMissing()
    {
        int index = Count - 1;
        while (index >= 0 && this[index].Sacked) index--;
        return index;
    }

    /// <summary>Notes that one is sent again now.</summary>
    internal void MarkResent(int index, Instant now)
    {
        ref SentSegment segment = ref this[index];
        if (segment.Lost) LostBytes -= segment.Length;
        else if (segment.Retransmitted) ResentBytes -= segment.Length;
        segment.Lost = false;
        segment.Retransmitted = true;
        segment.SentAt = now;
        ResentBytes += segment.Length;
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
        second.Continues = true;
        second.Start += firstLength;
        second.Length -= firstLength;
        first.Length = firstLength;
        first.Flags = TcpFlags.None;
    }

    /// <summary>Forgets all.</summary>
    internal void Clear()
    {
        _ring = [];
        _head = _lostFrom = _seenCount = 0;
        Count = LostBytes = SackedBytes = ResentBytes = 0;
    }

    private void Subtract(in SentSegment segment, int length)
    {
        if (segment.Lost) LostBytes -= length;
        else if (segment.Sacked) SackedBytes -= length;
        else if (segment.Retransmitted) ResentBytes -= length;
    }

    // The first segment that ends behind a number.
    private readonly int IndexOf(SeqNum seq)
    {
        int from = 0, to = Count;
        while (from < to)
        {
            int middle = (from + to) / 2;
            if (this[middle].End <= seq) from = middle + 1;
            else to = middle;
        }
        return from;
    }

    private void Grow()
    {
        var ring = new SentSegment[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(Count + 1, LeastCapacity))];
        for (int i = 0; i < Count; i++) ring[i] = this[i];
        _ring = ring;
        _head = 0;
    }
}
