using System.Text;

namespace UserTcp.Tls;

/// <summary>A file with the secrets of connections in the format of SSLKEYLOGFILE, with which Wireshark reads a capture: and so does everybody who has both.
/// Several connections and programs may append to one.</summary>
public sealed class TlsKeyLogFile : IDisposable
{
    private const string Variable = "SSLKEYLOGFILE";

    private readonly Lock _gate = new();
    private readonly FileStream _file;

    /// <summary>Opens the file for appending; makes it, readable for its owner alone, when it is not there.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public TlsKeyLogFile(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        _file = new FileStream(path, options);
    }

    /// <summary>The file that the environment variable SSLKEYLOGFILE names; null when it names none. Nothing here reads the variable unless this is called:
    /// who can set a program's environment shall not thereby read its connections.</summary>
    public static TlsKeyLogFile? FromEnvironment()
        => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? new TlsKeyLogFile(path) : null;

    /// <summary>Appends one line, at once.</summary>
    internal void Append(string line)
    {
        lock (_gate)
        {
            _file.Seek(0, SeekOrigin.End);    // another program may have written meanwhile: .NET appends where the end was when the file was opened
            _file.Write(Encoding.ASCII.GetBytes(line + "\n"));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
