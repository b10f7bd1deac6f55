using System.Globalization;
using UserTcp.Explain.Lesson;
using UserTcp.Explain.Model;
using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp.Explain.Text;

/// <summary>Draws arrows between two lanes: the client's state on the left, the server's on the right, label above and equations below.</summary>
internal sealed class LaneDrawing
{
    /// <summary>Room for "SYN-RECEIVED*" and a space.</summary>
    private const int Gutter = 14;

    private readonly Ladder _ladder;
    private readonly List<LadderLine> _lines;
    private readonly int _inner;
    private readonly HashSet<string> _cited = [];
    private LaneState? _client, _server;

    /// <summary>Draws into a list of lines.</summary>
    /// <param name="ladder">What is drawn.</param>
    /// <param name="width">Columns of a line.</param>
    /// <param name="lines">Where to.</param>
    internal LaneDrawing(Ladder ladder, int width, List<LadderLine> lines)
    {
        _ladder = ladder;
        _lines = lines;
        _inner = width - 2 * Gutter - 2;
    }

    private int BelowWidth => _inner - 3;

    internal LadderStyle StyleOf(Side side) => side == (_ladder.Conversation.Watched ?? Side.Client) ? LadderStyle.Ours : LadderStyle.Theirs;

    internal void Draw(IReadOnlyList<Entry> entries)
    {
        for (int i = 0; i < entries.Count; i++)
        {
            if (i > 0) Lane("", new StyledText(), "");
            switch (entries[i])
            {
                case Arrow arrow: Draw(arrow); break;
                case Happening happening: Draw(happening); break;
                case Fold fold: Draw(fold); break;
            }
        }
    }

    private void Draw(Arrow arrow)
    {
        Label(arrow);
        Shaft(arrow);
        foreach (StateChangedEvent change in arrow.Changes)
            Below(new StyledText().Add($"{change.From.Name()} → {change.To.Name()}: {change.Reason}", LadderStyle.Dim));
        if (_ladder.Cargo.TryGetValue(arrow.Number, out IReadOnlyList<string>? cargo))
            Below(new StyledText().Add("carries ", LadderStyle.Dim).Add(string.Join(", ", cargo), StyleOf(arrow.From)));
        else if (arrow.Length > 0 && _ladder.Conversation.Tls.Count > 0)
            Below(new StyledText().Add("carries ", LadderStyle.Dim).Add("encrypted application data", StyleOf(arrow.From)));
        foreach (Equation equation in arrow.Equations) Below(Of(equation));
        string window = arrow.Has(TcpFlags.Syn) ? $"window {arrow.Header.Window}; " : "";
        if (arrow.OptionsAreNews) Below(new StyledText().Add($"{window}options: {OptionWords.Of(arrow.Options)}", LadderStyle.Dim));
        if (arrow.Header.Window == 0 && !arrow.Has(TcpFlags.Rst)) Below(new StyledText().Add("window 0: no room for more data", LadderStyle.State));
        if (arrow.Reason is not null) Below(new StyledText().Add(arrow.Reason, arrow.Note == SegmentNote.Refused ? LadderStyle.Bad : LadderStyle.Dim));
    }

    private void Label(Arrow arrow)
    {
        LadderStyle style = StyleOf(arrow.From);
        string head = $"#{arrow.Number} {arrow.FlagNames}";
        string numbers = string.Create(CultureInfo.InvariantCulture, $"seq {arrow.Header.Seq} ({arrow.RelativeSeq})");
        if (arrow.Has(TcpFlags.Ack)) numbers += string.Create(CultureInfo.InvariantCulture, $"  ack {arrow.Header.Ack} ({arrow.RelativeAck})");
        string tail = string.Create(CultureInfo.InvariantCulture, $"len {arrow.Length}");
        string time = string.Create(CultureInfo.InvariantCulture, $"+{arrow.At.TotalMilliseconds:F3} ms");
        if (head.Length + numbers.Length + tail.Length + 6 <= _inner)
        {
            Lane(time, new StyledText().Add(" ").Add(head, style).Add("  ").Add(numbers).Add("  ").Add(tail), "", LadderStyle.Dim);
            return;
        }
        Lane(time, new StyledText().Add(" ").Add(head, style).Add("  ").Add(tail), "", LadderStyle.Dim);
        Lane("", new StyledText().Add("    ").Add(numbers), "");
    }

