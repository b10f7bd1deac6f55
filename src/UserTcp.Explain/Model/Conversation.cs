using UserTcp.Tcp;
using UserTcp.Tls;
using UserTcp.Wire;

namespace UserTcp.Explain.Model;

/// <summary>One TCP connection as it was seen from first to last segment, with the TLS it carried. Complete in itself: nothing in it changes any more.</summary>
/// <param name="Client">Who sent the first SYN.</param>
/// <param name="Server">The other end.</param>
/// <param name="Watched">The end whose states and numbers are known first hand; null when both are inferred, as from a capture.</param>
/// <param name="Entries">From top to bottom, the middle of a long conversation folded.</param>
/// <param name="Totals">Counts over everything, the folded middle included.</param>
/// <param name="Prologue">What came before: address resolution, names.</param>
/// <param name="Tls">TLS events in order, without keys and without the single records of application data; empty for plain TCP.</param>
/// <param name="ApplicationRecords">Records of application data in both directions.</param>
internal sealed record Conversation(
    IpEndpoint Client,
    IpEndpoint Server,
    Side? Watched,
    IReadOnlyList<Entry> Entries,
    ConversationTotals Totals,
    IReadOnlyList<PrologueLine> Prologue,
    IReadOnlyList<TlsEvent> Tls,
    ApplicationRecords ApplicationRecords)
{
    /// <summary>The arrows that were kept.</summary>
    internal IEnumerable<Arrow> Arrows => Entries.OfType<Arrow>();

    internal IpEndpoint Endpoint(Side side) => side == Side.Client ? Client : Server;

    /// <summary>The kept segments of one direction that carried any byte of a range of its stream.</summary>
    internal IReadOnlyList<int> SegmentsOf(Side from, TlsStreamRange range)
        => [.. Arrows.Where(arrow => arrow.From == from && arrow.Length > 0 && arrow.Note != SegmentNote.Refused
            && arrow.StreamOffset <= range.Last && arrow.StreamOffset + arrow.Length > range.First).Select(arrow => arrow.Number)];
}

/// <summary>One line of what came before the connection.</summary>
/// <param name="At">When, on the clock of the stack.</param>
/// <param name="Text">What.</param>
internal sealed record PrologueLine(Instant At, string Text);

/// <summary>Counts over a whole conversation.</summary>
internal readonly record struct ConversationTotals(
    long Segments, long ClientBytes, long ServerBytes, long Equations, long FalseEquations, long Retransmissions, long OutOfOrder, long Refused);

/// <summary>TLS records of application data, by direction.</summary>
internal readonly record struct ApplicationRecords(long Sent, long SentBytes, long Received, long ReceivedBytes);
