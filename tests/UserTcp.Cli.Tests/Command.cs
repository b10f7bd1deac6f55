using System.Text;
using System.Text.Json;
using UserTcp.Cli.Output;
using UserTcp.Cli.Verbs;

namespace UserTcp.Cli.Tests;

/// <summary>Runs the command in this process and keeps what it wrote.</summary>
internal static class Command
{
    /// <summary>Runs a command line; words are separated by spaces.</summary>
    public static Task<Outcome> RunAsync(string line) => RunAsync(terminal => CommandTree.RunAsync(line.Split(' '), terminal, TestContext.Current.CancellationToken));

    /// <summary>Runs anything that writes to a terminal.</summary>
    public static async Task<Outcome> RunAsync(Func<Terminal, Task<int>> run)
    {
        using var output = new MemoryStream();
        using var error = new StringWriter();
        using var terminal = new Terminal(output, TextWriter.Synchronized(error));
        int code = await run(terminal);
        return new((ExitCode)code, output.ToArray(), error.ToString());
    }
}

/// <summary>How a run of the command ended.</summary>
internal sealed record Outcome(ExitCode Code, byte[] Output, string Error)
{
    public string Text => Encoding.UTF8.GetString(Output);

    /// <summary>The summary of --json: standard output must be this and nothing else.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;
}
