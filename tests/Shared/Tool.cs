using System.Diagnostics;

namespace UserTcp.Testing;

/// <summary>Other programs that tests use.</summary>
public static class Tool
{
    /// <summary>The path of a program, or the running test is skipped with how to get it.</summary>
    public static string Require(string program, string howToGet = "sudo tools/install-test-peers.sh")
    {
        string? path = Find(program);
        Assert.SkipUnless(path is not null, $"needs {program}: {howToGet}");
        return path;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed; the message has what it printed.</exception>
    public static string Run(string program, IReadOnlyList<string> arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"`{program} {string.Join(' ', arguments)}` ended with {process.ExitCode}: {errors.Result}{output}");
    }

    /// <summary>Whether a program can be started.</summary>
    public static bool IsInstalled(string program) => Find(program) is not null;

    // Servers live in /usr/sbin, which is not in the PATH of everybody who may run this as root.
    private static string? Find(string program)
        => $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin".Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
}
