using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>Which bytes have arrived ahead of a gap (RFC 9293 3.10.7.4, SHLD-31): disjoint ranges [Left, Right), in order. The bytes themselves are in the
/// receive ring.</summary>
internal struct OutOfOrderRanges()
{
    // Bounded, because a peer could send every second byte. 128 holes are a window of 1 MiB with every sixth segment lost.
    private const int Limit = 128;
    private const int LeastCapacity = 8;

    private Range[] _ranges = [];
    private long _changes;

    /// <summary>How many.</summary>
    internal int Count { get; private set; }

    /// <summary>One of them, 0 being the next to be reached.</summary>
    internal readonly SackBlock this[int index] => _ranges[index].Block;

    /// <summary>Adds a range and joins it with those it meets.</summary>
    /// <param name="left">Its first number.</param>
    /// <param name="right">The number behind it.</param>
    /// <param name="overlap">The first part of it that was there before; empty when all of it is new.</param>
    /// <returns>False when it would be one too many: the bytes must be treated as lost.</returns>
    internal bool Add(SeqNum left, SeqNum right, out SackBlock overlap)
    {
        overlap = new(left, left);
        int from = 0;
        while (from < Count && this[from].Right < left) from++;
        int to = from;
        SackBlock joined = new(left, right);
        for (; to < Count && this[to].Left <= right; to++)
        {
            if (overlap.Left == overlap.Right) overlap = new(SeqNum.Max(left, this[to].Left), SeqNum.Min(right, this[to].Right));
            joined = new(SeqNum.Min(joined.Left, this[to].Left), SeqNum.Max(joined.Right, this[to].Right));
        }
        if (to == from)
        {
            if (Count == Limit) return false;
            if (Count == _ranges.Length) Array.Resize(ref _ranges, Math.Max(LeastCapacity, Count * 2));
        }
        Array.Copy(_ranges, to, _ranges, from + 1, Count - to);
        Count += 1 - (to - from);
        _ranges[from] = new(joined, ++_changes);
        return true;
    }

    /// <summary>Takes out what the in-order data has reached.</summary>
    /// <returns>Where the in-order data now ends.</returns>
    internal SeqNum Reach(SeqNum next)
    {
        int reached = 0;
        while (reached < Count && this[reached].Left <= next) next = SeqNum.Max(next, this[reached++].Right);
        Array.Copy(_ranges, reached, _ranges, 0, Count - reached);
        Count -= reached;
        return next;
    }

    /// <summary>Puts the ranges that changed last into an acknowledgment, the newest first, as many as have room (RFC 2018 4, newest-first).</summary>
    /// <remarks>So each range is told several times, in case acknowledgments are lost. After a batch of segments several acknowledgments leave at once: each
    /// tells what was newest when its own segment had come. Would they all tell of the end, a batch with more gaps than there is room for would leave the
    /// peer without news of the first ones, and it would send again what has arrived.</remarks>
    /// <param name="options">Of the acknowledgment.</param>
    /// <param name="most">The blocks that it has room for.</param>
    /// <param name="later">How many acknowledgments follow for segments that came later.</param>
    internal readonly void Report(ref TcpOptions options, int most, int later)
    {
        long told = Math.Max(_changes - later, OldestChange) + 1;
        for (; most > 0; most--)
        {
            int newest = -1;
            for (int i = 0; i < Count; i++)
            {
                if (_ranges[i].Changed < told && (newest < 0 || _ranges[i].Changed > _ranges[newest].Changed)) newest = i;
            }
            if (newest < 0 || !options.AddSack(this[newest])) return;
            told = _ranges[newest].Changed;
        }
    }

    private readonly long OldestChange
    {
        get
        {
            long oldest = long.MaxValue - 1;
            for (int i = 0; i < Count; i++) oldest = Math.Min(oldest, _ranges[i].Changed);
            return oldest;
        }
    }

    /// <summary>Forgets all.</summary>
    internal void Clear()
    {
        _ranges = [];
        Count = 0;
    }

    /// <summary>A range, and as the how many-th change it was last touched.</summary>
    private readonly record struct Range(SackBlock Block, long Changed);
}
