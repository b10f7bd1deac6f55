using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Tls.Handshake;
using UserTcp.Tls.Tests.ClientCertificates;
using UserTcp.Tls.Tests.Peers;

namespace UserTcp.Tls.Tests.Transcripts.Servers;

/// <summary>A real server on 127.0.0.1, with the test's certificates, for as long as it is recorded.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);      // go compiles its program first

    private readonly Func<ValueTask> _stop;

    private RunningServer(string version, int port, Func<ValueTask> stop) => (Version, Port, _stop) = (version, port, stop);

    internal string Version { get; }

    private int Port { get; }

    /// <summary>Starts the server of a scenario and waits until it listens. Skips the test when it is not installed.</summary>
    internal static async Task<RunningServer> StartAsync(TranscriptScenario scenario, CancellationToken cancel)
    {
        X509Certificate2 certificate = scenario.Certificate switch { "RSA" => TestCertificates.Rsa, "P-256" => TestCertificates.EcdsaP256, _ => TestCertificates.EcdsaP384 };
        if (scenario.Server != RealServers.SslStream) return await StartProgramAsync(scenario, certificate, cancel);

        // By itself it has no ChaCha20; with suites of one's choice it does not resume.
        SslServerAuthenticationOptions options = SslServer.Options(certificate, scenario.Resumption == Resumption.None ? [.. SuiteParameters.Preference] : []);
        options.ClientCertificateRequired = scenario.ClientCertificate is not null;
        if (options.ClientCertificateRequired) options.RemoteCertificateValidationCallback = (_, client, _, _) => client?.Issuer == TestCertificates.Root.Subject;
        var server = new SslServer(options, SslServer.Echo);
        return new RunningServer($".NET {Environment.Version}, SslStream", server.Port, server.DisposeAsync);
    }

    /// <summary>A connection whose reads do not wait for ever.</summary>
    internal NetworkStream Connect()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 10_000 };
        socket.Connect(IPAddress.Loopback, Port);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public ValueTask DisposeAsync() => _stop();

    private static async Task<RunningServer> StartProgramAsync(TranscriptScenario scenario, X509Certificate2 certificate, CancellationToken cancel)
    {
        RealServer server = RealServers.Program(scenario.Server);
        string[] folders = [.. Environment.GetEnvironmentVariable("PATH")!.Split(':'), "/usr/sbin"];
        string? program = folders.Select(folder => Path.Combine(folder, server.Program)).FirstOrDefault(File.Exists);
        Assert.SkipUnless(program is not null, $"Needs {server.Program} to be recorded anew: tools/install-test-peers.sh installs it.");

        DirectoryInfo folder = Directory.CreateTempSubdirectory($"usertcp-transcript-{Environment.ProcessId}-");
        Process? process = null;
        try
        {
            var wish = new ServerWish(folder.FullName, FreePort(), scenario.ClientCertificate is not null, scenario.Resumption != Resumption.SessionId);
            WriteFiles(wish, certificate);
            string version = (await RunAsync(program!, server.Version, wish.Folder, cancel)).Split('\n').First(line => line.Contains('.', StringComparison.Ordinal)).Trim();
            process = Process.Start(Command(program!, [.. server.Arguments(wish), .. scenario.Arguments], wish.Folder))!;
            Task<string>[] output = [process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel)];
            var running = new RunningServer(version, wish.Port, Stop);
            await WaitUntilItListens(running, process, output, cancel);
            return running;
        }
        catch
        {
            await Stop();
            throw;
        }

        async ValueTask Stop()
        {
            if (process is not null)
            {
                if (!process.HasExited) process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
                process.Dispose();
            }
            folder.Delete(recursive: true);
        }
    }

    private static async Task WaitUntilItListens(RunningServer server, Process process, Task<string>[] output, CancellationToken cancel)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (process.HasExited) throw new InvalidOperationException($"the server ended: {string.Concat(await Task.WhenAll(output))}");
            try
            {
                server.Connect().Dispose();
                return;
            }
            catch (SocketException) when (Stopwatch.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(50, cancel);
            }
        }
    }

    private static void WriteFiles(ServerWish wish, X509Certificate2 certificate)
    {
        string chain = certificate.ExportCertificatePem() + "\n", key = ClientKeys.Key(certificate).ExportPkcs8PrivateKeyPem() + "\n";
        wish.Write("chain.pem", chain);
        wish.Write("key.pem", key);
        wish.Write("both.pem", chain + key);
        wish.Write("ca.pem", TestCertificates.Root.ExportCertificatePem() + "\n");
        wish.Write("hello", "hello\n");
        File.WriteAllBytes(wish.PathOf("key.p12"), certificate.Export(X509ContentType.Pkcs12, "hello"));
        // Apache serves as nobody.
        File.SetUnixFileMode(wish.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
    }

    private static async Task<string> RunAsync(string program, string[] arguments, string folder, CancellationToken cancel)
    {
        using Process process = Process.Start(Command(program, arguments, folder))!;
        string[] output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel));
        return string.Concat(output);
    }

    private static ProcessStartInfo Command(string program, string[] arguments, string folder) => new(program, arguments)
    {
        WorkingDirectory = folder,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
