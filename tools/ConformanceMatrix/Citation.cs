using System.Globalization;
using System.Text.RegularExpressions;

namespace UserTcp.ConformanceMatrix;

/// <summary>A place that names a rule.</summary>
/// <param name="Rfc">The RFC's number.</param>
/// <param name="Section">Its section, or empty.</param>
/// <param name="Label">What follows the section and looks like the name of a rule, or empty.</param>
/// <param name="File">The file, from the top of the repository.</param>
/// <param name="Line">The line, counted from 1.</param>
/// <param name="Test">The test that cites it: class.method, or the class; null in the source.</param>
internal sealed record Citation(int Rfc, string Section, string Label, string File, int Line, string? Test = null)
{
    /// <summary>The place, for messages.</summary>
    public string Place => $"{File}:{Line}";

    /// <summary>Whether the label is a step, (3) or fifth or step 2: ordinary words that need not be meant as the name of a rule.</summary>
    public bool IsStep => Label.Length > 0 && !Label.Contains('-', StringComparison.Ordinal);

    /// <summary>The citation as it is written.</summary>
    public string Text => $"RFC {Rfc} {Section}".TrimEnd() + (Label.Length == 0 ? "" : Label[0] == '(' ? $" {Label}" : $", {Label}");
}

/// <summary>Finds citations: in comments and in the reasons that events carry, and in the tests' traits.</summary>
internal static partial class Citations
{
    /// <summary>Those of src.</summary>
    public static IReadOnlyList<Citation> InSource(string root)
        => [.. Repository.CSharpFiles(Path.Combine(root, "src")).SelectMany(file => Read(Repository.Relative(root, file), File.ReadAllText(file)))];

    /// <summary>The traits of tests.</summary>
    public static IReadOnlyList<Citation> InTests(string root)
        => [.. Repository.CSharpFiles(Path.Combine(root, "tests")).SelectMany(file => ReadTraits(Repository.Relative(root, file), File.ReadAllText(file)))];

    /// <summary>Reads citations such as "RFC 9293 3.10.7.4, fifth, MAY-12" or "RFC 6582 3.2 (3)"; each label is one citation, several sections are several.</summary>
    internal static IEnumerable<Citation> Read(string file, string text)
    {
        foreach (Match match in RfcPattern().Matches(text))
        {
            int rfc = int.Parse(match.Groups["rfc"].ValueSpan, CultureInfo.InvariantCulture);
            int line = text.AsSpan(0, match.Index).Count('\n') + 1;
            if (match.Groups["part"].Captures.Count == 0) yield return new(rfc, "", "", file, line);
            foreach (Capture part in match.Groups["part"].Captures)
            {
                Match pieces = PartPattern().Match(part.Value);
                string section = pieces.Groups["section"].Value;
                if (pieces.Groups["label"].Captures.Count == 0) yield return new(rfc, section, "", file, line);
                foreach (Capture label in pieces.Groups["label"].Captures) yield return new(rfc, section, label.Value, file, line);
            }
        }
    }

    /// <summary>Reads traits such as [Rfc("9293", "3.8.6.3", "SHLD-19")] and gives them to the next method or class.</summary>
    internal static IEnumerable<Citation> ReadTraits(string file, string text)
    {
        string type = "";
        var waiting = new List<Citation>();
        foreach ((int index, string line) in text.Split('\n').Index())
        {
            foreach (Match trait in TraitPattern().Matches(line))
            {
                int rfc = int.Parse(trait.Groups["rfc"].ValueSpan, CultureInfo.InvariantCulture);
                CaptureCollection labels = trait.Groups["label"].Captures;
                foreach (string label in labels.Count == 0 ? [""] : labels.Select(label => label.Value))
                    waiting.Add(new(rfc, trait.Groups["section"].Value, label, file, index + 1));
            }
            string? owner = null;
            if (TypePattern().Match(line) is { Success: true } declared) owner = type = declared.Groups["name"].Value;
            else if (MethodPattern().Match(line) is { Success: true } method) owner = $"{type}.{method.Groups["name"].Value}";
            if (owner is null) continue;
            foreach (Citation citation in waiting) yield return citation with { Test = owner };
            waiting.Clear();
        }
    }

    // A label is what can only be the name of a rule: MUST-10, a step in words, a step in parentheses, a name with a hyphen. The rest is prose.
    private const string Section = @"(?:\d+(?:\.\d+)*(?![\w.]*\w)|appendix [A-Z](?:\.\d+)*)";
    private const string Gap = @"(?:,\s+(?:///?[ \t]*)?)"; // a citation can go on in the next line of a comment
    private const string Word = @"(?:[A-Z]+-\d+|first|second|third|fourth|fifth|sixth|seventh|eighth|step \d|[a-z]+(?:-[a-z0-9]+)+)\b(?!-)";

    [GeneratedRegex($@"\bRFC (?<rfc>\d+)(?:(?:\b\s+(?:///?[ \t]*)?|{Gap})(?<part>{Section}(?: \(\w+\))?(?:{Gap}{Word})*))*")]
    private static partial Regex RfcPattern();

    [GeneratedRegex($@"^(?<section>{Section})(?: (?<label>\(\w+\)))?(?:{Gap}(?<label>{Word}))*$")]
    private static partial Regex PartPattern();

    [GeneratedRegex("""\bRfc\("(?<rfc>\d+)", "(?<section>[^"]+)"(?:, "(?<label>[^"]+)")*\)""")]
    private static partial Regex TraitPattern();

    [GeneratedRegex(@"^\s*(?:public|internal) (?:sealed |static |abstract |partial )*class (?<name>\w+)")]
    private static partial Regex TypePattern();

    [GeneratedRegex(@"^\s*public (?:static |async |override )*[\w<>\[\], ]+ (?<name>\w+)\(")]
    private static partial Regex MethodPattern();
}
