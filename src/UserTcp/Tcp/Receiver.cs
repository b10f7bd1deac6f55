using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>The receiving half of a connection: the sequence space, what has arrived and is not read, and the window that is promised.</summary>
internal sealed class Receiver
{
    private readonly int _mss; // what we announced
    private ByteRing _buffer = new();
    private SeqNum _fin; // the number of the peer's FIN, when it is known
    private int _mostBuffered = 1 << 30; // no limit but the window (RFC 7323 2.2), unless the user has reduced the buffer
    private SackBlock _duplicate; // what came more than once and is not yet told (RFC 2883 4); empty when nothing

    internal Receiver(TcpSettings settings, int announcedMss)
    {
        _mss = announcedMss;
        OfferedShift = ShiftFor(settings.ReceiveBufferSize);
        Tuning = new(settings.InitialReceiveBufferSize, settings.ReceiveBufferSize);
        Acks = new(settings.DelayedAckTimeout, announcedMss);
    }

    /// <summary>The sequence variables.</summary>
    internal ReceiveSequenceSpace Space;

    /// <summary>When to acknowledge.</summary>
    internal AckSchedule Acks;

    /// <summary>How large the buffer is.</summary>
    internal ReceiveBufferTuning Tuning;

    /// <summary>What is kept ahead of gaps.</summary>
    internal OutOfOrderRanges OutOfOrder = new();

    /// <summary>Bytes from RCV.NXT to the end of what is kept ahead of gaps: the memory that it takes, gaps included.</summary>
    internal int OutOfOrderReach => OutOfOrder.Count == 0 ? 0 : OutOfOrder[OutOfOrder.Count - 1].Right - Space.Next;

    /// <summary>The shift to offer in our SYN: the least with which the largest buffer can be told in 16 bits (RFC 7323 2.2).</summary>
    internal int OfferedShift { get; }

    /// <summary>The shift of the windows we send; 0 until both sides have offered (RFC 7323 2.2).</summary>
    internal int WindowShift { get; set; }

    /// <summary>The peer's FIN has been seen, perhaps ahead of a gap.</summary>
    internal bool FinSeen { get; private set; }

    /// <summary>The peer's FIN has been reached: nothing follows.</summary>
    internal bool FinReached { get; private set; }

    internal long BytesReceived { get; private set; }
    internal long BytesOutOfOrder { get; private set; }

    /// <summary>Bytes the user can read.</summary>
    internal int Available => _buffer.Count;

    /// <summary>Gives the buffer a size that stays.</summary>
    internal void FixBufferSize(int size)
    {
        Tuning.Fix(size);
        _mostBuffered = size + (1 << WindowShift); // a window is rounded up
    }

    /// <summary>The window of our SYN, which is never scaled (RFC 7323 2.2).</summary>
    internal ushort SynWindow => (ushort)Math.Min(Tuning.Size, ushort.MaxValue);

    /// <summary>The peer's SYN has arrived.</summary>
    internal void Begin(SeqNum initial)
    {
        Space.Initial = initial;
        Space.Next = initial + 1;
        Space.Edge = Space.Next + SynWindow;
    }

    /// <summary>Takes the data and FIN of a segment that is acceptable; what lies outside the window is cut off.</summary>
    /// <returns>What became of it: <see cref="SegmentNote.None"/> in order, out of order, duplicate or refused.</returns>
    internal SegmentNote Take(SeqNum seq, ReadOnlySpan<byte> data, bool fin)
    {
        SeqNum end = seq + data.Length;
        // The user may have reduced the buffer below what was promised. The promise stands, what has no room now must come again.
        SeqNum limit = SeqNum.Min(Space.Edge, Space.Next + Math.Max(_mostBuffered - _buffer.Count, 0));
        if (FinSeen) limit = SeqNum.Min(limit, _fin); // nothing follows a FIN
        if (end > limit)
        {
            if (limit <= seq) return SegmentNote.Refused;
            data = data[..(limit - seq)];
            fin = false;
            end = limit;
        }
        if (fin && !FinSeen && end < Space.Edge) // RFC 9293 3.4: FIN comes after the data and takes a number
        {
            FinSeen = true;
            _fin = end;
        }
        SeqNum right = fin && FinSeen && end == _fin ? end + 1 : end; // a FIN that has no room has no number either: else a byte would be made up for it
        if (seq < Space.Next)
        {
            NoteDuplicate(seq, right);
            data = data[Math.Min(Space.Next - seq, data.Length)..];
            seq = Space.Next;
        }
        SeqNum before = Space.Next;
        if (seq < right)
        {
            if (seq == Space.Next)
            {
                _buffer.WriteAt(_buffer.Count, data);
                if (OutOfOrder.Count > 0) end = ReachOutOfOrder(end);
                Advance(end);
            }
            else
            {
                if (!OutOfOrder.Add(seq, right, out SackBlock overlap)) return SegmentNote.Refused;
                NoteDuplicate(overlap.Left, overlap.Right);
                _buffer.WriteAt(_buffer.Count + (seq - Space.Next), data);
                BytesOutOfOrder += data.Length;
            }
        }
        if (FinSeen && !FinReached && Space.Next == _fin)
        {
            Space.Next += 1;
            FinReached = true;
        }
        if (Space.Next != before) return SegmentNote.None;
        return seq > Space.Next ? SegmentNote.OutOfOrder : SegmentNote.Duplicate;
    }

