using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Testing;

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

    /// <summary>gnutls-serv.</summary>
    GnuTls,

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
    public static Task StartServer(this TapLab lab, TlsServer server, ServerCertificate certificate, Bodies bodies, int size) => server switch
    {
        TlsServer.OpenSsl => lab.StartOpenSsl(certificate, bodies.Folder),
        TlsServer.Nginx => lab.StartNginx(certificate, bodies.Folder),
        TlsServer.Apache => lab.StartApache(certificate, bodies.Folder),
        TlsServer.HaProxy => lab.StartHaProxy(certificate, bodies.Folder),
        TlsServer.GnuTls => lab.StartGnuTls(certificate, bodies.PathOf(size)),
        TlsServer.SslStream => lab.StartSslStream(certificate, bodies.Folder),
        TlsServer.Kestrel => lab.StartKestrel(certificate, bodies.Folder),
        _ => throw new ArgumentOutOfRangeException(nameof(server)),
    };

    /// <summary>Starts openssl s_server. Its log tells the alerts it was sent.</summary>
    public static async Task<ChildProcess> StartOpenSsl(this TapLab lab, ServerCertificate certificate, string folder, params string[] options)
    {
        string chain = lab.WriteFile("pem", certificate.ChainPem);
        ChildProcess child = lab.Start(
            lab.Namespace, "sh",
            [
                "-c", "cd \"$0\" && exec openssl s_server \"$@\"", folder, "-accept", $"{TapLab.Kernel}:{Port}", "-WWW", "-http_server_binmode",
                "-cert", chain, "-cert_chain", chain, "-key", lab.WriteFile("key", certificate.KeyPem), .. options,
            ]);
        await child.WaitForPort(Port);
        return child;
    }

    /// <summary>Starts nginx with a further server configuration of one's choice.</summary>
    public static async Task<ChildProcess> StartNginx(this TapLab lab, ServerCertificate certificate, string folder, string more = "")
    {
        string chain = lab.WriteFile("pem", certificate.ChainPem), key = lab.WriteFile("key", certificate.KeyPem);
        ChildProcess child = lab.StartNginx(lab.Namespace, $$"""
              server {
                listen {{TapLab.Kernel}}:{{Port}} ssl;
                ssl_certificate {{chain}};
                ssl_certificate_key {{key}};
                root {{folder}};
                {{more}}
              }
            """);
        await child.WaitForPort(Port);
        return child;
    }

    /// <summary>Starts nginx in any namespace of the lab with the given server blocks.</summary>
    public static ChildProcess StartNginx(this TapLab lab, TestNamespace where, string servers)
    {
        string temporary = lab.Folder.Path;
        return lab.Start(where, "nginx", "-e", "stderr", "-p", temporary, "-c", lab.WriteFile("nginx", $$"""
            daemon off;
            master_process off;
            pid {{temporary}}/nginx-{{where.Name}}.pid;
            error_log stderr notice;
            events { }
            http {
              access_log off;
              default_type application/octet-stream;
              types { text/html html; text/plain txt; }
              client_body_temp_path {{temporary}}/nginx-body;
              proxy_temp_path {{temporary}}/nginx-proxy;
              fastcgi_temp_path {{temporary}}/nginx-fastcgi;
              uwsgi_temp_path {{temporary}}/nginx-uwsgi;
              scgi_temp_path {{temporary}}/nginx-scgi;
            {{servers}}
            }
            """));
    }

    private static async Task StartApache(this TapLab lab, ServerCertificate certificate, string folder)
    {
        // The numbers are those of nobody, whatever its group is called.
        string configuration = lab.WriteFile("apache", $"""
            ServerRoot {lab.Folder.Path}
            ServerName {TestAuthority.Host}
            PidFile {lab.Folder.Path}/apache.pid
            DefaultRuntimeDir {lab.Folder.Path}
            Mutex posixsem
            ErrorLog /dev/stderr
            User #65534
            Group #65534
            LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
            LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
            LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so
            Listen {TapLab.Kernel}:{Port}
            DocumentRoot {folder}
            SSLEngine on
            SSLCertificateFile {lab.WriteFile("pem", certificate.ChainPem)}
            SSLCertificateKeyFile {lab.WriteFile("key", certificate.KeyPem)}

            """);
        ChildProcess child = lab.Start(lab.Namespace, "apache2", "-D", "FOREGROUND", "-d", lab.Folder.Path, "-f", configuration);
        await child.WaitForPort(Port);
    }

    private static async Task StartHaProxy(this TapLab lab, ServerCertificate certificate, string folder)
    {
        const int plain = 8080;
        ChildProcess backend = lab.StartNginx(lab.Namespace, $$"""
              server { listen 127.0.0.1:{{plain}}; root {{folder}}; }
            """);
        await backend.WaitForPort(plain);
        ChildProcess child = lab.Start(lab.Namespace, "haproxy", "-db", "-f", lab.WriteFile("haproxy", $"""
            global
              log stderr format raw local0 notice
            defaults
              mode http
              timeout connect 5s
              timeout client 20s
              timeout server 20s
            frontend tls
              bind {TapLab.Kernel}:{Port} ssl crt {lab.WriteFile("pem", certificate.ChainPem + certificate.KeyPem)}
              default_backend files
            backend files
              server plain 127.0.0.1:{plain}

            """));
        await child.WaitForPort(Port);
    }

    private static async Task StartGnuTls(this TapLab lab, ServerCertificate certificate, string file)
    {
        ChildProcess child = lab.Start(lab.Namespace, "gnutls-serv", "--http", "--httpdata", file, "--disable-client-cert", "--port", $"{Port}",
            "--x509certfile", lab.WriteFile("pem", certificate.ChainPem), "--x509keyfile", lab.WriteFile("key", certificate.KeyPem));
        await child.WaitForPort(Port);
    }
}
