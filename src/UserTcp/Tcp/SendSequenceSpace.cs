using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>The send sequence variables (RFC 9293 3.3.1, figure 3).</summary>
/// <remarks><code>
///           1         2          3          4
///      ----------|----------|----------|----------
///             SND.UNA    SND.NXT    SND.UNA
///                                  +SND.WND
///
/// 1 - acknowledged        2 - sent, not acknowledged
/// 3 - may be sent now     4 - may not be sent yet
/// </code></remarks>
internal struct SendSequenceSpace(SeqNum initial)
{
    /// <summary>ISS: the number of our SYN.</summary>
    internal readonly SeqNum Initial = initial;

    /// <summary>SND.UNA: the oldest number that is not acknowledged.</summary>
    internal SeqNum Unacknowledged = initial;

    /// <summary>SND.NXT: the next number to send.</summary>
    internal SeqNum Next = initial;

    /// <summary>SND.WND: what the peer lets us send beyond SND.UNA (bytes, scaled up; RFC 9293 3.1, REC-1).</summary>
    internal int Window;

    /// <summary>MAX.SND.WND: the largest window ever offered (RFC 9293 3.8.6.2.1, RFC 5961 5).</summary>
    internal int LargestWindow;

    private SeqNum _windowUpdateSeq; // SND.WL1
    private SeqNum _windowUpdateAck; // SND.WL2

    /// <summary>Sequence numbers in flight, the part marked 2.</summary>
    internal readonly int InFlight => Next - Unacknowledged;

    /// <summary>The part marked 3; negative when the peer has taken back what it had offered.</summary>
    internal readonly int Usable => Unacknowledged + Window - Next;

    /// <summary>The number for a segment without data: SND.NXT, unless the peer has taken back what it had offered. Then it is the edge of what is left:
    /// beyond it the peer drops the whole segment and never sees its ACK or RST (RFC 9293 3.10.7.4, first), and when both sides have data in flight
    /// neither ever gets an acknowledgment through. Linux: tcp_acceptable_seq.</summary>
    internal readonly SeqNum Acceptable => SynAcknowledged && Usable < 0 ? Unacknowledged + Window : Next;

    /// <summary>Whether our SYN is acknowledged.</summary>
    internal readonly bool SynAcknowledged => Unacknowledged != Initial;

    /// <summary>Takes over the window of a segment unless the segment is older than the one that last set it.</summary>
    /// <returns>Whether SND.WND changed.</returns>
    internal bool UpdateWindow(SeqNum seq, SeqNum ack, int window)
    {
        // RFC 9293 3.10.7.4, fifth: SND.WL1 < SEG.SEQ or (SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK); an old segment must not take the window back.
        if (!(_windowUpdateSeq < seq || (_windowUpdateSeq == seq && _windowUpdateAck <= ack))) return false;
        bool changed = Window != window;
        SetWindow(seq, ack, window);
        return changed;
    }

    /// <summary>Takes over the first window, that of the segment with which the connection opens.</summary>
    internal void SetWindow(SeqNum seq, SeqNum ack, int window)
    {
        Window = window;
        LargestWindow = Math.Max(LargestWindow, window);
        _windowUpdateSeq = seq;
        _windowUpdateAck = ack;
    }
}
