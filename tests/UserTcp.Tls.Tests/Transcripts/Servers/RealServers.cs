namespace UserTcp.Tls.Tests.Transcripts.Servers;

/// <summary>What a server is asked to be.</summary>
/// <param name="Folder">Of its own, gone when it ends. Holds chain.pem, key.pem, both.pem, key.p12 (password "hello"), ca.pem and the page "hello".</param>
/// <param name="Port">On 127.0.0.1.</param>
/// <param name="AsksForCertificate">Whether clients must show a certificate of ca.pem.</param>
/// <param name="Tickets">Whether it gives tickets; else it remembers by session ID.</param>
internal sealed record ServerWish(string Folder, int Port, bool AsksForCertificate, bool Tickets)
{
    /// <summary>A file in the server's folder.</summary>
    internal string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>Writes a configuration and says where it is.</summary>
    internal string Write(string name, string content)
    {
        File.WriteAllText(PathOf(name), content);
        return PathOf(name);
    }

    /// <summary>One of two texts, as a client certificate is asked for or not.</summary>
    internal string IfAsked(string asked, string otherwise = "") => AsksForCertificate ? asked : otherwise;
}

/// <summary>A program that is a TLS server.</summary>
/// <param name="Program">The command.</param>
/// <param name="Version">Its arguments to say its version.</param>
/// <param name="Conversation">What it understands.</param>
/// <param name="Arguments">Its command line.</param>
internal sealed record RealServer(string Program, string[] Version, Conversation Conversation, Func<ServerWish, string[]> Arguments);

/// <summary>The programs that are recorded. To add one: a line here, and its package in tools/install-test-peers.sh.</summary>
internal static class RealServers
{
    /// <summary>.NET's own, which is no program: <see cref="RunningServer"/> has it.</summary>
    internal const string SslStream = "sslstream";

    private static readonly Dictionary<string, RealServer> Programs = new()
    {
        ["openssl"] = new("openssl", ["version"], Conversation.Reverse, wish =>
        [
            "s_server", "-accept", $"127.0.0.1:{wish.Port}", "-cert", "chain.pem", "-key", "key.pem", "-rev",
            .. wish.Tickets ? (string[])[] : ["-no_ticket"],
            .. wish.AsksForCertificate ? (string[])["-Verify", "1", "-verify_return_error", "-CAfile", "ca.pem"] : [],
        ]),
        ["gnutls"] = new("gnutls-serv", ["--version"], Conversation.Echo, wish =>
        [
            "--echo", "--port", $"{wish.Port}", "--x509certfile", "chain.pem", "--x509keyfile", "key.pem",
            .. wish.Tickets ? (string[])[] : ["--noticket"],
            .. wish.AsksForCertificate ? (string[])["--require-client-cert", "--verify-client-cert", "--x509cafile", "ca.pem"] : ["--disable-client-cert"],
        ]),
        ["nginx"] = new("nginx", ["-v"], Conversation.Http, wish =>
        [
            "-e", "stderr", "-p", wish.Folder, "-c", wish.Write("nginx.conf", $$"""
                daemon off;
                master_process off;
                pid nginx.pid;
                error_log stderr;
                events { }
                http {
                  access_log off;
                  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                  server {
                    listen 127.0.0.1:{{wish.Port}} ssl;
                    ssl_certificate chain.pem;
                    ssl_certificate_key key.pem;
                    ssl_session_cache builtin;
                    ssl_session_tickets {{(wish.Tickets ? "on" : "off")}};
                    ssl_ecdh_curve X25519:P-256:P-384;
                    {{wish.IfAsked("ssl_verify_client on; ssl_client_certificate ca.pem;")}}
                    location / { return 200 "hello\n"; }
                  }
                }
                """),
        ]),
        // The numbers are those of nobody, whatever its group is called.
        ["apache"] = new("apache2", ["-v"], Conversation.Http, wish =>
        [
            "-D", "FOREGROUND", "-d", wish.Folder, "-f", wish.Write("apache.conf", $"""
                ServerName server.test
                PidFile apache.pid
                DefaultRuntimeDir {wish.Folder}
                Mutex posixsem
                ErrorLog /dev/stderr
                User #65534
                Group #65534
                LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
                LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
                LoadModule socache_shmcb_module /usr/lib/apache2/modules/mod_socache_shmcb.so
                LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so
                Listen 127.0.0.1:{wish.Port}
                DocumentRoot {wish.Folder}
                SSLSessionCache shmcb:{wish.PathOf("sessions")}
                SSLSessionTickets {(wish.Tickets ? "on" : "off")}
                SSLEngine on
                SSLCertificateFile chain.pem
                SSLCertificateKeyFile key.pem
                {wish.IfAsked("SSLVerifyClient require\nSSLCACertificateFile ca.pem")}

                """),
        ]),
        ["haproxy"] = new("haproxy", ["-v"], Conversation.Http, wish =>
        [
            "-db", "-f", wish.Write("haproxy.conf", $"""
                global
                  stats timeout 5s
                defaults
                  mode http
                  timeout connect 5s
                  timeout client 20s
                  timeout server 20s
                frontend tls
                  bind 127.0.0.1:{wish.Port} ssl crt {wish.PathOf("both.pem")} curves X25519:P-256:P-384 {(wish.Tickets ? "" : "no-tls-tickets")} {wish.IfAsked($"ca-file {wish.PathOf("ca.pem")} verify required")}
                  http-request return status 200 content-type text/plain string "hello\n"

                """),
        ]),
        ["stunnel"] = new("stunnel4", ["-version"], Conversation.Echo, wish =>
        [
            wish.Write("stunnel.conf", $"""
                foreground = yes
                pid =
                {(wish.Tickets ? "options = -NO_TICKET" : "options = NO_TICKET")}
                curves = X25519:P-256:P-384
                [echo]
                accept = 127.0.0.1:{wish.Port}
                cert = {wish.PathOf("chain.pem")}
                key = {wish.PathOf("key.pem")}
                {wish.IfAsked($"verifyChain = yes\nCAfile = {wish.PathOf("ca.pem")}")}
                exec = /bin/cat
                execArgs = cat

                """),
        ]),
        ["go"] = new("go", ["version"], Conversation.Echo, wish =>
            ["run", Source("echo.go"), $"127.0.0.1:{wish.Port}", "chain.pem", "key.pem", wish.IfAsked("ca.pem", "-")]),
        ["java"] = new("java", ["-version"], Conversation.Echo, wish =>
        [
            $"-Djdk.tls.server.enableSessionTicketExtension={(wish.Tickets ? "true" : "false")}",
            Source("Echo.java"), $"{wish.Port}", "key.p12", wish.IfAsked("ca.pem", "-"),
        ]),
    };

    internal static IEnumerable<string> Names => [.. Programs.Keys, SslStream];

    internal static RealServer Program(string name) => Programs[name];

    internal static Conversation ConversationWith(string name) => name == SslStream ? Conversation.Echo : Programs[name].Conversation;

    private static string Source(string name) => Path.Combine(SourceTree.Root, "tests", "UserTcp.Tls.Tests", "Transcripts", "Servers", name);
}
