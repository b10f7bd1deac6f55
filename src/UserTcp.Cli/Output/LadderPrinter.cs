using Spectre.Console;
using UserTcp.Explain.Lesson;
using UserTcp.Explain.Model;
using UserTcp.Explain.Text;

namespace UserTcp.Cli.Output;

/// <summary>Prints ladders: in colour for a person, as plain text for a file.</summary>
internal static class LadderPrinter
{
    // Wide enough for an arrow with both lanes and its equation on one line.
    private const int WidthOfFiles = 120;

    /// <summary>Prints one ladder per conversation.</summary>
    /// <param name="conversations">What was recorded.</param>
    /// <param name="writer">Where to.</param>
    /// <param name="isTerminal">Whether a person sees it.</param>
    public static void Print(IReadOnlyList<Conversation> conversations, TextWriter writer, bool isTerminal)
    {
        bool colour = isTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")); // no-color.org
        int width = isTerminal ? Math.Max(Console.WindowWidth - 1, 1) : WidthOfFiles;
        foreach (Conversation conversation in conversations)
        {
            Ladder ladder = LessonWriter.Write(conversation);
            if (colour)
                Draw(LadderRenderer.Render(ladder, width), writer);
            else
                LadderRenderer.Write(writer, ladder, width);
        }
    }

    private static void Draw(IReadOnlyList<LadderLine> lines, TextWriter writer)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = int.MaxValue; // The renderer has broken the lines already.
        foreach (LadderLine line in lines)
        {
            var paragraph = new Paragraph();
            foreach (TextRun run in line.Runs)
                paragraph.Append(run.Text, StyleOf(run.Style));
            console.Write(paragraph);
            console.WriteLine();
        }
    }

    private static Style StyleOf(LadderStyle style) => style switch
    {
        LadderStyle.Heading => new(decoration: Decoration.Bold),
        LadderStyle.Ours => new(Color.Aqua),
        LadderStyle.Theirs => new(Color.Yellow),
        LadderStyle.State => new(Color.Fuchsia, decoration: Decoration.Bold),
        LadderStyle.Equation => new(Color.Grey),
        LadderStyle.Good => new(Color.Green),
        LadderStyle.Bad => new(Color.Red, decoration: Decoration.Bold),
        LadderStyle.Label => new(decoration: Decoration.Bold),
        LadderStyle.Dim => new(Color.Grey),
        _ => Style.Plain,
    };
}
