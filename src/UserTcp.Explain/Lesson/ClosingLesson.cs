using UserTcp.Explain.Model;
using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp.Explain.Lesson;

/// <summary>Explains how a connection ended: the four waves and their relations, or which of them are missing and why (RFC 9293 3.6).</summary>
internal sealed class ClosingLesson
{
    private readonly Arrow[] _arrows;
    private readonly Arrow? _reset;

    private ClosingLesson(IReadOnlyList<Entry> entries)
    {
        _arrows = [.. entries.OfType<Arrow>().Where(a => a.Note != SegmentNote.Refused)];
        _reset = _arrows.FirstOrDefault(a => a.Has(TcpFlags.Rst));
        First = _arrows.FirstOrDefault(a => a.Has(TcpFlags.Fin));
        if (First is null) return;
        Second = _arrows.FirstOrDefault(a => a.From != First.From && a.Has(TcpFlags.Fin));
        FirstAnswer = _arrows.FirstOrDefault(a => a.From != First.From && Acknowledges(a, First));
        SecondAnswer = Second is null ? null : _arrows.FirstOrDefault(a => a.From == First.From && Acknowledges(a, Second));
    }

    /// <summary>The FIN of the end that closed first.</summary>
    private Arrow? First { get; }

    /// <summary>The other end's FIN.</summary>
    private Arrow? Second { get; }

    /// <summary>What acknowledged the first FIN first.</summary>
    private Arrow? FirstAnswer { get; }

    /// <summary>What acknowledged the second FIN.</summary>
    private Arrow? SecondAnswer { get; }

    internal static Section Of(IReadOnlyList<Entry> entries) => new ClosingLesson(entries).Explain(entries);

    private Section Explain(IReadOnlyList<Entry> entries)
    {
        if (First is null) return new("Closing: reset", [ResetText()], entries, []);
        var text = new List<string>();
        string title;
        if (_reset is not null)
        {
            title = "Closing: cut short by a reset";
            text.Add(ResetText());
        }
        else if (Second is null)
        {
            title = "Closing: one side only";
            text.Add($"The {First.From.Name()} has said that it will send no more; the {First.From.Other().Name()} may still send (half-closed, RFC 9293 3.6). Its own FIN was not seen.");
        }
        else if (AtOnce)
        {
            title = "Closing: both at once";
            text.Add("Both ends sent their FIN before they saw the other's: neither FIN acknowledges the other (RFC 9293 3.6, case 3, figure 13). So both go through CLOSING, "
                + "and both wait in TIME-WAIT.");
        }
        else if (Merged)
        {
            title = "Closing: four waves in three segments";
            text.Add($"The {Second.From.Name()} had nothing left to send when the FIN came, and closed at once: its acknowledgment and its own FIN share segment #{Second.Number}. "
                + "Waves 2 and 3 are still two facts, each with its number; RFC 9293 3.6 asks for both, not for two segments. CLOSE-WAIT was passed through and is not seen.");
        }
        else
        {
            title = "Closing: the four-way handshake";
            text.Add("Each direction is closed by itself: a FIN says \"no more from me\" and counts as one number, so that its acknowledgment is exact; twice two segments (RFC 9293 3.6, figure 12).");
        }
        text.Add("Why the first FIN carries ACK: once a connection is open every segment does; the field costs nothing, and a segment without it is thrown away (RFC 9293 3.10.7.4, fifth).");
        if (BytesBetween is long bytes and > 0)
        {
            text.Add($"Between waves 2 and 3 the {Second!.From.Name()} sent {TlsWords.Bytes(bytes)} more: after the other end's FIN it may finish what it has to say. That is CLOSE-WAIT.");
        }
        var blocks = new List<Block> { Relations() };
        if (TimeWait() is Block timeWait) blocks.Add(timeWait);
        return new(title, text, entries, blocks);
    }

    /// <summary>Neither FIN acknowledges the other.</summary>
    private bool AtOnce => Second is not null && !Acknowledges(Second, First!);

    /// <summary>The first acknowledgment of the first FIN is the second FIN.</summary>
    private bool Merged => Second is not null && FirstAnswer is not null && FirstAnswer.Number == Second.Number;

    private long? BytesBetween => Second is null || FirstAnswer is null
        ? null
        : _arrows.Where(a => a.From == Second.From && a.Number > FirstAnswer.Number && a.Number <= Second.Number).Sum(a => (long)a.Length);

