using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace UserTcp.Tls.Tests.Peers;

/// <summary>SslStream (OpenSSL, since the stack is for Linux) as the server on a kernel loopback socket.</summary>
internal sealed class SslServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _running;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Starts a server that does the handshake with each client and then gives it to <paramref name="serve"/>.</summary>
    internal SslServer(SslServerAuthenticationOptions options, Func<SslStream, Task> serve)
    {
        _listener.Start();
        _running = AcceptAsync(options, serve);
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    internal static SslServerAuthenticationOptions Options(X509Certificate2 certificate, params TlsCipherSuite[] suites) => new()
    {
        ServerCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true),
        EnabledSslProtocols = SslProtocols.Tls12,
        CipherSuitesPolicy = suites.Length == 0 ? null : new CipherSuitesPolicy(suites),
        ApplicationProtocols = [SslApplicationProtocol.Http11],
    };

    internal static async Task Echo(SslStream stream)
    {
        byte[] buffer = new byte[65536];
        int count;
        while ((count = await stream.ReadAsync(buffer)) > 0) await stream.WriteAsync(buffer.AsMemory(0, count));
        await stream.ShutdownAsync();
    }

    internal async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _running;
        _stop.Dispose();
    }

    private async Task AcceptAsync(SslServerAuthenticationOptions options, Func<SslStream, Task> serve)
    {
        var connections = new List<Task>();
        try
        {
            while (true) connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token), options, serve));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(Socket socket, SslServerAuthenticationOptions options, Func<SslStream, Task> serve)
    {
        try
        {
            await using var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await using CancellationTokenRegistration abort = _stop.Token.Register(socket.Dispose);
            await stream.AuthenticateAsServerAsync(options, _stop.Token);
            await serve(stream);
        }
        catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
        {
            // The client is what is tested: it may end the connection in any way.
        }
    }
}
