using System.Globalization;
using System.Text;

namespace UserTcp.ConformanceMatrix;

/// <summary>Writes CONFORMANCE.md.</summary>
internal static class Report
{
    private const int MostDifferences = 10; // enough to see what it is about

    private const string Head = """
        # Conformance

        Which rules of TCP's RFCs this stack follows, where, and which test would notice if it did not. The demands are in our words; the RFC decides.

        This file is made: `dotnet run --project tools/ConformanceMatrix` reads the comments under `src/UserTcp` (such as `// RFC 9293 3.5, MUST-10`), the
        `[Rfc("9293", "3.5", "MUST-10")]` traits of the tests and the lists in `tools/ConformanceMatrix/Requirements`. With `--check` it fails when this file is
        stale, when a comment or a trait names a rule that does not exist, and when a rule is neither followed nor excused, or both.

        "Not done" is what has no code; "differs" is what the code at that place does in another way on purpose.

        A rule without a test may still be exercised: by the fuzzers, the interop tests, or a test of something larger.

        """;

    /// <summary>The whole file.</summary>
    public static string Write(Matrix matrix)
    {
        var text = new StringBuilder(Head).Append('\n');
        text.Append("| RFC | rules | followed | of these with a test | differs | not done |\n|---|---|---|---|---|---|\n");
        foreach (IGrouping<Rfc, Row> rfc in matrix.Rows.GroupBy(row => row.Requirement.Rfc))
            WriteCounts(text, $"[{rfc.Key.Number}](#{Anchor(rfc.Key)}) {rfc.Key.Title}", [.. rfc]);
        WriteCounts(text, "all", matrix.Rows);
        foreach (IGrouping<Rfc, Row> rfc in matrix.Rows.GroupBy(row => row.Requirement.Rfc))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {Heading(rfc.Key)}\n\n| section | id | level | what is asked for | where | tests |\n|---|---|---|---|---|---|\n");
            foreach (Row row in rfc) WriteRow(text, row);
        }
        return text.ToString();
    }

    /// <summary>The first lines in which two versions of the file differ.</summary>
    public static IEnumerable<string> Differences(string found, string wanted)
    {
        if (found == wanted) yield break;
        yield return "CONFORMANCE.md is stale: dotnet run --project tools/ConformanceMatrix";
        HashSet<string> before = [.. found.Split('\n')], after = [.. wanted.Split('\n')];
        foreach (string line in found.Split('\n').Where(line => !after.Contains(line)).Take(MostDifferences)) yield return $"  - {line}";
        foreach (string line in wanted.Split('\n').Where(line => !before.Contains(line)).Take(MostDifferences)) yield return $"  + {line}";
    }

    private static void WriteCounts(StringBuilder text, string name, IReadOnlyList<Row> rows)
    {
        int tested = rows.Count(row => row.Requirement.Standing == Standing.Followed && row.Tests.Count > 0);
        text.Append(
            CultureInfo.InvariantCulture,
            $"| {name} | {rows.Count} | {Count(Standing.Followed)} | {tested} | {Count(Standing.Differs)} | {Count(Standing.NotDone)} |\n");

        int Count(Standing standing) => rows.Count(row => row.Requirement.Standing == standing);
    }

    private static void WriteRow(StringBuilder text, Row row)
    {
        Requirement rule = row.Requirement;
        IEnumerable<string> where = row.Implementation.GroupBy(place => place.File).Select(WriteFile);
        if (rule.Remark.Length > 0) where = where.Append(rule.Standing == Standing.Followed ? $"({rule.Remark})" : rule.Remark);
        string tests = string.Join("<br>", row.Tests.DistinctBy(test => test.Test).Select(test => $"[{test.Test}]({test.File})"));
        text.Append(
            CultureInfo.InvariantCulture,
            $"| {string.Join(", ", rule.Sections)} | {rule.Label} | {rule.Level} | {rule.Demand} | {string.Join("<br>", where)} | {tests} |\n");
    }

    // "Sender.cs:12, 34": the file once, each line a link.
    private static string WriteFile(IGrouping<string, Citation> places)
    {
        int[] lines = [.. places.Select(place => place.Line).Distinct().Order()];
        string name = Path.GetFileName(places.Key);
        return string.Join(", ", lines.Select((line, index) => $"[{(index == 0 ? $"{name}:" : "")}{line}]({places.Key}#L{line})"));
    }

    private static string Heading(Rfc rfc) => $"RFC {rfc.Number}: {rfc.Title}";

    // As GitHub makes it of a heading.
    private static string Anchor(Rfc rfc)
        => string.Concat(Heading(rfc).Where(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '-').Select(c => c == ' ' ? '-' : char.ToLowerInvariant(c)));
}
