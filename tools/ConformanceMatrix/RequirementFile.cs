namespace UserTcp.ConformanceMatrix;

/// <summary>Reads the lists of rules: one Markdown file per RFC, its title in the heading, one table row per rule.</summary>
internal static class RequirementFile
{
    private const string NotDone = "not done: ", Differs = "differs: ";
    private const int Columns = 5; // section, id, level, demand, remark

    /// <summary>All lists of a folder, RFC 9293 first, then by number.</summary>
    public static IReadOnlyList<Requirement> ReadAll(string folder)
        => [.. Directory.EnumerateFiles(folder, "rfc*.md").SelectMany(Read).OrderBy(requirement => requirement.Rfc.Number == 9293 ? 0 : requirement.Rfc.Number)];

    private static IEnumerable<Requirement> Read(string file)
    {
        Rfc? rfc = null;
        int row = 0;
        foreach ((int number, string line) in File.ReadLines(file).Index())
        {
            if (line.StartsWith("# RFC ", StringComparison.Ordinal))
            {
                string[] heading = line["# RFC ".Length..].Split(": ", 2);
                rfc = new(int.Parse(heading[0], System.Globalization.CultureInfo.InvariantCulture), heading[1]);
            }
            if (!line.StartsWith('|') || row++ < 2) continue; // the head of the table and the line below it
            string[] cells = [.. line.Trim().Trim('|').Split('|').Select(cell => cell.Trim())];
            if (rfc is null || cells.Length != Columns || cells[2] is not ("must" or "should" or "may"))
                throw new FormatException($"{file}:{number + 1}: wanted \"| section | id | must, should or may | demand | remark |\" below a heading \"# RFC n: title\".");
            Standing standing = cells[4].StartsWith(NotDone, StringComparison.Ordinal) ? Standing.NotDone
                : cells[4].StartsWith(Differs, StringComparison.Ordinal) ? Standing.Differs : Standing.Followed;
            yield return new(
                rfc, cells[0].Split(", ", StringSplitOptions.RemoveEmptyEntries), cells[1], cells[2], cells[3], cells[4], standing);
        }
    }
}
