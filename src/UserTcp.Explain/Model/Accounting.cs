using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp.Explain.Model;

/// <summary>Explains the numbers of a segment by what was seen before it (RFC 9293 3.4).</summary>
/// <remarks>
/// The explanation is chosen by what the segment claims to be; the arithmetic is then left to <see cref="Equation.Holds"/>:
/// <list type="bullet">
/// <item>new data stands behind everything sent before;</item>
/// <item>data sent again has the number it had the first time;</item>
/// <item>a keep-alive and a probe of an empty window stand one before the next number;</item>
/// <item>a segment that came early leaves a gap, which is a term of its own;</item>
/// <item>an acknowledgment names the number behind a segment of the other end, or a place inside it, and never more than was sent.</item>
/// </list>
/// What fits none of them gets the equation of the plain case, which is then false.
/// </remarks>
internal static class Accounting
{
    private const string Numbers = "RFC 9293 3.4";

    /// <summary>Where seq comes from. Ask before the segment is entered into the ledger. Null when nothing seen before can say.</summary>
    /// <param name="own">The sender's sequence space.</param>
    /// <param name="theirAck">The last acknowledgment that the other end sent.</param>
    /// <param name="header">The segment's header.</param>
    /// <param name="length">Bytes of data.</param>
    /// <param name="note">What the watched end says about the segment.</param>
    /// <param name="sentByWatched">True when the watched end sent it: then it must follow on without a gap.</param>
    internal static Equation? Seq(SequenceLedger own, SeqNum? theirAck, in TcpHeader header, int length, SegmentNote note, bool sentByWatched)
    {
        bool syn = (header.Flags & TcpFlags.Syn) != 0, fin = (header.Flags & TcpFlags.Fin) != 0, rst = (header.Flags & TcpFlags.Rst) != 0;
        if (syn)
        {
            SeqNum isn = own.Started ? own.Origin : header.Seq;
            return new("seq", header.Seq, isn, "our ISN", 0, null, false, false, 0, isn, "RFC 9293 3.4.1", null);
        }
        if (!own.Started) return null;
        long seq = own.Relative(header.Seq);
        long end = seq + length + (fin ? 1 : 0);
        Equation plain = Plain(own, seq == own.Contiguous ? own.Contiguous : own.Highest, header.Seq);
        if (seq == own.Highest) return plain;
        if (rst && header.Seq == theirAck)
            return plain with { Base = header.Seq, BaseName = "their ack", Delta = 0, DeltaName = null, Syn = false, Fin = false, Rule = "RFC 9293 3.5.2" };
        if (seq == own.Contiguous) return plain with { Remark = "fills the gap in front of what came early" };
        if (seq > own.Highest) return sentByWatched || rst || note == SegmentNote.Refused || (note == SegmentNote.None && length > 0) ? plain : Early(own, seq, plain);
        if (seq == own.Highest - 1 && end <= own.Highest && !fin && (length == 0 || note is SegmentNote.KeepAlive))
        {
            bool probe = note == SegmentNote.WindowProbe;
            return Behind(own, seq, plain, "byte already sent") with
            {
                Rule = probe ? "RFC 9293 3.8.6.1" : "RFC 9293 3.8.4",
                Remark = probe ? "brings nothing new, so that the window's owner must answer" : "brings nothing new, so that the other end must answer",
            };
        }
        bool claimsToBeNew = sentByWatched && note == SegmentNote.None && end > seq && end <= own.Highest;
        if (claimsToBeNew || note == SegmentNote.Refused) return plain;
        return Again(own, seq, end, plain);
    }

    /// <summary>Where ack comes from. Null without ACK, or when nothing of the other end was seen yet.</summary>
    /// <param name="theirs">The other end's sequence space.</param>
    /// <param name="header">The segment's header.</param>
    /// <param name="receiveNext">RCV.NXT of the sender, when it is the watched end: ack has to be just that.</param>
    internal static Equation? Ack(SequenceLedger theirs, in TcpHeader header, SeqNum? receiveNext)
    {
        if ((header.Flags & TcpFlags.Ack) == 0 || !theirs.Started) return null;
        if (receiveNext is SeqNum next && next != header.Ack)
            return new("ack", header.Ack, next, "our RCV.NXT", 0, null, false, false, 0, theirs.Origin, "RFC 9293 3.10.7.4", null);
        long ack = theirs.Relative(header.Ack);
        if (ack > theirs.Contiguous || ack < 0)
        {
            return Of("ack", header.Ack, theirs, theirs.Before(theirs.Contiguous), theirs.Contiguous, "their seq") with
            {
                Remark = ack > theirs.Contiguous ? "acknowledges what was never seen" : "acknowledges less than nothing",
            };
        }
        Stretch? before = theirs.Before(ack);
        return before is Stretch part && part.End > ack
            ? new("ack", header.Ack, theirs.Absolute(part.Start), "their seq", (int)(ack - part.Start) - (part.Syn ? 1 : 0), "bytes", part.Syn, false,
                0, theirs.Origin, Numbers, $"a part of what #{part.Segment} carried")
            : Of("ack", header.Ack, theirs, before, ack, "their seq");
    }

    private static Equation Plain(SequenceLedger own, long expected, SeqNum seq) => Of("seq", seq, own, own.Before(expected), expected, "our last seq");

    /// <summary>value = seq of a stretch + what it carried; without a stretch, value = the number that is next.</summary>
    private static Equation Of(string subject, SeqNum value, SequenceLedger ledger, Stretch? stretch, long expected, string baseName)
        => stretch is Stretch known
            ? new(subject, value, ledger.Absolute(known.Start), baseName, known.Bytes, "bytes", known.Syn, known.Fin, 0, ledger.Origin, Numbers, null)
            : Behind(ledger, ledger.Relative(value),
                new(subject, value, default, baseName == "their seq" ? "their next seq" : "our next seq", 0, null, false, false, 0, ledger.Origin, Numbers, null),
                "bytes", expected);

    private static Equation Early(SequenceLedger own, long seq, in Equation plain) => plain with
    {
        Base = own.Absolute(own.Contiguous),
        BaseName = "our seq expected next",
        Delta = (int)(seq - own.Contiguous),
        DeltaName = "bytes not seen yet",
        Syn = false,
        Fin = false,
        Remark = "ahead of a gap",
    };

    private static Equation Again(SequenceLedger own, long seq, long end, in Equation plain)
    {
        Equation again = own.At(seq) is Stretch first
            ? plain with
            {
                Base = own.Absolute(first.Start),
                BaseName = "our seq",
                BaseSegment = first.Segment,
                Delta = (int)(seq - first.Start),
                DeltaName = seq == first.Start ? null : first.Syn ? "numbers" : "bytes",
                Syn = false,
                Fin = false,
            }
            : Behind(own, seq, plain, "bytes");
        long old = Math.Min(end, own.Highest) - seq;
        return again with
        {
            Rule = "RFC 9293 3.8.1",
            Remark = end == seq ? "an old number" : end > own.Highest ? $"{old} of them again, the rest is new" : "the same numbers again",
        };
    }

    private static Equation Behind(SequenceLedger ledger, long value, in Equation plain, string unit, long? from = null)
    {
        long next = from ?? ledger.Highest;
        return plain with
        {
            Base = ledger.Absolute(next),
            BaseName = plain.BaseName.Replace("last seq", "next seq", StringComparison.Ordinal),
            Delta = (int)(value - next),
            DeltaName = value == next ? null : unit,
            Syn = false,
            Fin = false,
        };
    }
}
