using UserTcp.Tls.Tests.Peers;

namespace UserTcp.Tls.Tests.Handshake;

/// <summary>Secrets are written where the options say, and nowhere else.</summary>
public sealed class KeyLogFileTests : IDisposable
{
    private const string Variable = "SSLKEYLOGFILE";

    private readonly string _folder = Directory.CreateTempSubdirectory($"usertcp-keylog-{Environment.ProcessId}-").FullName;
    private readonly string? _before = Environment.GetEnvironmentVariable(Variable);

    private string FilePath => Path.Combine(_folder, "keys.log");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, _before);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Two_connections_append_their_lines_to_a_file_that_only_its_owner_reads()
    {
        string[] wanted = new string[2];
        using (var file = new TlsKeyLogFile(FilePath))
        {
            for (int i = 0; i < wanted.Length; i++)
            {
                using var client = ScriptedClient.Connected(options => options with { KeyLog = file });
                wanted[i] = client.Events.OfType<KeyLogged>().Single().Line;
            }
        }
        Assert.Equal(wanted, File.ReadAllLines(FilePath));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
    }

    [Fact]
    public void Two_that_write_to_one_file_keep_each_other_s_lines()
    {
        using var one = new TlsKeyLogFile(FilePath);
        using var other = new TlsKeyLogFile(FilePath);
        foreach (TlsKeyLogFile file in (TlsKeyLogFile[])[one, other, one])
            ScriptedClient.Connected(options => options with { KeyLog = file }).Dispose();
        Assert.Equal(3, File.ReadAllLines(FilePath).Length);
    }

    [Fact]
    public void The_environment_is_asked_only_by_who_says_so()
    {
        Environment.SetEnvironmentVariable(Variable, null);
        Assert.Null(TlsKeyLogFile.FromEnvironment());
        Environment.SetEnvironmentVariable(Variable, FilePath);
        using (ScriptedClient.Connected()) Assert.False(File.Exists(FilePath));
        using TlsKeyLogFile file = TlsKeyLogFile.FromEnvironment()!;
        using (ScriptedClient.Connected(options => options with { KeyLog = file })) Assert.Single(File.ReadAllLines(FilePath));
    }
}
