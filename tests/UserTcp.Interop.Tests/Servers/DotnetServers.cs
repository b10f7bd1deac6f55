using System.Globalization;
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
    /// <summary>Starts a server that answers each connection's one request: GET with a file, PUT by storing what comes.</summary>
    public static Task StartSslStream(this TapLab lab, ServerCertificate certificate, string folder)
    {
        SslStreamCertificateContext context = Context(certificate);
        lab.Accept(async connection =>
        {
            await using var tls = new SslStream(connection);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = context });
            using var reader = new StreamReader(tls, Encoding.Latin1, leaveOpen: true);
            string[] request = (await reader.ReadLineAsync() ?? "").Split(' ');
            long length = 0;
            while (await reader.ReadLineAsync() is { Length: > 0 } header)
            {
                if (header.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase)) length = long.Parse(header.AsSpan(16), CultureInfo.InvariantCulture);
            }

            string name = Path.GetFileName(request[1]);
            if (request[0] == "PUT")
            {
                await Store(reader, length, Path.Combine(lab.Uploads, name));
                await tls.WriteAsync("HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
            }
            else
            {
                await using FileStream file = File.OpenRead(Path.Combine(folder, name));
                await tls.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {file.Length}\r\nConnection: close\r\n\r\n"));
                await file.CopyToAsync(tls);
            }
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
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.ListenHandle((ulong)socket.Handle, listen => listen.UseHttps(https =>
            {
                https.ServerCertificate = certificate.Leaf;
                https.ServerCertificateChain = [.. certificate.Intermediates];
                https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
            }));
        });
        WebApplication application = builder.Build();
        lab.Own(application);
        application.Run(async request =>
        {
            string name = Path.GetFileName(request.Request.Path.Value!);
            if (HttpMethods.IsPut(request.Request.Method))
            {
                await using FileStream file = File.Create(Path.Combine(lab.Uploads, name));
                await request.Request.Body.CopyToAsync(file);
                request.Response.StatusCode = StatusCodes.Status201Created;
                return;
            }

            string path = Path.Combine(folder, name);
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

    // The reader has already taken some of the body together with the head: in Latin-1 a character is a byte.
    private static async Task Store(StreamReader reader, long length, string path)
    {
        await using FileStream file = File.Create(path);
        char[] text = new char[1 << 16];
        byte[] bytes = new byte[text.Length];
        for (int count; length > 0 && (count = await reader.ReadAsync(text.AsMemory(0, (int)Math.Min(text.Length, length)))) > 0; length -= count)
            await file.WriteAsync(bytes.AsMemory(0, Encoding.Latin1.GetBytes(text.AsSpan(0, count), bytes)));
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
