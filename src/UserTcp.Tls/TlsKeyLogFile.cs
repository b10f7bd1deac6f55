using System.Text;

namespace UserTcp.Tls;

/// <summary>A file with the secrets of connections in the format of SSLKEYLOGFILE, with which Wireshark reads a capture: and so does everybody who has both.
/// Several connections and programs may append to one. A line that cannot be written ends no connection: <see cref="Failure"/> says so.</summary>
public sealed class TlsKeyLogFile : IDisposable
{
    private const string Variable = "SSLKEYLOGFILE";

    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly FileStream _file;
    private Exception? _failure;        // the first

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

    /// <summary>Why lines are missing, such as a full disk; null when all is well.</summary>
    public string? Failure => _failure is { } e ? $"The key log is incomplete, writing it has failed: {e.Message}" : null;

    /// <summary>Appends one line, which is in the file when the task is complete; or remembers why it is not.</summary>
    internal async ValueTask AppendAsync(string line)
    {
        await _writing.WaitAsync().ConfigureAwait(false);
        try
        {
            string begin = _failure is null ? "" : "\n";       // half a line may be there
            if (_file.CanSeek) _file.Seek(0, SeekOrigin.End);  // another program may have written meanwhile: .NET appends where the end was when the file was opened
            await _file.WriteAsync(Encoding.ASCII.GetBytes($"{begin}{line}\n")).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            _failure ??= e;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
