using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using UserTcp.Testing;

namespace UserTcp.Tests.Link;

/// <summary>A TLS 1.2 talk between two OpenSSL programs over loopback, listened to in the middle.</summary>
internal static class RecordedTls
{
    /// <summary>Fetches a page and gives what passed, in order, with the key log of the client.</summary>
    public static async Task<(List<(bool FromClient, byte[] Bytes)> Talk, string KeyLog)> RunAsync(CancellationToken cancel)
    {
        string directory = Directory.CreateTempSubdirectory("usertcp-tls-").FullName;
        Process? server = null, client = null;
        try
        {
            Tool.Run("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-keyout", $"{directory}/key", "-out", $"{directory}/cert"]);
            int port;
            using (var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                port = ((IPEndPoint)probe.LocalEndpoint).Port;
            }

            server = Start("s_server", "-accept", $"127.0.0.1:{port}", "-www", "-key", $"{directory}/key", "-cert", $"{directory}/cert");
            await server.StandardOutput.ReadLineAsync(cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(10), cancel); // "ACCEPT", also "Using default temp DH parameters"

            using var middle = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
            middle.Start();
            client = Start("s_client", "-connect", middle.LocalEndpoint.ToString()!, "-tls1_2", "-keylogfile", $"{directory}/keys", "-quiet", "-ign_eof");
            using TcpClient near = await middle.AcceptTcpClientAsync(cancel);
            using TcpClient far = await ConnectAsync(port, cancel);
            await client.StandardInput.WriteAsync("GET / HTTP/1.0\r\n\r\n");
            await client.StandardInput.FlushAsync(cancel);

            List<(bool FromClient, byte[] Bytes)> talk = [];
            await Task.WhenAll(CopyAsync(near, far, true, talk, cancel), CopyAsync(far, near, false, talk, cancel)).WaitAsync(TimeSpan.FromSeconds(30), cancel);
            return (talk, await File.ReadAllTextAsync($"{directory}/keys", cancel));
        }
        finally
        {
            foreach (Process? process in (Process?[])[client, server])
            {
                process?.Kill();
                process?.Dispose();
            }

            Directory.Delete(directory, recursive: true);
        }
    }

    private static Process Start(params string[] arguments)
        => Process.Start(new ProcessStartInfo("openssl", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static async Task<TcpClient> ConnectAsync(int port, CancellationToken cancel)
    {
        for (int attempt = 0; ; attempt++)
        {
            var far = new TcpClient();
            try
            {
                await far.ConnectAsync(IPAddress.Loopback, port, cancel);
                return far;
            }
            catch (SocketException) when (attempt < 50)
            {
                far.Dispose();
                await Task.Delay(100, cancel); // s_server has no way to say that it listens
            }
        }
    }

    private static async Task CopyAsync(TcpClient from, TcpClient to, bool fromClient, List<(bool FromClient, byte[] Bytes)> talk, CancellationToken cancel)
    {
        byte[] buffer = new byte[65536];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, cancel) is > 0 and int read)
            {
                lock (talk)
                    talk.Add((fromClient, buffer[..read]));
                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), cancel);
            }

            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // The other side has closed, which is how the talk ends.
        }
    }
}
