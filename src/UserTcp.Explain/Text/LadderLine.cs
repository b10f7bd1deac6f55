using System.Globalization;
using System.Text;

namespace UserTcp.Explain.Text;

/// <summary>What a run of text is; the terminal gives it a colour.</summary>
internal enum LadderStyle
{
    Plain,
    Heading,

    /// <summary>What the watched end sends.</summary>
    Ours,

    /// <summary>What the other end sends.</summary>
    Theirs,

    /// <summary>A state that has just been entered.</summary>
    State,
    Equation,
    Good,
    Bad,

    /// <summary>The name of a fact.</summary>
    Label,
    Dim,
}

/// <summary>Text in one style.</summary>
internal readonly record struct TextRun(string Text, LadderStyle Style);

/// <summary>One line of a drawing, without a line end.</summary>
internal sealed record LadderLine(IReadOnlyList<TextRun> Runs)
{
    /// <summary>The line without styles and without spaces at its end.</summary>
    public override string ToString() => string.Concat(Runs.Select(run => run.Text)).TrimEnd();
}

/// <summary>Text with a style for each character: grows at its end, can be padded, wrapped and cut into lines.</summary>
internal sealed class StyledText
{
    private const char NoBreakSpace = '\u00a0';

    private readonly StringBuilder _text = new();
    private readonly List<LadderStyle> _styles = [];

    /// <summary>Columns so far. All that is drawn is one column wide.</summary>
    internal int Length => _text.Length;

    /// <summary>Adds text. Control and format characters become '?': names out of certificates must not steer a terminal.</summary>
    internal StyledText Add(string text, LadderStyle style = LadderStyle.Plain)
    {
        foreach (char c in text)
        {
            bool steers = char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            _text.Append(steers ? '?' : c);
            _styles.Add(style);
        }
        return this;
    }

    /// <summary>Adds text that <see cref="Wrap"/> does not break except at its first space.</summary>
    internal StyledText AddUnbroken(string text, LadderStyle style) => Add(text[..1] + text[1..].Replace(' ', NoBreakSpace), style);

    internal StyledText Add(StyledText other)
    {
        _text.Append(other._text);
        _styles.AddRange(other._styles);
        return this;
    }

    /// <summary>Adds one character until a column is reached.</summary>
    internal StyledText PadTo(int column, char with = ' ', LadderStyle style = LadderStyle.Plain)
        => column > Length ? Add(new string(with, column - Length), style) : this;

    internal LadderLine ToLine() => Line(0, Length);

    /// <summary>Breaks at spaces into pieces of at most <paramref name="width"/> columns; a longer word is cut.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="hanging">Columns by which the pieces after the first are indented.</param>
    internal List<StyledText> Wrap(int width, int hanging)
    {
        var pieces = new List<StyledText>();
        string text = _text.ToString();
        int start = 0;
        do
        {
            int indent = pieces.Count == 0 ? 0 : hanging;
            int room = width - indent;
            int end = text.Length;
            if (end - start > room)
            {
                end = text.LastIndexOf(' ', start + room, room);
                if (end <= start) end = start + room;
            }
            pieces.Add(new StyledText().PadTo(indent).Add(Slice(start, end)));
            start = end;
            while (start < text.Length && text[start] == ' ') start++;
        }
        while (start < text.Length);
        return pieces;
    }

    private StyledText Slice(int start, int end)
    {
        var slice = new StyledText();
        slice._text.Append(_text, start, end - start);
        slice._styles.AddRange(_styles.GetRange(start, end - start));
        return slice;
    }

    private LadderLine Line(int start, int end)
    {
        var runs = new List<TextRun>();
        while (start < end)
        {
            int next = start;
            while (next < end && _styles[next] == _styles[start]) next++;
            runs.Add(new(_text.ToString(start, next - start).Replace(NoBreakSpace, ' '), _styles[start]));
            start = next;
        }
        return new(runs);
    }
}
