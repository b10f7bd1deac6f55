using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using UserTcp.Interop.Tests.Fixtures;

namespace UserTcp.Interop.Tests.Servers;

/// <summary>.NET's own servers. They run in the test's process on a socket that was made in the namespace, and so belongs to it.</summary>
internal static class DotnetServers
{
    /// <summary>Starts a server that answers each connection's one request with a file.</summary>
    public static Task StartSslStream(this TapLab lab, ServerCertificate certificate, string folder)
    {
        SslStreamCertificateContext context = Context(certificate);
        lab.Accept(async connection =>
        {
            await using var tls = new SslStream(connection);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = context });
            using var reader = new StreamReader(tls, Encoding.ASCII, leaveOpen: true);
            string request = await reader.ReadLineAsync() ?? "";
            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
            }

            await using FileStream file = File.OpenRead(Path.Combine(folder, request.Split(' ')[1].TrimStart('/')));
            await tls.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {file.Length}\r\nConnection: close\r\n\r\n"));
            await file.CopyToAsync(tls);
            await tls.ShutdownAsync();
        });
        return Task.CompletedTask;
    }

    /// <summary>Starts Kestrel.</summary>
    public static async Task StartKestrel(this TapLab lab, ServerCertificate certificate, string folder)
    {
        Socket socket = lab.Listen(TlsServers.Port);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenHandle((ulong)socket.Handle, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = certificate.Leaf;
            https.ServerCertificateChain = [.. certificate.Intermediates];
            https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        })));
        WebApplication application = builder.Build();
        lab.Own(application);
        application.Run(async request =>
        {
            string path = Path.Combine(folder, request.Request.Path.Value!.TrimStart('/'));
            request.Response.ContentLength = new FileInfo(path).Length;
            await request.Response.SendFileAsync(path);
        });
        await application.StartAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Serves every connection with a script until the lab ends. What a script throws is the client's fault, and the client is what is tested.</summary>
    public static void Accept(this TapLab lab, Func<NetworkStream, Task> script, int port = TlsServers.Port)
    {
        Socket listener = lab.Listen(port);
        _ = Task.Run(async () =>
        {
            try
            {
                while (true)
                    _ = Serve(await listener.AcceptAsync(), script);
            }
            catch (SocketException)
            {
                // The lab has ended.
            }
            catch (ObjectDisposedException)
            {
            }
        });
    }

    private static async Task Serve(Socket socket, Func<NetworkStream, Task> script)
    {
        await using var connection = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await script(connection);
        }
        catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException)
        {
        }
    }

    /// <summary>A certificate as SslStream takes it.</summary>
    public static SslStreamCertificateContext Context(ServerCertificate certificate)
        => SslStreamCertificateContext.Create(certificate.Leaf, [.. certificate.Intermediates], offline: true);
}
