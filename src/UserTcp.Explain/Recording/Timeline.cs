using UserTcp.Explain.Model;
using UserTcp.Tcp;

namespace UserTcp.Explain.Recording;

/// <summary>A list that keeps its head and its tail and folds what lies between, so that a long transfer takes no more memory than a short one.</summary>
/// <remarks>An arrow with a false equation is taken out of the fold and kept, as long as there is room; after that it is counted.</remarks>
internal sealed class Timeline
{
    /// <summary>Room for an opening, a handshake with a certificate chain of a dozen segments, and a request.</summary>
    internal const int HeadSize = 48;

    /// <summary>Room for the end of a body and a four-way close with its company.</summary>
    internal const int TailSize = 24;

    /// <summary>False equations that are shown out of the fold.</summary>
    internal const int FalseArrowsKept = 64;

    private readonly List<Entry> _head = [];
    private readonly List<Entry> _middle = [];
    private readonly Queue<Entry> _tail = [];
    private FoldCounter _fold = new();
    private int _falseArrows;

    internal void Add(Entry entry)
    {
        if (_head.Count < HeadSize)
        {
            _head.Add(entry);
            return;
        }
        _tail.Enqueue(entry);
        if (_tail.Count > TailSize) Let(_tail.Dequeue());
    }

    internal IReadOnlyList<Entry> Snapshot()
        => _fold.Any ? [.. _head, .. _middle, _fold.ToEntry(), .. _tail] : [.. _head, .. _middle, .. _tail];

    private void Let(Entry entry)
    {
        if (entry is not Arrow arrow) return;
        if (!arrow.HasFalseEquation || _falseArrows == FalseArrowsKept)
        {
            _fold.Add(arrow);
            return;
        }
        if (_fold.Any) _middle.Add(_fold.ToEntry());
        _fold = new();
        _middle.Add(arrow);
        _falseArrows++;
    }

    private sealed class FoldCounter
    {
        private TimeSpan _at, _until;
        private long _fromClient, _fromServer, _clientBytes, _serverBytes, _equations, _falseEquations, _retransmissions, _outOfOrder;

        internal bool Any => _fromClient + _fromServer > 0;

        internal void Add(Arrow arrow)
        {
            if (!Any) _at = arrow.At;
            _until = arrow.At;
            if (arrow.From == Side.Client)
            {
                _fromClient++;
                _clientBytes += arrow.Length;
            }
            else
            {
                _fromServer++;
                _serverBytes += arrow.Length;
            }
            foreach (Equation equation in arrow.Equations)
            {
                _equations++;
                if (!equation.Holds) _falseEquations++;
            }
            if (arrow.Note == SegmentNote.Retransmission) _retransmissions++;
            if (arrow.Note is SegmentNote.OutOfOrder or SegmentNote.Duplicate) _outOfOrder++;
        }

        internal Fold ToEntry()
            => new(_at, _until, _fromClient, _fromServer, _clientBytes, _serverBytes, _equations, _falseEquations, _retransmissions, _outOfOrder);
    }
}
