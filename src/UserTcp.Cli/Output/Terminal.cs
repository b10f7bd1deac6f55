using System.Text;

namespace UserTcp.Cli.Output;

/// <summary>Where the command writes: what was asked for to standard output, everything about it to standard error.</summary>
internal sealed class Terminal : IDisposable
{
    private readonly Stream _standardOutput;

    /// <summary>Writes to the given places.</summary>
    /// <param name="standardOutput">Takes bodies as they are, and text as UTF-8.</param>
    /// <param name="error">Takes notes and errors.</param>
    /// <param name="outputIsTerminal">Whether a person sees standard output.</param>
    /// <param name="errorIsTerminal">Whether a person sees standard error.</param>
    public Terminal(Stream standardOutput, TextWriter error, bool outputIsTerminal = false, bool errorIsTerminal = false)
    {
        _standardOutput = standardOutput;
        Out = new StreamWriter(standardOutput, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { AutoFlush = true };
        Error = error;
        OutputIsTerminal = outputIsTerminal;
        ErrorIsTerminal = errorIsTerminal;
    }

    /// <summary>Standard output, for bytes.</summary>
    public Stream Body => _standardOutput;

    /// <summary>Standard output, for text.</summary>
    public TextWriter Out { get; }

    /// <summary>Standard error.</summary>
    public TextWriter Error { get; }

    /// <summary>Whether a person sees standard output.</summary>
    public bool OutputIsTerminal { get; }

    /// <summary>Whether a person sees standard error.</summary>
    public bool ErrorIsTerminal { get; }

    /// <summary>The process's own.</summary>
    public static Terminal OfProcess()
        => new(Console.OpenStandardOutput(), Console.Error, !Console.IsOutputRedirected, !Console.IsErrorRedirected);

    /// <summary>Says something about the run.</summary>
    public void Note(string text) => Error.WriteLine($"usertcp: {text}");

    /// <inheritdoc/>
    public void Dispose() => Out.Dispose();
}
