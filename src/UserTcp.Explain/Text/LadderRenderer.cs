using System.Globalization;
using UserTcp.Explain.Lesson;
using UserTcp.Explain.Model;

namespace UserTcp.Explain.Text;

/// <summary>Draws a lesson for a terminal: headings, text, the two lanes with their arrows, and what the messages say.</summary>
internal sealed class LadderRenderer
{
    /// <summary>Below this the lanes leave no room for a label.</summary>
    internal const int NarrowestWidth = 80;

    /// <summary>Above this the eye loses the arrow on its way.</summary>
    internal const int WidestWidth = 160;

    private const int FactIndent = 5, FactNameWidth = 20;

    private readonly Ladder _ladder;
    private readonly int _width;
    private readonly List<LadderLine> _lines = [];
    private readonly LaneDrawing _lanes;

    private LadderRenderer(Ladder ladder, int width)
    {
        _ladder = ladder;
        _width = Math.Clamp(width, NarrowestWidth, WidestWidth);
        _lanes = new(ladder, _width, _lines);
    }

    /// <summary>Draws the whole ladder.</summary>
    /// <param name="ladder">What to draw.</param>
    /// <param name="width">Columns of the terminal, taken as 80 to 160.</param>
    internal static IReadOnlyList<LadderLine> Render(Ladder ladder, int width)
    {
        var renderer = new LadderRenderer(ladder, width);
        renderer.Header();
        foreach (Section section in ladder.Sections) renderer.Draw(section);
        renderer.Account();
        return renderer._lines;
    }

    /// <summary>Draws the whole ladder as text without colours.</summary>
    internal static void Write(TextWriter writer, Ladder ladder, int width)
    {
        foreach (LadderLine line in Render(ladder, width)) writer.WriteLine(line.ToString());
    }

    private void Header()
    {
        Conversation conversation = _ladder.Conversation;
        string client = $"client {conversation.Client}", server = $"{conversation.Server} server";
        if (conversation.Watched is Side watched)
        {
            client += watched == Side.Client ? " (we)" : "";
            server = watched == Side.Server ? $"(we) {server}" : server;
        }
        _lines.Add(new StyledText().Add(" ").Add(client, _lanes.StyleOf(Side.Client)).PadTo(_width - 1 - server.Length).Add(server, _lanes.StyleOf(Side.Server)).ToLine());
        Paragraph("(n) counts from the ISN, as Wireshark does. Each equation speaks for the sender of its segment: \"our\" is its own, \"their\" the other end's. "
            + "* a state that nobody told us: it follows from what that end sent and must have received.", LadderStyle.Dim);
    }

    private void Draw(Section section)
    {
        Blank();
        _lines.Add(new StyledText().Add($"━━ {section.Title} ", LadderStyle.Heading).PadTo(_width, '━', LadderStyle.Heading).ToLine());
        foreach (string paragraph in section.Paragraphs) Paragraph(paragraph, LadderStyle.Plain);
        if (section.Entries.Count > 0)
        {
            if (section.Paragraphs.Count > 0) Blank();
            _lanes.Draw(section.Entries);
        }
        foreach (Block block in section.Blocks) Draw(block);
    }

    private void Draw(Block block)
    {
        if (_lines[^1].Runs.Count > 0) Blank();
        var title = new StyledText().Add("   ");
        title.Add(block.Title, block.From is Side from ? _lanes.StyleOf(from) : LadderStyle.Heading);
        if (block.Where is not null) title.Add("  ").Add(block.Where, LadderStyle.Dim);
        foreach (StyledText piece in title.Wrap(_width, 5)) _lines.Add(piece.ToLine());
        int column = FactIndent + (block.Facts.All(fact => fact.Name.Length == 0) ? 0 : FactNameWidth);
        foreach (Fact fact in block.Facts) Draw(fact, column);
    }

    private void Draw(Fact fact, int column)
    {
        LadderStyle style = fact.Tone switch { Tone.Good => LadderStyle.Good, Tone.Bad => LadderStyle.Bad, _ => LadderStyle.Plain };
        bool first = true;
        foreach (StyledText piece in new StyledText().Add(fact.Value, style).Wrap(_width - column, 0))
        {
            _lines.Add(new StyledText().PadTo(FactIndent).Add(first ? fact.Name : "", LadderStyle.Label).PadTo(column).Add(piece).ToLine());
            first = false;
        }
    }

    private void Account()
    {
        ConversationTotals totals = _ladder.Conversation.Totals;
        Blank();
        _lines.Add(new StyledText().Add("━━ The account ", LadderStyle.Heading).PadTo(_width, '━', LadderStyle.Heading).ToLine());
        string what = string.Create(CultureInfo.InvariantCulture,
            $"{totals.Segments:N0} segments carried {totals.ClientBytes:N0} bytes to the server and {totals.ServerBytes:N0} bytes to the client.");
        if (totals.Retransmissions > 0) what += $" {totals.Retransmissions} were sent again.";
        if (totals.OutOfOrder > 0) what += $" {totals.OutOfOrder} came early or twice.";
        if (totals.Refused > 0) what += $" {totals.Refused} were refused.";
        Paragraph(what, LadderStyle.Plain);
        bool hold = totals.FalseEquations == 0;
        Paragraph(
            hold ? string.Create(CultureInfo.InvariantCulture, $"{totals.Equations:N0} equations checked: all hold ✓")
                : string.Create(CultureInfo.InvariantCulture, $"{totals.Equations:N0} equations checked: {totals.FalseEquations:N0} do NOT hold ✗"),
            hold ? LadderStyle.Good : LadderStyle.Bad);
    }

    private void Paragraph(string text, LadderStyle style)
    {
        foreach (StyledText piece in new StyledText().Add(text, style).Wrap(_width - 2, 0)) _lines.Add(new StyledText().Add(" ").Add(piece).ToLine());
    }

    private void Blank() => _lines.Add(new([]));
}
