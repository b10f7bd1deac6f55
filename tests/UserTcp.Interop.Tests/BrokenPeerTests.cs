using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Interop.Tests.Servers;
using UserTcp.Testing;

namespace UserTcp.Interop.Tests;

/// <summary>Peers that are not there, are something else, or break off: a clear error with its own exit code, never a hang.</summary>
public sealed class BrokenPeerTests(Bodies bodies)
{
    private const int Resolve = 6, Connect = 7, CutShort = 18, Timeout = 28, Tls = 35, Receive = 56;
    private static readonly string[] Impatient = ["--timeout", "2s"];
    private static readonly string AddressUrl = $"https://{TapLab.Kernel}:{TlsServers.Port}/";

    [Fact]
    public async Task A_closed_port_is_refused()
    {
        await using var lab = new TapLab();
        (await Get(lab, AddressUrl)).MustEndWith(Connect).MustSay($"{TapLab.Kernel}", "refused");
    }

    [Fact]
    public async Task A_host_that_answers_no_ARP_is_unreachable()
    {
        await using var lab = new TapLab();
        (await lab.Usertcp("get", "https://10.77.0.99/")).MustEndWith(Connect).MustSay("10.77.0.99", "ARP");
    }

    [Fact]
    public async Task A_host_that_drops_every_SYN_runs_into_the_timeout()
    {
        await using var lab = new TapLab();
        lab.Namespace.Command(Tool.Require("nft"), $$"""
            table ip wall {
              chain in {
                type filter hook input priority 0;
                tcp dport {{TlsServers.Port}} drop
              }
            }
            """);
        (await Get(lab, AddressUrl)).MustEndWith(Timeout).MustSay($"connecting to {TapLab.Kernel}", "2 s", "--timeout");
    }

    [Theory]
    [InlineData("220 mail.test ESMTP ready\r\n", "STARTTLS")]
    [InlineData("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "http://")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "SSH client")]
    public async Task A_server_that_is_not_TLS_is_told_apart(string greeting, string advice)
    {
        await using var lab = new TapLab();
        lab.Accept(async connection =>
        {
            await connection.WriteAsync(Encoding.ASCII.GetBytes(greeting));
            _ = await connection.ReadAsync(new byte[4096]);
        });
        (await Get(lab, AddressUrl)).MustEndWith(Tls).MustSay("a TLS record was wanted", greeting.Split('\r')[0], advice);
    }

    [Theory]
    [InlineData("-tls1_3", "protocol_version (70)", "Offered: TLS 1.2", "only TLS 1.3", "Allow TLS 1.2")]
    [InlineData("-cipher=AES128-GCM-SHA256", "handshake_failure (40)", "suites: TLS_ECDHE", "only RSA key exchange", "openssl s_client")]
    [InlineData("-cipher=ECDHE-RSA-AES128-SHA", "handshake_failure (40)", "only CBC suites", "--legacy")]
    [InlineData("-Verify=1", "client certificate: none; the server asked for rsa_sign", "--cert FILE")]
    public async Task A_server_that_has_nothing_in_common_says_so_and_so_do_we(string option, params string[] said)
    {
        await using var lab = new TapLab();
        string[] options = option.Split('=');
        await lab.StartOpenSsl(TestAuthority.Of(KeyKind.Rsa).Good(), bodies.Folder, options.Length == 2 ? ["-tls1_2", .. options] : options);
        (await Get(lab, AddressUrl)).MustEndWith(Tls).MustSay(said);
    }

    // client                                server
    //   ClientHello                   -->
    //               <--   ServerHello, the first bytes of Certificate, and then FIN, RST or nothing
    [Theory]
    [InlineData(Ending.Closes, Tls)]
    [InlineData(Ending.Resets, Tls)]
    [InlineData(Ending.FallsSilent, Timeout)]
    public async Task A_server_that_breaks_off_in_the_handshake(Ending ending, int exitCode)
    {
        await using var lab = new TapLab();
        Serve(lab, bytes: 400, ending, $"Content-Length: 5\r\n");
        (await Get(lab, AddressUrl)).MustEndWith(exitCode).MustSay("handshake");
    }

    [Theory]
    [InlineData(Ending.Closes, CutShort, Tls)]
    [InlineData(Ending.Resets, Receive, Receive)]
    [InlineData(Ending.FallsSilent, Timeout, Timeout)]
    public async Task A_server_that_breaks_off_in_the_body(Ending ending, params int[] exitCodes)
    {
        await using var lab = new TapLab();
        Serve(lab, bytes: 30_000, ending, $"Content-Length: {1 << 20}\r\n");
        CommandResult result = await Get(lab, AddressUrl);
        Assert.True(exitCodes.Contains(result.ExitCode), $"{result}");
        result.MustSay("body");
    }

    // Without a length only close_notify tells the end from an attacker's FIN (RFC 5246 7.2.1; RFC 9112 9.8).
    [Fact]
    public async Task A_body_without_length_that_ends_without_close_notify_is_not_taken_for_whole()
    {
        await using var lab = new TapLab();
        Serve(lab, bytes: 30_000, Ending.Closes, header: "");
        CommandResult result = await Get(lab, AddressUrl);
        Assert.True(result.ExitCode is CutShort or Tls, $"{result}");
        result.MustSay("close_notify");
    }

    [Fact]
    public async Task A_name_that_does_not_exist_is_told_as_such()
    {
        await using var lab = new TapLab();
        await lab.StartNameServer();
        (await Get(lab, "https://nowhere.test/")).MustEndWith(Resolve).MustSay("nowhere.test", $"{TapLab.Kernel}");
    }

    [Fact]
    public async Task A_name_server_that_does_not_answer_is_named()
    {
        await using var lab = new TapLab();
        using Socket deaf = lab.Namespace.Run(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(TapLab.Kernel, 53));
            return socket;
        });
        CommandResult result = await Get(lab, "https://server.test/");
        Assert.True(result.ExitCode is Resolve or Timeout, $"{result}");
        result.MustSay("server.test");
    }

    private static Task<CommandResult> Get(TapLab lab, string url) => lab.Usertcp("get", [.. Impatient, url]);

    // .NET's TLS server over a connection that breaks after some bytes; the body would go on for ever.
    private static void Serve(TapLab lab, int bytes, Ending ending, string header)
    {
        SslStreamCertificateContext context = DotnetServers.Context(TestAuthority.Of(KeyKind.Ecdsa).Good());
        lab.Accept(async connection =>
        {
            await using var tls = new SslStream(new CutStream(connection, bytes, ending));
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = context });
            _ = await tls.ReadAsync(new byte[4096]);
            await tls.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\n{header}Connection: close\r\n\r\n"));
            while (true)
                await tls.WriteAsync(new byte[5000]);
        });
    }
}
