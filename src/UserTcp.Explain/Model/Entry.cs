using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp.Explain.Model;

/// <summary>One thing on a ladder, from top to bottom.</summary>
/// <param name="At">Time since the first entry.</param>
internal abstract record Entry(TimeSpan At);

/// <summary>One segment: an arrow from one lane to the other.</summary>
/// <param name="Number">Counted from 1 over both directions.</param>
/// <param name="At">Time since the first entry.</param>
/// <param name="From">Who sent it.</param>
/// <param name="Header">Its header, with absolute numbers.</param>
/// <param name="Options">Its options.</param>
/// <param name="OptionsAreNews">False when its sender has shown the same options before; clock values do not count.</param>
/// <param name="Length">Bytes of data.</param>
/// <param name="RelativeSeq">seq counted from the sender's initial sequence number, as Wireshark shows it.</param>
/// <param name="RelativeAck">ack counted from the other end's initial sequence number; 0 without ACK.</param>
/// <param name="Note">Why it was sent, or what became of it.</param>
/// <param name="Reason">A sentence for <paramref name="Note"/>.</param>
/// <param name="Seq">Where seq comes from; null when nothing seen before can say.</param>
/// <param name="Ack">Where ack comes from; null without ACK or when nothing seen before can say.</param>
/// <param name="Client">The client's state after it.</param>
/// <param name="Server">The server's state after it.</param>
/// <param name="Changes">The changes of state that go with it at the end that was watched.</param>
internal sealed record Arrow(
    int Number,
    TimeSpan At,
    Side From,
    TcpHeader Header,
    TcpOptions Options,
    bool OptionsAreNews,
    int Length,
    long RelativeSeq,
    long RelativeAck,
    SegmentNote Note,
    string? Reason,
    Equation? Seq,
    Equation? Ack,
    LaneState Client,
    LaneState Server,
    IReadOnlyList<StateChangedEvent> Changes) : Entry(At)
{
    /// <summary>SEG.LEN: data, SYN and FIN (RFC 9293 3.4).</summary>
    internal int SequenceLength => Length + (Has(TcpFlags.Syn) ? 1 : 0) + (Has(TcpFlags.Fin) ? 1 : 0);

    /// <summary>The equations that could be checked, the false ones too.</summary>
    internal IEnumerable<Equation> Equations
    {
        get
        {
            if (Seq is Equation seq) yield return seq;
            if (Ack is Equation ack) yield return ack;
        }
    }

    /// <summary>Whether a checked equation is false.</summary>
    internal bool HasFalseEquation => Seq is { Holds: false } || Ack is { Holds: false };

    /// <summary>Where its data starts in the byte stream of its direction; the SYN takes relative number 0.</summary>
    internal long StreamOffset => RelativeSeq - 1 + (Has(TcpFlags.Syn) ? 1 : 0);

    internal bool Has(TcpFlags flag) => (Header.Flags & flag) != 0;

    internal LaneState State(Side side) => side == Side.Client ? Client : Server;

    /// <summary>The control bits in the order in which books name them, such as "FIN, ACK".</summary>
    internal string FlagNames
    {
        get
        {
            Span<TcpFlags> order = [TcpFlags.Syn, TcpFlags.Fin, TcpFlags.Rst, TcpFlags.Psh, TcpFlags.Urg, TcpFlags.Ece, TcpFlags.Cwr, TcpFlags.Ack];
            var names = new List<string>();
            foreach (TcpFlags flag in order)
            {
                if (Has(flag)) names.Add(flag.ToString().ToUpperInvariant());
            }
            return names.Count == 0 ? "no flags" : string.Join(", ", names);
        }
    }
}

/// <summary>Something that happened at the watched end without a segment: a timer, a change of state.</summary>
/// <param name="At">Time since the first entry.</param>
/// <param name="Where">The end it happened at.</param>
/// <param name="Text">What, in a sentence.</param>
/// <param name="Client">The client's state after it.</param>
/// <param name="Server">The server's state after it.</param>
internal sealed record Happening(TimeSpan At, Side Where, string Text, LaneState Client, LaneState Server) : Entry(At);

/// <summary>Segments that were checked one by one and then let go, so that a long transfer fits on a page.</summary>
/// <param name="At">Time of the first of them.</param>
/// <param name="Until">Time of the last of them.</param>
/// <param name="FromClient">Segments the client sent.</param>
/// <param name="FromServer">Segments the server sent.</param>
/// <param name="ClientBytes">Their data in bytes.</param>
/// <param name="ServerBytes">Their data in bytes.</param>
/// <param name="Equations">Equations checked.</param>
/// <param name="FalseEquations">Those that did not hold and for which there was no room of their own.</param>
/// <param name="Retransmissions">Segments that were sent again.</param>
/// <param name="OutOfOrder">Segments that came early or twice.</param>
internal sealed record Fold(
    TimeSpan At, TimeSpan Until, long FromClient, long FromServer, long ClientBytes, long ServerBytes,
    long Equations, long FalseEquations, long Retransmissions, long OutOfOrder) : Entry(At)
{
    /// <summary>Segments of both directions.</summary>
    internal long Segments => FromClient + FromServer;
}
