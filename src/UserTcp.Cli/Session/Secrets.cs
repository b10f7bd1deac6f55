using System.Text;
using UserTcp.Link;
using UserTcp.Tls;

namespace UserTcp.Cli.Session;

/// <summary>Hears a TLS connection: hands its secrets to the key log and the capture, and everything to the ladder.</summary>
/// <param name="file">The key log; null for none.</param>
/// <param name="capture">The capture; null for none.</param>
/// <param name="next">Who else listens; null for nobody.</param>
internal sealed class SecretsListener(KeyLogFile? file, CaptureFile? capture, ITlsEventSink? next) : ITlsEventSink
{
    public void Raise(TlsEvent e)
    {
        if (e is KeyLogged keys)
        {
            file?.Append(keys.Line);
            capture?.AddTlsSecrets(keys.Line + "\n");
        }

        next?.Raise(e);
    }
}

/// <summary>A file in the format of SSLKEYLOGFILE, to which several programs may append.</summary>
internal sealed class KeyLogFile : IDisposable
{
    private readonly Lock _gate = new();
    private readonly FileStream _file;

    /// <summary>Opens the file for appending; makes it, readable for its owner alone, when it is not there.</summary>
    /// <exception cref="CommandFailure">It cannot be written.</exception>
    public KeyLogFile(string path)
    {
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            _file = new(path, options);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Write, $"the key log {path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Appends one line.</summary>
    public void Append(string line)
    {
        lock (_gate)
            _file.Write(Encoding.ASCII.GetBytes(line + "\n"));
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
