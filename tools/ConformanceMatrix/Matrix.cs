namespace UserTcp.ConformanceMatrix;

/// <summary>The rules beside the places that follow them and the tests that check them.</summary>
internal sealed class Matrix(IReadOnlyList<Requirement> requirements, IReadOnlyList<Citation> source, IReadOnlyList<Citation> tests)
{
    // Only the stack follows TCP's rules; the projects above it explain them.
    private const string Stack = "src/UserTcp/";

    /// <summary>The rules with what was found, in the order of the lists.</summary>
    public IReadOnlyList<Row> Rows { get; } =
    [
        .. requirements.Select(requirement => new Row(
            requirement,
            [.. source.Where(citation => citation.File.StartsWith(Stack, StringComparison.Ordinal) && requirement.IsMeantBy(citation))],
            [.. tests.Where(requirement.IsMeantBy)])),
    ];

    /// <summary>What is wrong with the lists, the comments and the traits.</summary>
    public IEnumerable<string> Problems()
    {
        ILookup<int, Requirement> known = requirements.ToLookup(requirement => requirement.Rfc.Number);
        foreach (IGrouping<string, Requirement> twice in requirements.GroupBy(requirement => requirement.Id).Where(group => group.Count() > 1))
            yield return $"{twice.Key} is listed {twice.Count()} times";
        foreach (Citation citation in source.Concat(tests).Where(citation => citation.Label.Length > 0 && known.Contains(citation.Rfc)))
        {
            Requirement[] namesakes = [.. known[citation.Rfc].Where(requirement => requirement.Label == citation.Label)];
            if (namesakes.Any(requirement => requirement.IsMeantBy(citation))) continue;
            if (citation.Test is null && citation.IsStep) continue;
            yield return namesakes.Length == 0
                ? $"{citation.Place}: {citation.Text} is in no list of tools/ConformanceMatrix/Requirements"
                : $"{citation.Place}: {citation.Text} is listed as {string.Join(" or ", namesakes.Select(requirement => requirement.Id))}";
        }
        foreach (Row row in Rows)
        {
            if (row.Implementation.Count == 0 && row.Requirement.Standing != Standing.NotDone)
                yield return $"{row.Requirement.Id}: no line under {Stack} cites it, and its list does not say \"not done: why\"";
            else if (row.Implementation.Count > 0 && row.Requirement.Standing == Standing.NotDone)
                yield return $"{row.Requirement.Id}: the list says \"{row.Requirement.Remark}\", but {row.Implementation[0].Place} cites it";
        }
    }
}

/// <summary>A rule with what was found.</summary>
internal sealed record Row(Requirement Requirement, IReadOnlyList<Citation> Implementation, IReadOnlyList<Citation> Tests);
