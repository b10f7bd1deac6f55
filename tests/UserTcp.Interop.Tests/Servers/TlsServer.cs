using UserTcp.Interop.Tests.Fixtures;

namespace UserTcp.Interop.Tests.Servers;

/// <summary>A TLS server of somebody else's that serves files over HTTP.</summary>
public enum TlsServer
{
    /// <summary>openssl s_server.</summary>
    OpenSsl,

    /// <summary>nginx, with OpenSSL.</summary>
    Nginx,

    /// <summary>Apache with mod_ssl.</summary>
    Apache,

    /// <summary>HAProxy before a plain nginx.</summary>
    HaProxy,

    /// <summary>stunnel before a plain nginx.</summary>
    Stunnel,

    /// <summary>gnutls-serv.</summary>
    GnuTls,

    /// <summary>Go's crypto/tls under net/http.</summary>
    Go,

    /// <summary>Java's JSSE under its own HTTP server.</summary>
    Java,

    /// <summary>.NET's SslStream, with the least HTTP that works.</summary>
    SslStream,

    /// <summary>Kestrel.</summary>
    Kestrel,
}

/// <summary>Starts servers in a lab.</summary>
internal static class TlsServers
{
    /// <summary>The port that a lab's server listens on.</summary>
    public const int Port = 4433;

    /// <summary>Starts a server on the kernel's address of a TAP, which ends with the lab.</summary>
    /// <param name="lab">Where.</param>
    /// <param name="server">Which.</param>
    /// <param name="certificate">What it shows.</param>
    /// <param name="bodies">The files that it serves.</param>
    /// <param name="size">The file that will be asked for: gnutls-serv has only one.</param>
    /// <param name="tickets">Whether it gives session tickets; else session IDs, if it can.</param>
    /// <returns>Its process; null for .NET's, which run in the test's.</returns>
    public static async Task<ChildProcess?> StartServer(
        this TapLab lab, TlsServer server, ServerCertificate certificate, Bodies bodies, int size, bool tickets = true)
    {
        switch (server)
        {
            case TlsServer.OpenSsl: return await lab.StartOpenSsl(certificate, bodies.Folder, tickets ? [] : ["-no_ticket"]);
            case TlsServer.Nginx: return await lab.StartNginx(certificate, bodies.Folder, WebServers.NginxSessions(tickets));
            case TlsServer.Apache: return await lab.StartApache(certificate, bodies.Folder, tickets);
            case TlsServer.HaProxy: return await lab.StartHaProxy(certificate, bodies.Folder, tickets);
            case TlsServer.Stunnel: return await lab.StartStunnel(certificate, bodies.Folder, tickets);
            case TlsServer.GnuTls:
                return await lab.StartGnuTls(certificate, ["--http", "--httpdata", bodies.PathOf(size), .. tickets ? [] : (string[])["--noticket"]]);
            case TlsServer.Go: return await lab.StartGo(certificate, bodies.Folder, tickets);
            case TlsServer.Java: return await lab.StartJava(certificate, bodies.Folder, tickets);
            case TlsServer.SslStream: await lab.StartSslStream(certificate, bodies.Folder); return null;
            case TlsServer.Kestrel: await lab.StartKestrel(certificate, bodies.Folder); return null;
            default: throw new ArgumentOutOfRangeException(nameof(server));
        }
    }

    /// <summary>What a server's log says of a connection that resumed a session; null for servers that do not tell.</summary>
    public static string? ResumedMark(this TlsServer server) => server switch
    {
        TlsServer.Nginx => "resumed r",
        TlsServer.Apache => "resumed Resumed",
        TlsServer.HaProxy => "resumed 1",
        TlsServer.Stunnel => "previous session reused",
        TlsServer.GnuTls => "This is a resumed session",
        TlsServer.Go or TlsServer.Java => "resumed true",
        _ => null,
    };

    /// <summary>Starts openssl s_server. Its log tells the alerts it was sent.</summary>
    public static Task<ChildProcess> StartOpenSsl(this TapLab lab, ServerCertificate certificate, string folder, params string[] options)
        => lab.StartOpenSslWith(certificate, "cd \"$0\" && exec openssl s_server \"$@\"", folder, ["-WWW", "-http_server_binmode", .. options]);

    /// <summary>Starts openssl s_server as a pipe: it sends what is written to its input, and what the client sends goes to a file.</summary>
    public static Task<ChildProcess> StartOpenSslPipe(this TapLab lab, ServerCertificate certificate, string received)
        => lab.StartOpenSslWith(certificate, "exec openssl s_server \"$@\" > \"$0\"", received, "-quiet");

    /// <summary>Starts gnutls-serv.</summary>
    public static async Task<ChildProcess> StartGnuTls(this TapLab lab, ServerCertificate certificate, params string[] options)
    {
        ChildProcess child = lab.Start(lab.Namespace, "gnutls-serv", [
            "--disable-client-cert", "--port", $"{Port}", "--x509certfile", lab.WriteFile("pem", certificate.ChainPem),
            "--x509keyfile", lab.WriteFile("key", certificate.KeyPem), .. options]);
        await child.WaitForPort(Port);
        return child;
    }

    private static async Task<ChildProcess> StartOpenSslWith(
        this TapLab lab, ServerCertificate certificate, string script, string zeroth, params string[] options)
    {
        string chain = lab.WriteFile("pem", certificate.ChainPem);
        ChildProcess child = lab.Start(
            lab.Namespace, "sh",
            [
                "-c", script, zeroth, "-accept", $"{TapLab.Kernel}:{Port}",
                "-cert", chain, "-cert_chain", chain, "-key", lab.WriteFile("key", certificate.KeyPem), .. options,
            ]);
        await child.WaitForPort(Port);
        return child;
    }
}
