using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;

namespace UserTcp.Tls.Tests.Peers;

/// <summary>`openssl s_server` on 127.0.0.1, stopped and cleaned up when disposed.</summary>
internal sealed class OpenSslServer : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Process _process;
    private readonly Channel<string> _output = Channel.CreateUnbounded<string>();

    private OpenSslServer(string folder, Process process, int port)
    {
        (_folder, _process, Port) = (folder, process, port);
        process.OutputDataReceived += (_, line) => _output.Writer.TryWrite(line.Data ?? "");
    }

    internal int Port { get; }

    /// <summary>Starts a server, with the test's authority in ca.pem, and waits until it listens. Skips the test when openssl is not installed.</summary>
    internal static async Task<OpenSslServer> StartAsync(X509Certificate2 certificate, string arguments, CancellationToken cancellationToken)
    {
        SkipUnlessInstalled();
        string folder = Directory.CreateTempSubdirectory($"usertcp-openssl-{Environment.ProcessId}-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "cert.pem"), certificate.ExportCertificatePem(), cancellationToken);
        string key = certificate.GetRSAPrivateKey()?.ExportPkcs8PrivateKeyPem() ?? certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
        await File.WriteAllTextAsync(Path.Combine(folder, "key.pem"), key, cancellationToken);

        await File.WriteAllTextAsync(Path.Combine(folder, "ca.pem"), TestCertificates.Root.ExportCertificatePem(), cancellationToken);
        int port = FreePort();
        var start = new ProcessStartInfo("openssl", $"s_server -accept 127.0.0.1:{port} -cert cert.pem -key key.pem {arguments}")
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Process.Start(start)!;
        var listening = new TaskCompletionSource();
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is "ACCEPT") listening.TrySetResult();
            if (line.Data is null) listening.TrySetException(new InvalidOperationException("openssl s_server ended"));
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await listening.Task.WaitAsync(cancellationToken);
        return new OpenSslServer(folder, process, port);
    }

    internal static void SkipUnlessInstalled()
        => Assert.SkipUnless(Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "openssl"))),
            "needs the openssl command: apt install openssl");

    /// <summary>What the server prints behind <paramref name="name"/>.</summary>
    internal async Task<string> ValueAsync(string name, CancellationToken cancellationToken)
    {
        await foreach (string line in _output.Reader.ReadAllAsync(cancellationToken))
        {
            if (line.TrimStart().StartsWith(name, StringComparison.Ordinal)) return line.TrimStart()[name.Length..];
        }
        throw new InvalidOperationException("openssl s_server ended");
    }

    internal async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
