using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Testing;

namespace UserTcp.Interop.Tests.Servers;

/// <summary>Web servers and proxies. Each serves a folder, stores what is PUT below /upload/, and logs of each request whether its session was resumed.</summary>
internal static class WebServers
{
    private const int PlainPort = 8080;

    /// <summary>How nginx is told about tickets.</summary>
    public static string NginxSessions(bool tickets) => tickets ? "" : "ssl_session_tickets off; ssl_session_cache shared:sessions:1m;";

    /// <summary>Starts nginx with a further server configuration of one's choice.</summary>
    public static async Task<ChildProcess> StartNginx(this TapLab lab, ServerCertificate certificate, string folder, string more = "")
    {
        string chain = lab.WriteFile("pem", certificate.ChainPem), key = lab.WriteFile("key", certificate.KeyPem);
        ChildProcess child = lab.StartNginx(lab.Namespace, $$"""
              log_format resumption "resumed $ssl_session_reused";
              server {
                listen {{TapLab.Kernel}}:{{TlsServers.Port}} ssl;
                ssl_certificate {{chain}};
                ssl_certificate_key {{key}};
                access_log /dev/stderr resumption;
                {{lab.Site(folder)}}
                {{more}}
              }
            """);
        await child.WaitForPort(TlsServers.Port);
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

    /// <summary>Starts Apache with mod_ssl.</summary>
    public static async Task<ChildProcess> StartApache(this TapLab lab, ServerCertificate certificate, string folder, bool tickets)
    {
        const string resumed = "%{SSL_SESSION_RESUMED}x";
        string[] modules = ["mpm_event", "authz_core", "alias", "dav", "dav_fs", "socache_shmcb", "ssl"];
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
            {string.Join('\n', modules.Select(module => $"LoadModule {module}_module /usr/lib/apache2/modules/mod_{module}.so"))}
            Listen {TapLab.Kernel}:{TlsServers.Port}
            DocumentRoot {folder}
            Alias /upload/ {lab.Uploads}/
            DavLockDB {lab.Uploads}/lock
            <Location /upload/>
              Dav On
            </Location>
            CustomLog /dev/stderr "resumed {resumed}"
            SSLEngine on
            SSLCertificateFile {lab.WriteFile("pem", certificate.ChainPem)}
            SSLCertificateKeyFile {lab.WriteFile("key", certificate.KeyPem)}
            SSLSessionCache shmcb:{lab.Folder.PathOf("sessions")}
            SSLSessionTickets {(tickets ? "on" : "off")}

            """);
        ChildProcess child = lab.Start(lab.Namespace, "apache2", "-D", "FOREGROUND", "-d", lab.Folder.Path, "-f", configuration);
        await child.WaitForPort(TlsServers.Port);
        return child;
    }

    /// <summary>Starts HAProxy before a plain nginx.</summary>
    public static async Task<ChildProcess> StartHaProxy(this TapLab lab, ServerCertificate certificate, string folder, bool tickets)
    {
        await lab.StartPlainNginx(folder);
        ChildProcess child = lab.Start(lab.Namespace, "haproxy", "-db", "-f", lab.WriteFile("haproxy", $"""
            global
              log stderr format raw local0 info
            defaults
              mode http
              timeout connect 5s
              timeout client 20s
              timeout server 20s
            frontend tls
              bind {TapLab.Kernel}:{TlsServers.Port} ssl crt {lab.WriteFile("pem", certificate.ChainPem + certificate.KeyPem)} {(tickets ? "" : "no-tls-tickets")}
              log global
              log-format "resumed %[ssl_fc_is_resumed]"
              default_backend files
            backend files
              server plain 127.0.0.1:{PlainPort}

            """));
        await child.WaitForPort(TlsServers.Port);
        return child;
    }

    /// <summary>Starts stunnel before a plain nginx.</summary>
    public static async Task<ChildProcess> StartStunnel(this TapLab lab, ServerCertificate certificate, string folder, bool tickets)
    {
        await lab.StartPlainNginx(folder);
        ChildProcess child = lab.Start(lab.Namespace, "stunnel", lab.WriteFile("stunnel", $"""
            foreground = yes
            pid =
            syslog = no
            debug = info
            [tls]
            accept = {TapLab.Kernel}:{TlsServers.Port}
            connect = 127.0.0.1:{PlainPort}
            cert = {lab.WriteFile("pem", certificate.ChainPem)}
            key = {lab.WriteFile("key", certificate.KeyPem)}
            {(tickets ? "" : "options = NO_TICKET")}

            """));
        await child.WaitForPort(TlsServers.Port);
        return child;
    }

    private static async Task StartPlainNginx(this TapLab lab, string folder)
    {
        ChildProcess child = lab.StartNginx(lab.Namespace, $$"""
              server {
                listen 127.0.0.1:{{PlainPort}};
                {{lab.Site(folder)}}
              }
            """);
        await child.WaitForPort(PlainPort);
    }

    // What every nginx of a lab answers.
    private static string Site(this TapLab lab, string folder) => $$"""
        root {{folder}};
                location /upload/ {
                  alias {{lab.Uploads}}/;
                  dav_methods PUT;
                  client_max_body_size 0;
                }
        """;
}