    /// <summary>Remembers, for the next acknowledgment, numbers that had arrived before (RFC 2883 4).</summary>
    /// <remarks>One block can be told at a time. Until it is, further ones join it when they meet it; others are given up, as in Linux.</remarks>
    internal void NoteDuplicate(SeqNum left, SeqNum right)
    {
        if (right > Space.Next && left < Space.Next) right = Space.Next;
        if (left == right) return;
        if (_duplicate.Left == _duplicate.Right) _duplicate = new(left, right);
        else if (left <= _duplicate.Right && _duplicate.Left <= right) _duplicate = new(SeqNum.Min(left, _duplicate.Left), SeqNum.Max(right, _duplicate.Right));
    }

    /// <summary>Whether an acknowledgment has more to tell than its number.</summary>
    internal bool HasSackNews => OutOfOrder.Count > 0 || _duplicate.Left != _duplicate.Right;

    /// <summary>Puts what the peer need not send again into an acknowledgment: first what came twice (RFC 2883 4), then what is kept ahead of gaps
    /// (RFC 2018 4, every-ack).</summary>
    /// <param name="options">Of the acknowledgment.</param>
    /// <param name="most">The blocks that it has room for, at least one.</param>
    /// <returns>Whether something that came twice is told.</returns>
    internal bool ReportSack(ref TcpOptions options, int most)
    {
        bool twice = _duplicate.Left != _duplicate.Right;
        if (twice)
        {
            options.AddSack(_duplicate);
            _duplicate = default; // RFC 2883 4: reported once
            most--;
        }
        OutOfOrder.Report(ref options, most, later: Math.Max(Acks.Due - 1, 0));
        return twice;
    }

    /// <summary>Gives data to the user.</summary>
    /// <returns>How many bytes.</returns>
    internal int Read(Span<byte> destination, Instant now)
    {
        int length = _buffer.Read(destination);
        Tuning.OnRead(length, _mss, now);
        return length;
    }

    /// <summary>Shows data to the user and keeps it.</summary>
    /// <returns>How many bytes.</returns>
    internal int Peek(Span<byte> destination)
    {
        int length = Math.Min(destination.Length, _buffer.Count);
        _buffer.Slice(0, length, out ReadOnlySpan<byte> first, out ReadOnlySpan<byte> rest);
        first.CopyTo(destination);
        rest.CopyTo(destination[first.Length..]);
        return length;
    }

    /// <summary>Whether the user has read enough for the peer to hear of it (RFC 9293 3.8.6.2.2): the window would at least double.</summary>
    internal bool WindowUpdateDue
    {
        get
        {
            if (FinReached) return false;
            int room = Room;
            return room - Space.Window >= LeastStep && room >= 2 * Space.Window;
        }
    }

    /// <summary>Promises a window and says how it is written into the header.</summary>
    internal ushort AnnounceWindow()
    {
        // RFC 9293 3.8.6.2.2, MUST-39: the edge moves only by steps worth sending for, or the peer would fill every crack (silly window syndrome).
        int window = Room - Space.Window >= LeastStep ? Room : Space.Window;
        int unit = 1 << WindowShift;
        int scaled = window >> WindowShift;
        // Rounding down would take back up to a unit of what was promised. It is rounded up instead, as long as the slack lasts (RFC 7323 2.4).
        if (Space.Next + scaled * unit < Space.Edge && (scaled + 1) * unit <= Room + Slack) scaled++;
        scaled = Math.Min(scaled, ushort.MaxValue);
        Space.Edge = SeqNum.Max(Space.Edge, Space.Next + scaled * unit);
        return (ushort)scaled;
    }

    /// <summary>Forgets what is kept ahead of gaps: it must come again. A receiver that runs out of memory may do so, though SACK has reported it (RFC 2018 8).</summary>
    internal void ForgetOutOfOrder()
    {
        OutOfOrder.Clear();
        _buffer.Truncate();
        _buffer.ReleaseSpare();
    }

    /// <summary>Gives back the memory that holds nothing.</summary>
    internal void ReleaseSpare()
    {
        _buffer.ReleaseSpare();
        if (OutOfOrder.Count == 0) OutOfOrder.Clear();
    }

    /// <summary>Gives the memory back; what was not read is lost.</summary>
    internal void Release()
    {
        _buffer.Release();
        OutOfOrder.Clear();
    }

    // What could be promised from RCV.NXT on: nothing as long as nobody reads (RFC 9293 3.8.6.1, MAY-8).
    private int Room => Math.Clamp(Tuning.Size - Slack - _buffer.Count, 0, ushort.MaxValue << WindowShift);

    // Rounding up gives away half a unit with every acknowledgment while the user does not read. This lasts until a window of segments has come in.
    private int Slack => WindowShift == 0 ? 0 : Tuning.Size / 32;

    private int LeastStep => Math.Min(Tuning.Size / 2, _mss);

    private static int ShiftFor(int size)
    {
        int shift = 0;
        while (shift < TcpConnection.LargestWindowShift && size >> shift > ushort.MaxValue) shift++;
        return shift;
    }

    // In-order data has come up to a number: what was kept ahead of the gap follows. FIN is no byte of the buffer.
    private SeqNum ReachOutOfOrder(SeqNum end)
    {
        if (end > OutOfOrder[0].Left) NoteDuplicate(OutOfOrder[0].Left, SeqNum.Min(end, OutOfOrder[0].Right));
        SeqNum reached = OutOfOrder.Reach(end);
        return FinSeen ? SeqNum.Min(reached, _fin) : reached;
    }

    private void Advance(SeqNum next)
    {
        int length = next - Space.Next;
        _buffer.Extend(length);
        BytesReceived += length;
        Space.Next = next;
    }
}
