using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using UserTcp.Testing;

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>A process, inside a namespace or on the host, whose output is kept. Disposing asks it to end, and kills it with everything that it has started when it
/// does not within three seconds.</summary>
internal sealed partial class ChildProcess : IAsyncDisposable
{
    /// <summary>The signal of Ctrl-C.</summary>
    public const int Interrupt = 2;

    /// <summary>The signal that asks a process to end.</summary>
    public const int Terminate = 15;

    private const string Listening = "0A"; // TCP_LISTEN in /proc/net/tcp
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20), Politeness = TimeSpan.FromSeconds(3);

    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly string _command;
    private readonly Task _reading;
    private bool _disposed;

    private ChildProcess(ProcessStartInfo start)
    {
        _command = $"{start.FileName} {string.Join(' ', start.ArgumentList)}";
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        _process = Process.Start(start)!;
        _reading = Task.WhenAll(Keep(_process.StandardOutput), Keep(_process.StandardError));
        AppDomain.CurrentDomain.ProcessExit += KillAtExit;
    }

    /// <summary>Everything that was written so far to both outputs.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>Its standard input.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>Whether the process has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Starts a program in a namespace, or on the host when there is none.</summary>
    public static ChildProcess Start(TestNamespace? where, string program, params string[] arguments)
    {
        string path = Tool.Require(program);
        return new(where is null
            ? new ProcessStartInfo(path, arguments)
            : new ProcessStartInfo(Tool.Require("ip"), ["netns", "exec", where.Name, path, .. arguments])); // it becomes the program: same pid
    }

    /// <summary>Waits until the process listens on a TCP port, without connecting to it.</summary>
    public Task WaitForPort(int port)
    {
        string local = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        return WaitUntil(
            () => Sockets().Any(field => field[1].EndsWith(local, StringComparison.Ordinal) && field[3] == Listening), $"to listen on port {port}");
    }

    /// <summary>Waits until the output contains a text.</summary>
    public Task WaitForLog(string text)
        => WaitUntil(() => Log.Contains(text, StringComparison.Ordinal), $"to print \"{text}\"");

    /// <summary>Waits until the output contains a text a number of times.</summary>
    public Task WaitForLog(string text, int times)
        => WaitUntil(() => Log.Split(text).Length > times, $"to print \"{text}\" {times} times");

    /// <summary>Sends a signal.</summary>
    public void Signal(int number) => _ = kill(_process.Id, number);

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExit()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await _reading;
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        AppDomain.CurrentDomain.ProcessExit -= KillAtExit;
        if (!_process.HasExited)
        {
            Signal(Terminate);
            using var politeness = new CancellationTokenSource(Politeness);
            try
            {
                await _process.WaitForExitAsync(politeness.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync(CancellationToken.None);
            }
        }

        _process.Dispose();
    }

    private async Task WaitUntil(Func<bool> condition, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(start) > Patience)
            {
                string state = _process.HasExited ? "it has ended" : "it runs";
                throw new InvalidOperationException($"`{_command}` was waited for {what}; {state} and has printed:\n{Log}");
            }

            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    // The TCP sockets of the process's namespace, as fields of /proc/net/tcp.
    private IEnumerable<string[]> Sockets()
    {
        try
        {
            return File.ReadAllLines($"/proc/{_process.Id}/net/tcp").Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }
        catch (IOException)
        {
            return []; // it has just ended
        }
    }

    private async Task Keep(StreamReader from)
    {
        char[] buffer = new char[4096];
        for (int count; (count = await from.ReadAsync(buffer)) > 0;)
            lock (_log)
                _log.Append(buffer, 0, count);
    }

    // A test run that is ended from outside does not reach Dispose.
    private void KillAtExit(object? sender, EventArgs e) => _process.Kill(entireProcessTree: true);

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
