using System.Reflection;
using System.Text.RegularExpressions;

namespace UserTcp.Tls.Tests;

/// <summary>ATTACKS.md names files and tests: they exist, so that the page cannot promise what is gone.</summary>
public partial class AttacksPageTests
{
    [Fact]
    public void Every_file_and_test_on_the_page_exists()
    {
        string source = Path.Combine(SourceTree.Root, "src", "UserTcp.Tls");
        string[][] rows = [.. File.ReadLines(Path.Combine(source, "ATTACKS.md"))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| attack", StringComparison.Ordinal))
            .Select(line => line.Trim('|', ' ').Split(" | "))];

        Assert.InRange(rows.Length, 14, 100);
        Assert.All(rows, row => Assert.Equal(5, row.Length));
        Assert.All(rows, row => Assert.All(Quoted(row[3]), file => Assert.True(IsFile(source, file), file)));
        Assert.All(rows, row => Assert.NotEmpty(Quoted(row[4])));
        Assert.All(rows, row =>
        {
            string type = "";
            foreach (string name in Quoted(row[4]))
            {
                string[] parts = name.Split('.');
                if (parts.Length == 2 || parts[0].EndsWith("Tests", StringComparison.Ordinal)) type = parts[0];
                Assert.True(IsTest(type, parts[^1] == type ? null : parts[^1]), name);
            }
        });
    }

    /// <summary>Some tests are named with the case that shows the attack: A_fault_in_ServerHello ("compression").</summary>
    [Fact]
    public void Every_case_on_the_page_exists()
    {
        string tests = string.Concat(Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "tests", "UserTcp.Tls.Tests", "Handshake"), "*.cs").Select(File.ReadAllText));
        string[] cases = [.. File.ReadLines(Path.Combine(SourceTree.Root, "src", "UserTcp.Tls", "ATTACKS.md"))
            .SelectMany(line => Case().Matches(line)).SelectMany(match => match.Groups[1].Captures.Select(capture => capture.Value))];
        Assert.InRange(cases.Length, 10, 100);
        Assert.All(cases, name => Assert.Contains(name, tests, StringComparison.Ordinal));
    }

    private static string[] Quoted(string cell) => [.. BackQuoted().Matches(cell).Select(match => match.Groups[1].Value)];

    /// <summary>A folder, a file, or a member of a file's class.</summary>
    private static bool IsFile(string source, string name) =>
        Directory.Exists(Path.Combine(source, name)) || File.Exists(Path.Combine(source, $"{name}.cs")) || File.Exists(Path.Combine(source, $"{name[..Math.Max(0, name.LastIndexOf('.'))]}.cs"));

    private static bool IsTest(string type, string? method) =>
        Assembly.GetExecutingAssembly().GetTypes().SingleOrDefault(t => t.Name == type) is { } found && (method is null || found.GetMethod(method) is not null);

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex BackQuoted();

    [GeneratedRegex("""` \((?:(?:, )?("[^"]+"))+\)""")]
    private static partial Regex Case();
}
