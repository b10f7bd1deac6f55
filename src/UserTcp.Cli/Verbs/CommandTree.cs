using System.CommandLine;
using System.CommandLine.Invocation;
using UserTcp.Cli.Output;

namespace UserTcp.Cli.Verbs;

/// <summary>The command line: every verb, and what happens when it cannot be understood.</summary>
internal static class CommandTree
{
    /// <summary>Runs a command line.</summary>
    /// <returns>The exit code; see <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments, Terminal terminal, CancellationToken cancellationToken = default)
    {
        ParseResult parsed = Build(terminal).Parse(arguments);
        if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction)
        {
            // One sentence instead of the whole help: the mistake is what the user wants to see.
            string? verb = parsed.CommandResult.Command is RootCommand ? null : parsed.CommandResult.Command.Name;
            var summary = new Summary { Verb = verb ?? "" };
            string help = verb is null ? "usertcp --help" : $"usertcp {verb} --help";
            return await Run.VerbAsync(
                terminal, arguments.Contains("--json"), summary,
                () => throw new CommandFailure(ExitCode.Usage, $"{Mistake(parsed)}. See: {help}"), cancellationToken).ConfigureAwait(false);
        }

        var configuration = new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TimeSpan.FromSeconds(5), // enough to close in order and finish the capture
        };
        return await parsed.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
    }

    // The parser's first error about an unknown word is that something else is missing.
    private static string Mistake(ParseResult parsed) => parsed.UnmatchedTokens.Count > 0
        ? $"\"{parsed.UnmatchedTokens[0]}\" is neither a verb nor an option here"
        : parsed.Errors[0].Message.TrimEnd('.');

    private static RootCommand Build(Terminal terminal)
    {
        var root = new RootCommand("A TCP/IP stack and a TLS 1.2 client of their own, on a Linux TAP. See what they say and why.")
        {
            GetVerb.Make(terminal),
            HandshakeVerb.Make(terminal),
            VerifyVerb.Make(terminal),
            PingVerb.Make(terminal),
            ServeVerb.Make(terminal),
            DoctorVerb.Make(terminal),
            LessonServerVerb.Make(terminal),
            NameServersVerb.Make(terminal),
        };
        return root;
    }
}
