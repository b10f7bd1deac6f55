using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>Which bytes have arrived ahead of a gap: disjoint ranges [Left, Right), in order. The bytes themselves are in the receive ring.</summary>
internal sealed class OutOfOrderRanges
{
    // Bounded, because a peer could send every second byte. 128 holes are a window of 1 MiB with every sixth segment lost.
    private const int Limit = 128;
    private const int LeastCapacity = 8;

    private SackBlock[] _ranges = [];

    /// <summary>How many.</summary>
    internal int Count { get; private set; }

    /// <summary>One of them, 0 being the next to be reached. What SACK will report.</summary>
    internal SackBlock this[int index] => _ranges[index];

    /// <summary>Adds a range and joins it with those it meets.</summary>
    /// <returns>False when it would be one too many: the bytes must be treated as lost.</returns>
    internal bool Add(SeqNum left, SeqNum right)
    {
        int from = 0;
        while (from < Count && _ranges[from].Right < left) from++;
        int to = from;
        while (to < Count && _ranges[to].Left <= right)
        {
            left = SeqNum.Min(left, _ranges[to].Left);
            right = SeqNum.Max(right, _ranges[to].Right);
            to++;
        }
        if (to == from)
        {
            if (Count == Limit) return false;
            if (Count == _ranges.Length) Array.Resize(ref _ranges, Math.Max(LeastCapacity, Count * 2));
        }
        Array.Copy(_ranges, to, _ranges, from + 1, Count - to);
        Count += 1 - (to - from);
        _ranges[from] = new(left, right);
        return true;
    }

    /// <summary>Takes out what the in-order data has reached.</summary>
    /// <returns>Where the in-order data now ends.</returns>
    internal SeqNum Reach(SeqNum next)
    {
        int reached = 0;
        while (reached < Count && _ranges[reached].Left <= next) next = SeqNum.Max(next, _ranges[reached++].Right);
        Array.Copy(_ranges, reached, _ranges, 0, Count - reached);
        Count -= reached;
        return next;
    }

    /// <summary>Forgets all.</summary>
    internal void Clear()
    {
        _ranges = [];
        Count = 0;
    }
}
