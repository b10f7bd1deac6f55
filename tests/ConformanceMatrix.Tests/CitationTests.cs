namespace UserTcp.ConformanceMatrix.Tests;

/// <summary>How citations are read out of comments and traits.</summary>
public sealed class CitationTests
{
    // Written so that this file itself cites nothing.
    private const string Rfc = "RF" + "C", Trait = "[Fact, " + "Rf" + "c";

    [Theory]
    [InlineData("9293 3.5, MUST-10 (simultaneous open)", "9293 3.5 MUST-10")]
    [InlineData("9293 3.10.7.4, MUST-58, MUST-59).", "9293 3.10.7.4 MUST-58;9293 3.10.7.4 MUST-59")]
    [InlineData("9293 3.10.7.4, fifth: SND.WL1 < SEG.SEQ", "9293 3.10.7.4 fifth")]
    [InlineData("6582 3.2 (3): a partial acknowledgment", "6582 3.2 (3)")]
    [InlineData("8985 6.2, step 4: at most once", "8985 6.2 step 4")]
    [InlineData("6298 5.5, 5.6", "6298 5.5 ;6298 5.6 ")]
    [InlineData("5681 3.1, initial-window, lost-syn: one segment", "5681 3.1 initial-window;5681 3.1 lost-syn")]
    [InlineData("9293 3.7.1, MAY-3, 3.2, MUST-65", "9293 3.7.1 MAY-3;9293 3.2 MUST-65")]
    [InlineData("5961 3–5", "5961 3 ")]
    [InlineData("9293 appendix A.1).", "9293 appendix A.1 ")]
    [InlineData("793 let any RST in", "793  ")]
    [InlineData("1122 4.2.3.9, which is long ago", "1122 4.2.3.9 ")]
    [InlineData("9293 3.8.6.2.1,\n    /// MUST-38", "9293 3.8.6.2.1 MUST-38")]
    public void A_comment_names_sections_and_rules(string text, string expected)
        => Assert.Equal(expected, string.Join(';', Citations.Read("f", $"// {Rfc} {text}").Select(c => $"{c.Rfc} {c.Section} {c.Label}")));

    [Fact]
    public void Several_RFCs_on_a_line_are_told_apart_and_the_line_is_counted()
    {
        Citation[] found = [.. Citations.Read("f", $"one\n    /// <summary>It ({Rfc} 9293 3.6.1, SHLD-3; {Rfc} 2525 2.17).</summary>")];
        Assert.Equal([(9293, "SHLD-3", 2), (2525, "", 2)], found.Select(c => (c.Rfc, c.Label, c.Line)));
    }

    [Fact]
    public void Traits_belong_to_the_method_or_class_that_follows()
    {
        string text = $$"""
            {{Trait}}("9293", "3")]
            public sealed class OpenTests
            {
                {{Trait}}("9293", "3.5", "MUST-10", "MUST-11"), {{Trait[7..]}}("6298", "5.5")]
                [InlineData(1)]
                public async Task Both_ends_open(int number)
            """;
        Assert.Equal(
            ["OpenTests 9293 3 ", "OpenTests.Both_ends_open 9293 3.5 MUST-10", "OpenTests.Both_ends_open 9293 3.5 MUST-11", "OpenTests.Both_ends_open 6298 5.5 "],
            Citations.ReadTraits("f", text).Select(c => $"{c.Test} {c.Rfc} {c.Section} {c.Label}"));
    }
}
