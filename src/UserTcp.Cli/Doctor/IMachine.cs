using System.ComponentModel;
using System.Diagnostics;

namespace UserTcp.Cli.Doctor;

/// <summary>What the doctor asks of a machine, so that a test can be any machine.</summary>
internal interface IMachine
{
    /// <summary>Whether it runs Linux.</summary>
    bool IsLinux { get; }

    /// <summary>A variable of the environment.</summary>
    string? Variable(string name);

    /// <summary>Whether there is a file or device of that path.</summary>
    bool Exists(string path);

    /// <summary>The text of a file; null when it cannot be read.</summary>
    string? Read(string path);

    /// <summary>Why a file cannot be opened for reading and writing; null when it can.</summary>
    string? WhyNotOpen(string path);

    /// <summary>The path of a command; null when it is not found.</summary>
    string? Find(string command);

    /// <summary>Runs a command and returns its standard output; null when it fails or does not end within 10 s.</summary>
    string? Run(string command, params string[] arguments);
}

/// <summary>The machine we run on.</summary>
internal sealed class ThisMachine : IMachine
{
    private static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(10);

    public bool IsLinux => OperatingSystem.IsLinux();

    public string? Variable(string name) => Environment.GetEnvironmentVariable(name);

    public bool Exists(string path) => File.Exists(path);

    public string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public string? WhyNotOpen(string path)
    {
        try
        {
            File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite).Dispose();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    public string? Find(string command)
    {
        // The system's own tools are not on every user's path, but are where sudo finds them.
        string path = $"{Variable("PATH")}:/usr/local/sbin:/usr/sbin:/sbin";
        return path.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, command)).FirstOrDefault(File.Exists);
    }

    public string? Run(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        try
        {
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            _ = process.StandardError.ReadToEndAsync(); // Drained, so that a wordy command is not stopped by a full pipe.
            if (!process.WaitForExit(LongestRun))
            {
                process.Kill();
                return null;
            }

            return process.ExitCode == 0 ? output.GetAwaiter().GetResult() : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
