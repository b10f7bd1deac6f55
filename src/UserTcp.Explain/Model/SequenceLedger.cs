using UserTcp.Wire;

namespace UserTcp.Explain.Model;

/// <summary>A stretch of one end's sequence space and the segment that brought it first.</summary>
/// <param name="Start">Relative number of its first byte, or of the SYN.</param>
/// <param name="Bytes">Bytes of data.</param>
/// <param name="Syn">A SYN stands in front.</param>
/// <param name="Fin">A FIN stands behind.</param>
/// <param name="Segment">The segment's number.</param>
internal readonly record struct Stretch(long Start, int Bytes, bool Syn, bool Fin, int Segment)
{
    /// <summary>The number behind it.</summary>
    internal long End => Start + Bytes + (Syn ? 1 : 0) + (Fin ? 1 : 0);
}

/// <summary>What one end has put into its sequence space so far, counted from its initial sequence number in 64 bits, so that it never wraps.</summary>
/// <remarks>Remembers the newest stretches only; what is older is told by its distance from the initial number. Memory is bounded.</remarks>
internal sealed class SequenceLedger
{
    /// <summary>More than a 1 MiB window of 1460-byte segments, so that an acknowledgment finds the segment it answers.</summary>
    private const int Capacity = 1024;

    private readonly List<Stretch> _stretches = [];

    /// <summary>Whether a number is known that relative ones count from.</summary>
    internal bool Started { get; private set; }

    /// <summary>The initial sequence number.</summary>
    internal SeqNum Origin { get; private set; }

    /// <summary>The relative number behind everything seen without a gap.</summary>
    internal long Contiguous { get; private set; }

    /// <summary>The relative number behind the furthest thing seen.</summary>
    internal long Highest { get; private set; }

    /// <summary>The relative number behind the FIN; null while none was seen.</summary>
    internal long? FinEnd { get; private set; }

    /// <summary>Counts from this number on. When there was no SYN to see, the caller gives the number before the first byte.</summary>
    internal void Start(SeqNum origin, bool synSeen)
    {
        Started = true;
        Origin = origin;
        Contiguous = Highest = synSeen ? 0 : 1;
    }

    /// <summary>The relative number of an absolute one near the newest.</summary>
    internal long Relative(SeqNum number) => Highest + (number - Absolute(Highest));

    /// <summary>The absolute number of a relative one.</summary>
    internal SeqNum Absolute(long relative) => new(unchecked(Origin.Value + (uint)relative));

    /// <summary>Enters a segment. What is known already is not entered again.</summary>
    internal void Add(in Stretch stretch)
    {
        if (stretch.End == stretch.Start || stretch.End <= Contiguous) return;
        int at = UpperBound(stretch.Start);
        if (at > 0 && _stretches[at - 1].End >= stretch.End) return;
        _stretches.Insert(at, stretch);
        Highest = Math.Max(Highest, stretch.End);
        if (stretch.Fin) FinEnd = stretch.End;
        for (; at < _stretches.Count && _stretches[at].Start <= Contiguous; at++) Contiguous = Math.Max(Contiguous, _stretches[at].End);
        if (_stretches.Count > Capacity) _stretches.RemoveRange(0, Capacity / 2);
    }

    /// <summary>The stretch that ends at a relative number, or that holds the number before it.</summary>
    internal Stretch? Before(long relative)
    {
        // Stretches overlap only when data was cut differently the second time: an exact end can lie a few places earlier.
        int last = UpperBound(relative - 1) - 1;
        for (int i = last; i >= 0 && i > last - 4; i--)
        {
            if (_stretches[i].End == relative) return _stretches[i];
        }
        return last >= 0 && _stretches[last].End > relative ? _stretches[last] : null;
    }

    /// <summary>The stretch that starts at a relative number or holds it.</summary>
    internal Stretch? At(long relative)
    {
        int at = UpperBound(relative) - 1;
        return at >= 0 && _stretches[at].End > relative ? _stretches[at] : null;
    }

    /// <summary>The newest stretch in sequence order; null when none is left.</summary>
    internal Stretch? Last => _stretches.Count > 0 ? _stretches[^1] : null;

    /// <summary>Index of the first stretch that starts behind a number.</summary>
    private int UpperBound(long relative)
    {
        int low = 0, high = _stretches.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_stretches[middle].Start <= relative) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