    private Block Relations()
    {
        SeqNum u = FinNumber(First!);
        var facts = new List<Fact> { Wave(1, First!, "seq = u", Named("u", First!)) };
        if (Second is null)
        {
            if (FirstAnswer is not null) facts.Add(Answer(2, FirstAnswer, "ack = u + 1", FirstAnswer.Header.Ack, u));
            return new("The relations, evaluated", null, null, facts);
        }
        SeqNum w = FinNumber(Second);
        if (AtOnce)
        {
            facts.Add(Wave(2, Second, "seq = w", Named("w", Second)));
            facts.Add(Further("ack ≠ u + 1", $"{Second.Header.Ack}: it had not seen u yet"));
            if (FirstAnswer is not null) facts.Add(Answer(3, FirstAnswer, "ack = u + 1", FirstAnswer.Header.Ack, u));
            if (SecondAnswer is not null) facts.Add(Answer(4, SecondAnswer, "ack = w + 1", SecondAnswer.Header.Ack, w));
            return new("The relations, evaluated", null, null, facts);
        }
        if (Merged) facts.Add(new("2  ACK", $"merged into wave 3, #{Second.Number}"));
        else if (FirstAnswer is not null) facts.Add(Answer(2, FirstAnswer, "ack = u + 1", FirstAnswer.Header.Ack, u));
        facts.Add(Wave(3, Second, "seq = w", Named("w", Second)));
        facts.Add(Answer(0, Second, Merged ? "ack = u + 1" : "ack = u + 1, again", Second.Header.Ack, u));
        if (SecondAnswer is null)
        {
            facts.Add(new("4", $"not seen: the {First!.From.Name()} has not acknowledged w"));
            return new("The relations, evaluated", null, null, facts);
        }
        facts.Add(Answer(4, SecondAnswer, "seq = u + 1", SecondAnswer.Header.Seq, u));
        facts.Add(Answer(0, SecondAnswer, "ack = w + 1", SecondAnswer.Header.Ack, w));
        return new("The relations, evaluated", null, null, facts);
    }

    private static Fact Wave(int wave, Arrow arrow, string relation, string value)
        => new($"{wave}  {arrow.FlagNames}", $"{$"#{arrow.Number}",-5}{relation,-20}{value}");

    private static Fact Further(string relation, string value) => new("", $"{"",-5}{relation,-20}{value}");

    /// <summary>A relation of the form number = fin + 1; wave 0 continues the line above.</summary>
    private static Fact Answer(int wave, Arrow arrow, string relation, SeqNum number, SeqNum fin)
    {
        bool holds = number == fin + 1;
        string value = $"{number} {(holds ? "=" : "≠")} {fin} + 1 {(holds ? '✓' : '✗')}";
        return (wave == 0 ? Further(relation, value) : Wave(wave, arrow, relation, value)) with { Tone = holds ? Tone.Good : Tone.Bad };
    }

    private Block? TimeWait()
    {
        Side[] waiting = [.. new[] { Side.Client, Side.Server }.Where(side => _arrows.Any(a => a.State(side).State == TcpState.TimeWait))];
        if (waiting.Length == 0 || _reset is not null) return null;
        string who = waiting.Length == 2 ? "both ends wait" : $"the {waiting[0].Name()} waits: it closed first";
        return new("TIME-WAIT", waiting.Length == 1 ? waiting[0] : null, null,
        [
            new("who", who),
            new("how long", "2 MSL, twice the longest life of a segment; Linux and we take 2 × 30 s, RFC 9293 3.4.2 says 2 × 2 min"),
            new("why", "the last ACK may be lost: the other end would send its FIN again, and somebody must be there to answer it"),
            new("", "and an old segment of this connection must not be taken for one of the next between the same two ports (RFC 9293 3.6.1)"),
        ]);
    }

    private string ResetText()
    {
        string who = _reset!.From.Name(), other = _reset.From.Other().Name();
        return $"The {who} ended it with RST in #{_reset.Number}: no more data, no acknowledgment, no TIME-WAIT; what was on its way is lost (RFC 9293 3.5.2, 3.10.7.4). "
            + $"It says that the {who} has thrown the connection away, or never knew it: an abort, a crash, or data for a program that had closed already. "
            + $"The {other} believes it because its number is exact (RFC 5961 3.2).";
    }

    /// <summary>The number that the FIN itself takes: behind the data that shares its segment.</summary>
    private static SeqNum FinNumber(Arrow arrow) => arrow.Header.Seq + arrow.Length;

    private static string Named(string letter, Arrow fin)
        => $"{letter} = {FinNumber(fin)} (relative {fin.RelativeSeq + fin.Length}){(fin.Length == 0 ? "" : $", behind {TlsWords.Bytes(fin.Length)} in the same segment")}";

    private static bool Acknowledges(Arrow answer, Arrow fin) => answer.Has(TcpFlags.Ack) && answer.Header.Ack > FinNumber(fin);
}
