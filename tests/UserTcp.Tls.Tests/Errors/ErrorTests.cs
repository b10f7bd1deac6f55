using System.Text;
using System.Text.RegularExpressions;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Errors;

/// <summary>Every error can come about, is told to the server with the alert of the table, and says what was seen, what was wanted, which RFC, and what to try.</summary>
public partial class ErrorTests
{
    public static TheoryData<TlsError> Errors => [.. Enum.GetValues<TlsError>().Where(error => error != TlsError.None)];

    [Theory, MemberData(nameof(Errors))]
    public void Each_error_comes_about_and_teaches(TlsError error)
    {
        TlsException failure = ErrorCatalogue.Provoke(error);

        Assert.Equal(error, failure.Error);
        Assert.Equal(TlsErrorTable.Alert(error), failure.SentAlert);
        Assert.Contains($" ({TlsErrorTable.Rfc(error)}).", failure.Message, StringComparison.Ordinal);
        Assert.Matches(@"\b(wanted|allowed|known|must|was offered)\b", failure.Message[..failure.Message.IndexOf($" ({TlsErrorTable.Rfc(error)})", StringComparison.Ordinal)]);
        Assert.EndsWith(failure.Advice, failure.Message, StringComparison.Ordinal);
        Assert.Matches(@"^[A-Z].*[.]$", failure.Advice);
    }

    /// <summary>ERRORS.md shows every sentence. After a change of words, run this test with USERTCP_UPDATE_SNAPSHOTS=1.</summary>
    [Fact]
    public void The_page_of_errors_is_what_the_code_says()
    {
        string path = Path.Combine(SourceTree.Root, "src", "UserTcp.Tls", "ERRORS.md");
        if (Environment.GetEnvironmentVariable("USERTCP_UPDATE_SNAPSHOTS") == "1") File.WriteAllText(path, Page());
        Assert.Equal(File.ReadAllText(path), Page());
    }

    private static string Page()
    {
        var page = new StringBuilder("""
            # Every error, as it is said

            Each value of `TlsError`, the fatal alert that the server is sent for it, and the message of one way to it. Made by `ErrorTests` from what the code really says;
            `ErrorCatalogue` beside it has the ways.

            | error | alert sent | message |
            |---|---|---|

            """);
        foreach (TlsError error in Errors.Select(row => row.Data))
        {
            string message = Offset().Replace(ErrorCatalogue.Provoke(error).Message, "offset N").Replace("|", "\\|", StringComparison.Ordinal).Replace("\n", "<br>", StringComparison.Ordinal);
            page.Append($"| `{error}` | {(TlsErrorTable.Alert(error) is { } alert ? alert.Name() : "none")} | {message} |\n");
        }
        return page.ToString();
    }

    /// <summary>Where a record lies depends on the length of signatures before it.</summary>
    [GeneratedRegex("offset [0-9]+")]
    private static partial Regex Offset();
}
