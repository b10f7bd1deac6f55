namespace UserTcp.Limbo;

/// <summary>The cases in which we differ, each with its reason: ledger.txt, one a line, id and reason with a space between.</summary>
internal static class Ledger
{
    internal static IReadOnlyDictionary<string, string> Read() =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "ledger.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' ', 2))
            .ToDictionary(entry => entry[0], entry => entry[1]);
}
