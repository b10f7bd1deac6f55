using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using UserTcp.Testing;

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>How a run of the `usertcp` command ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Standard output, up to 1 MiB, as text.</param>
/// <param name="OutputLength">All of standard output, in bytes.</param>
/// <param name="OutputSha256">The SHA-256 of standard output, in lower-case hexadecimal.</param>
/// <param name="Errors">Standard error.</param>
/// <param name="PeakMemory">The largest resident set that was seen, in bytes.</param>
internal sealed record CommandResult(int ExitCode, string Output, long OutputLength, string OutputSha256, string Errors, long PeakMemory)
{
    /// <summary>Fails with all that the command said when the exit code is another.</summary>
    public CommandResult MustEndWith(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}, {exitCode} was wanted\n{this}");
        return this;
    }

    /// <summary>Fails with all that the command said unless one of the texts is in standard error.</summary>
    public CommandResult MustSay(params string[] texts)
    {
        foreach (string text in texts)
            Assert.True(Errors.Contains(text, StringComparison.OrdinalIgnoreCase), $"standard error does not say \"{text}\"\n{this}");
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => $"exit code {ExitCode}; {OutputLength} bytes of output\n{Errors}\n{(OutputLength < 4096 ? Output : "")}";
}

/// <summary>Runs the `usertcp` command that was built with these tests.</summary>
internal static class UsertcpCommand
{
    private const int KeptOutput = 1 << 20;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(120);

    private static readonly string Path = System.IO.Path.Combine(AppContext.BaseDirectory, "UserTcp.Cli.dll");

    /// <summary>The command as this build starts it: on the runtime.</summary>
    public static string[] OnRuntime => [Tool.Require("dotnet"), Path];

    /// <summary>Runs a verb in a namespace until it ends; a run that does not end is killed and fails the test.</summary>
    public static async Task<CommandResult> Run(TestNamespace where, string[] command, string[] arguments, CancellationToken cancellation)
    {
        using Process process = Process.Start(StartInfo(where, [.. command, .. arguments]))!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Longest);
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        Task<(string, long, string)> output = Task.Run(() => ReadOutput(process.StandardOutput.BaseStream), CancellationToken.None);
        long peak = 0;
        try
        {
            for (Task exit = process.WaitForExitAsync(limit.Token); !exit.IsCompleted; await Task.WhenAny(exit, Task.Delay(20, limit.Token)))
                peak = Math.Max(peak, PeakMemory(process.Id));
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellation.ThrowIfCancellationRequested();
            Assert.Fail($"`usertcp {string.Join(' ', arguments)}` did not end within {Longest.TotalSeconds} s; it said:\n{await errors}");
        }

        (string text, long length, string hash) = await output;
        return new(process.ExitCode, text, length, hash, await errors, peak);
    }

    private static ProcessStartInfo StartInfo(TestNamespace where, string[] command)
        => new(Tool.Require("ip"), ["netns", "exec", where.Name, .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["NO_COLOR"] = "1", ["DOTNET_EnableDiagnostics"] = "0" },
        };

    private static (string Text, long Length, string Hash) ReadOutput(Stream output)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var kept = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        long length = 0;
        for (int count; (count = output.Read(buffer)) > 0; length += count)
        {
            hash.AppendData(buffer, 0, count);
            if (kept.Length < KeptOutput)
                kept.Write(buffer, 0, count);
        }

        return (Encoding.UTF8.GetString(kept.ToArray()), length, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    // The kernel keeps the maximum itself, so the last look before the end sees all but the last moments.
    private static long PeakMemory(int process)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.AsSpan(6).Trim().TrimEnd("kB ").Trim(), CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0; // it has just ended
        }
    }
}
