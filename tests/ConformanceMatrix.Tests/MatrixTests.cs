namespace UserTcp.ConformanceMatrix.Tests;

/// <summary>What the tool finds wrong.</summary>
public sealed class MatrixTests
{
    private static readonly Rfc Tcp = new(9293, "Transmission Control Protocol");

    private static readonly Requirement Followed = new(Tcp, ["3.5"], "MUST-10", "must", "Two SYNs make one connection.", "", Standing.Followed);
    private static readonly Requirement NotDone = new(Tcp, ["3.8.5"], "MUST-30", "must", "Urgent data.", "not done: nobody uses it", Standing.NotDone);

    private static readonly Citation Source = new(9293, "3.5", "MUST-10", "src/UserTcp/Tcp/A.cs", 7);

    [Fact]
    public void A_rule_that_is_cited_and_one_that_is_excused_are_fine()
    {
        var matrix = new Matrix([Followed, NotDone], [Source], [Source with { File = "tests/A.cs", Test = "A.B" }]);
        Assert.Empty(matrix.Problems());
        string report = Report.Write(matrix);
        Assert.Contains("| 3.5 | MUST-10 | must | Two SYNs make one connection. | [A.cs:7](src/UserTcp/Tcp/A.cs#L7) | [A.B](tests/A.cs) |", report, StringComparison.Ordinal);
        Assert.Contains("| all | 2 | 1 | 1 | 0 | 1 |", report, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_that_nothing_cites_is_a_problem()
        => Assert.Contains("no line under src/UserTcp/ cites it", Assert.Single(new Matrix([Followed], [], []).Problems()), StringComparison.Ordinal);

    [Fact]
    public void The_projects_that_explain_follow_nothing()
        => Assert.Single(new Matrix([Followed], [Source with { File = "src/UserTcp.Explain/A.cs" }], []).Problems());

    [Fact]
    public void A_rule_that_is_excused_and_cited_is_a_problem()
        => Assert.Contains(
            "src/UserTcp/Tcp/A.cs:7 cites it",
            Assert.Single(new Matrix([Followed, NotDone], [Source, Source with { Section = "3.8.5", Label = "MUST-30" }], []).Problems()), StringComparison.Ordinal);

    [Theory]
    [InlineData("3.5", "MUST-99", "is in no list")]
    [InlineData("3.6", "MUST-10", "is listed as")]
    [InlineData("3.5", "no-such-name", "is in no list")]
    public void A_comment_or_trait_that_names_no_rule_is_a_problem(string section, string label, string expected)
    {
        Citation wrong = Source with { Section = section, Label = label };
        Assert.Contains(expected, Assert.Single(new Matrix([Followed], [Source, wrong], []).Problems()), StringComparison.Ordinal);
        Assert.Contains(expected, Assert.Single(new Matrix([Followed], [Source], [wrong with { Test = "A.B" }]).Problems()), StringComparison.Ordinal);
    }

    [Fact]
    public void Other_RFCs_and_steps_in_prose_are_nobodys_business()
        => Assert.Empty(new Matrix([Followed], [Source, new(8446, "4.1.3", "MUST-1", "src/A.cs", 1), Source with { Label = "(7)" }], []).Problems());

    [Fact]
    public void What_has_become_stale_is_shown()
    {
        Assert.Empty(Report.Differences("same", "same"));
        Assert.Equal(["  - line 7", "  + line 8"], Report.Differences("head\nline 7", "head\nline 8").Skip(1));
    }
}
