using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Interop.Tests.Servers;
using UserTcp.Testing;

namespace UserTcp.Interop.Tests;

/// <summary>The front door, run as a person runs it; the machine afterwards is as it was before.</summary>
public sealed class RunTapTests(Bodies bodies)
{
    private const int Interrupted = 130;

    [Fact]
    public async Task Without_arguments_it_draws_a_whole_connection_and_leaves_only_the_capture()
    {
        await using var lab = new TapLab();
        string[] before = await Footprint.Take(lab.Namespace);

        await using Script script = Start(lab);
        Assert.True(await script.Process.WaitForExit() == 0, script.Process.Log);

        string said = script.Process.Log;
        string[] wanted =
        [
            "SYN  seq", "SYN, ACK", "ESTABLISHED", "ClientHello", "ServerHello", "Certificate", "ServerKeyExchange", "ServerHelloDone", "ClientKeyExchange",
            "ChangeCipherSpec", "Finished (Encrypted Handshake Message)", "status 200", "FIN, ACK", "CLOSE-WAIT", "LAST-ACK", "TIME-WAIT", "all hold",
        ];
        Assert.All(wanted, text => Assert.Contains(text, said, StringComparison.Ordinal));
        for (int phase = 1; phase <= 4; phase++)
            Assert.Contains($"TLS phase {phase}", said, StringComparison.Ordinal);
        await script.LeavesNothing(before);

        string capture = Path.Combine(script.Folder, "handshake.pcapng");
        Assert.Empty(await Tshark.Read(lab, capture, Tshark.Objections));
        Assert.Equal("200", Assert.Single(await Tshark.Read(lab, capture, "http.response", "http.response.code")));
        Assert.Equal(2, (await Tshark.Read(lab, capture, $"{Tshark.Fins} && tcp.flags.ack == 1")).Length);
        Assert.NotEmpty(await Tshark.Read(lab, capture, "dns.flags.response == 1"));
    }

    [Fact]
    public async Task Two_at_once_do_not_meet()
    {
        await using var lab = new TapLab();
        string[] before = await Footprint.Take(lab.Namespace);
        await using Script first = Start(lab);
        await using Script second = Start(lab);
        int[] codes = await Task.WhenAll(first.Process.WaitForExit(), second.Process.WaitForExit());
        Assert.True(codes is [0, 0], $"{first.Process.Log}\n{second.Process.Log}");
        await first.LeavesNothing(before);
        await second.LeavesNothing(before);
    }

    [Theory, InlineData(ChildProcess.Interrupt, Interrupted), InlineData(ChildProcess.Terminate, 143)]
    public async Task A_signal_in_the_middle_leaves_nothing(int signal, int exitCode)
    {
        await using var lab = new TapLab();
        string[] before = await Footprint.Take(lab.Namespace);
        await using Script script = Start(lab, "--rate", "20kbit"); // slow enough to be met in the handshake
        await script.HasStartedCommand();
        script.Process.Signal(signal);
        Assert.Equal(exitCode, await script.Process.WaitForExit());
        await script.LeavesNothing(before);
    }

    [Theory, InlineData(0), InlineData(ChildProcess.Interrupt)]
    public async Task With_a_URL_it_opens_a_way_out_and_closes_it_again(int signal)
    {
        await using var internet = new Internet();
        await internet.StartNameServer();
        ServerCertificate certificate = TestAuthority.Of(KeyKind.Ecdsa).Good();
        TapLab lab = internet.Client;
        ChildProcess nginx = lab.StartNginx(internet.Servers, $$"""
              server {
                listen 443 ssl;
                ssl_certificate {{lab.WriteFile("pem", certificate.ChainPem)}};
                ssl_certificate_key {{lab.WriteFile("key", certificate.KeyPem)}};
                root {{bodies.Folder}};
              }
            """);
        await nginx.WaitForPort(443);
        TestNamespace machine = lab.Namespace;
        machine.Run(() => File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "0"));
        string[] before = await Footprint.Take(machine);
        string body = lab.Folder.PathOf("body");

        string[] slow = signal == 0 ? [] : ["--rate", "20kbit"];
        await using Script script = Start(
            lab, [$"https://{TestAuthority.Host}/{Bodies.NameOf(1)}", "--dns", $"{Internet.Server}", "--ca", lab.Roots, "-o", body, .. slow]);
        if (signal != 0)
        {
            await script.HasStartedCommand();
            Assert.NotEqual(before, await Footprint.Take(machine));
            script.Process.Signal(signal);
        }

        int exitCode = await script.Process.WaitForExit();
        Assert.True(exitCode == (signal == 0 ? 0 : Interrupted), $"exit code {exitCode}\n{script.Process.Log}");
        if (signal == 0)
            Assert.True(File.ReadAllBytes(bodies.PathOf(1)).SequenceEqual(File.ReadAllBytes(body)));
        await script.LeavesNothing(before);
    }

    // The lab's namespace plays the machine that the script runs on; the script makes TAPs of its own there.
    private static Script Start(TapLab lab, params string[] arguments)
    {
        string folder = Directory.CreateDirectory(lab.Folder.PathOf($"run-{Guid.NewGuid():N}")).FullName;
        string temporary = Directory.CreateDirectory(lab.Folder.PathOf($"tmp-{Guid.NewGuid():N}")).FullName;
        KeyValuePair<string, string> mark = Footprint.NewMark();
        ChildProcess process = ChildProcess.Start(
            lab.Namespace, "env", ["-C", folder, $"{mark.Key}={mark.Value}", $"TMPDIR={temporary}", "NO_COLOR=1", "bash", Repository.RunTap, .. arguments]);
        return new(process, lab.Namespace, folder, temporary, mark);
    }

    private sealed record Script(ChildProcess Process, TestNamespace Machine, string Folder, string Temporary, KeyValuePair<string, string> Mark) : IAsyncDisposable
    {
        /// <summary>Waits until the command itself runs.</summary>
        public async Task HasStartedCommand()
        {
            while (!Footprint.Survivors(Mark).Any(line => line.Contains("UserTcp.Cli.dll get ", StringComparison.Ordinal)))
            {
                Assert.False(Process.HasExited, $"the script has ended before the command ran\n{Process.Log}");
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }
        }

        /// <summary>Fails unless the machine is as it was and no process and no temporary file is left.</summary>
        public async Task LeavesNothing(string[] before)
        {
            Assert.Empty(Footprint.Survivors(Mark));
            // The SDK leaves folders of its own when the script had to build.
            string left = Process.Log.Contains("building", StringComparison.Ordinal) ? "usertcp*" : "*";
            Assert.Empty(Directory.EnumerateFileSystemEntries(Temporary, left));
            Assert.Equal(before, await Footprint.Take(Machine));
        }

        public ValueTask DisposeAsync() => Process.DisposeAsync();
    }
}