    private void Shaft(Arrow arrow)
    {
        LadderStyle style = StyleOf(arrow.From);
        string note = arrow.Note switch
        {
            SegmentNote.None => "",
            SegmentNote.Retransmission => " sent again ",
            SegmentNote.WindowProbe => " window probe ",
            SegmentNote.ChallengeAck => " challenge ACK ",
            SegmentNote.WindowUpdate => " window update ",
            SegmentNote.KeepAlive => " keep-alive ",
            SegmentNote.Duplicate => " nothing new ",
            SegmentNote.OutOfOrder => " early: kept ",
            _ => " refused ",
        };
        var line = new StyledText();
        State(line, arrow.Client, ref _client);
        line.PadTo(Gutter);
        string shaft = note.PadLeft((_inner + note.Length) / 2, '─').PadRight(_inner - 1, '─');
        if (arrow.From == Side.Client) line.Add("├").Add($"{shaft}▶", style).Add("│ ");
        else line.Add("│").Add($"◀{shaft}", style).Add("┤ ");
        State(line, arrow.Server, ref _server);
        _lines.Add(line.ToLine());
    }

    private void Draw(Happening happening)
    {
        var text = new StyledText().Add("◷ ", StyleOf(happening.Where)).Add(happening.Text, LadderStyle.Dim);
        bool first = true;
        foreach (StyledText piece in text.Wrap(_inner - 2, 2))
        {
            var line = new StyledText();
            if (first) State(line, happening.Client, ref _client);
            line.PadTo(Gutter).Add("│ ").Add(piece).PadTo(Gutter + 1 + _inner).Add("│ ");
            if (first) State(line, happening.Server, ref _server);
            _lines.Add(line.ToLine());
            first = false;
        }
    }

    private void Draw(Fold fold)
    {
        string counts = string.Create(CultureInfo.InvariantCulture,
            $"⋮ {fold.Segments:N0} segments: {fold.FromClient:N0} → with {fold.ClientBytes:N0} bytes, {fold.FromServer:N0} ← with {fold.ServerBytes:N0} bytes");
        Below(new StyledText().Add(counts, LadderStyle.Dim));
        bool hold = fold.FalseEquations == 0;
        string verdict = hold
            ? string.Create(CultureInfo.InvariantCulture, $"⋮ all {fold.Equations:N0} equations hold ✓")
            : string.Create(CultureInfo.InvariantCulture, $"⋮ {fold.FalseEquations:N0} of {fold.Equations:N0} equations do NOT hold ✗");
        Below(new StyledText().Add(verdict, hold ? LadderStyle.Good : LadderStyle.Bad));
        if (fold.Retransmissions + fold.OutOfOrder > 0)
            Below(new StyledText().Add($"⋮ {fold.Retransmissions} sent again, {fold.OutOfOrder} came early or twice", LadderStyle.Dim));
    }

    /// <summary>
    /// "ack 4011 = their seq 4010 + 0 bytes + SYN 1 ✓ (RFC 9293 3.4)". A citation that does not fit on the line is left out when it stands
    /// further up already, and relative numbers are left to the label; a remark and everything about a false equation stays.
    /// </summary>
    private StyledText Of(in Equation equation)
    {
        LadderStyle verdict = equation.Holds ? LadderStyle.Good : LadderStyle.Bad;
        var text = new StyledText().Add(equation.ToString(), equation.Holds ? LadderStyle.Equation : LadderStyle.Bad).Add(equation.Holds ? " ✓" : " ✗ FALSE", verdict);
        string citation = $" ({equation.Rule})";
        if (_cited.Add(equation.Rule) || !equation.Holds || text.Length + citation.Length <= BelowWidth) text.AddUnbroken(citation, LadderStyle.Dim);
        if (equation.Remark is not null) text.Add($": {equation.Remark}", equation.Holds ? LadderStyle.Dim : LadderStyle.Bad);
        string relative = $"  relative {equation.Relative}";
        if (text.Length + relative.Length <= BelowWidth) text.Add(relative, LadderStyle.Dim);
        return text;
    }

    private void Below(StyledText text)
    {
        foreach (StyledText piece in text.Wrap(BelowWidth, 2)) Lane("", new StyledText().Add("  ").Add(piece), "");
    }

    private void Lane(string left, StyledText middle, string right, LadderStyle gutter = LadderStyle.Plain)
        => _lines.Add(new StyledText().Add(left, gutter).PadTo(Gutter).Add("│").Add(middle).PadTo(Gutter + 1 + _inner).Add("│ ").Add(right).ToLine());

    private static void State(StyledText line, LaneState state, ref LaneState? before)
    {
        bool entered = before?.State != state.State;
        line.Add($"{state.State.Name()}{(state.Inferred ? "*" : "")}", entered ? LadderStyle.State : LadderStyle.Dim);
        before = state;
    }
}
