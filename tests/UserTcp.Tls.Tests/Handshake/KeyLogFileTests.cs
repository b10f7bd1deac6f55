using UserTcp.Tls.Tests.Peers;

namespace UserTcp.Tls.Tests.Handshake;

/// <summary>Secrets are written where the options say, and nowhere else.</summary>
public sealed class KeyLogFileTests : IDisposable
{
    private const string Variable = "SSLKEYLOGFILE";

    private readonly string _folder = Directory.CreateTempSubdirectory($"usertcp-keylog-{Environment.ProcessId}-").FullName;
    private readonly string? _before = Environment.GetEnvironmentVariable(Variable);
    private readonly EventList _events = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string FilePath => Path.Combine(_folder, "keys.log");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, _before);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Two_connections_append_their_lines_to_a_file_that_only_its_owner_reads()
    {
        using (var file = new TlsKeyLogFile(FilePath))
        {
            await TalkAsync(file);
            await TalkAsync(file);
            Assert.Null(file.Failure);
        }
        Assert.Equal(2, _events.Of<KeyLogged>().Count);
        Assert.Equal(_events.Of<KeyLogged>().Select(keys => keys.Line), await File.ReadAllLinesAsync(FilePath, Cancel));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
    }

    [Fact]
    public async Task Two_that_write_to_one_file_keep_each_other_s_lines()
    {
        using var one = new TlsKeyLogFile(FilePath);
        using var other = new TlsKeyLogFile(FilePath);
        foreach (TlsKeyLogFile file in (TlsKeyLogFile[])[one, other, one])
            await TalkAsync(file);
        Assert.Equal(3, (await File.ReadAllLinesAsync(FilePath, Cancel)).Length);
    }

    [Fact]
    public async Task The_environment_is_asked_only_by_who_says_so()
    {
        Environment.SetEnvironmentVariable(Variable, null);
        Assert.Null(TlsKeyLogFile.FromEnvironment());
        Environment.SetEnvironmentVariable(Variable, FilePath);
        await TalkAsync(null);
        Assert.False(File.Exists(FilePath));
        using TlsKeyLogFile file = TlsKeyLogFile.FromEnvironment()!;
        await TalkAsync(file);
        Assert.Single(await File.ReadAllLinesAsync(FilePath, Cancel));
    }

    // client                                        server
    // ClientHello                              -->
    //                     <--  ServerHello … ServerHelloDone
    //             the key is in the file
    // ClientKeyExchange, CCS, Finished         -->
    [Fact]
    public async Task Who_reads_along_has_the_key_before_the_first_message_that_needs_it()
    {
        var lines = new List<int>();
        using var file = new TlsKeyLogFile(FilePath);
        await TalkAsync(file, beforeWrite: () => lines.Add(File.ReadAllLines(FilePath).Length));
        Assert.Equal([0, 1], lines.Take(2));
    }

    [Fact]
    public void An_engine_writes_no_file()
    {
        using var file = new TlsKeyLogFile(FilePath);
        using var client = ScriptedClient.Connected(options => options with { KeyLog = file });
        Assert.Single(client.Events.OfType<KeyLogged>());
        Assert.Empty(File.ReadAllLines(FilePath));
    }

    [Fact]
    public async Task A_full_disk_ends_no_connection_and_is_told()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full, which Linux has");
        using var file = new TlsKeyLogFile("/dev/full");
        await TalkAsync(file);
        await TalkAsync(file);
        Assert.Contains("key log is incomplete", file.Failure, StringComparison.Ordinal);
        Assert.Equal(2, _events.Of<KeyLogged>().Count);
    }

    [Fact]
    public async Task A_file_that_was_closed_too_early_ends_no_connection()
    {
        var file = new TlsKeyLogFile(FilePath);
        file.Dispose();
        await TalkAsync(file);
        Assert.NotNull(file.Failure);
    }

    /// <summary>A connection that carries data both ways.</summary>
    private async Task TalkAsync(TlsKeyLogFile? file, Action? beforeWrite = null)
    {
        await using var server = new SslServer(SslServer.Options(TestCertificates.EcdsaP256), SslServer.Echo);
        var options = new TlsClientOptions { HostName = TestCertificates.HostName, TrustStore = TestCertificates.TrustStore, KeyLog = file, Events = _events };
        var wire = new ChoppyStream(await server.ConnectAsync(Cancel), 65536, beforeWrite);
        await using TlsClientStream tls = await TlsClientStream.ConnectAsync(wire, options, Cancel);
        byte[] answer = new byte[4];
        await tls.WriteAsync("ping"u8.ToArray(), Cancel);
        await tls.ReadExactlyAsync(answer, Cancel);
        Assert.Equal("ping"u8.ToArray(), answer);
    }
}
