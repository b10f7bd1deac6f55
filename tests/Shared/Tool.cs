using System.Diagnostics;

namespace UserTcp.Testing;

/// <summary>Other programs that tests use.</summary>
public static class Tool
{
    /// <summary>Skips the running test when a program is not installed.</summary>
    public static void Require(string program, string howToGet)
        => Assert.SkipUnless(IsInstalled(program), $"needs {program}: {howToGet}");

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

    /// <summary>Whether a program can be started by its name.</summary>
    public static bool IsInstalled(string program)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return folders.Any(folder => File.Exists(Path.Combine(folder, program)));
    }
}
