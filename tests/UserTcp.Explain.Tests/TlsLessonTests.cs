using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using UserTcp.Explain.Lesson;
using UserTcp.Explain.Model;
using UserTcp.Explain.Summary;
using UserTcp.Tls;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;
using static UserTcp.Explain.Tests.Script;

namespace UserTcp.Explain.Tests;

/// <summary>The four phases, of a real handshake with SslStream over kernel loopback; the TCP segments around its bytes are written by hand.</summary>
public class TlsLessonTests
{
    private const int Mss = 512;

    [Fact]
    public async Task A_real_handshake_falls_into_its_four_phases()
    {
        Script script = await HandshakeAsync(TestCertificates.HostName);
        Ladder ladder = script.Ladder;

        Assert.Equal(
        [
            "Opening: the three-way handshake", "TLS phase 1: the client's offer", "TLS phase 2: the server's flight",
            "TLS phase 3: the client checks, then answers", "TLS phase 4: the server confirms", "Application data",
        ], ladder.Sections.Select(section => section.Title));
        Assert.Equal(["ClientHello"], Titles(ladder.Sections[1]));
        Assert.Equal(["ServerHello", "Certificate", "ServerKeyExchange", "ServerHelloDone"], Titles(ladder.Sections[2]));
        Assert.Equal(
        [
            "The three checks of the certificate", "The signature over the server's public key", "ClientKeyExchange", "ChangeCipherSpec",
            "Finished (Encrypted Handshake Message)", "What comes from what",
        ], Titles(ladder.Sections[3]));
        Assert.Equal(
            ["NewSessionTicket", "ChangeCipherSpec", "Finished (Encrypted Handshake Message)", "What both have agreed on"], Titles(ladder.Sections[4]));
        Assert.Equal(0, ladder.Conversation.Totals.FalseEquations);
        Assert.DoesNotContain(ladder.Sections.SelectMany(section => section.Blocks).SelectMany(block => block.Facts), fact => fact.Tone == Tone.Bad);
    }

    [Fact]
    public async Task Each_message_names_the_segments_that_carried_it()
    {
        Ladder ladder = (await HandshakeAsync(TestCertificates.HostName)).Ladder;
        var certificate = ladder.Conversation.Tls.OfType<HandshakeMessagePassed>().Single(passed => passed.Message is CertificateMessage);
        IReadOnlyList<int> segments = ladder.Conversation.SegmentsOf(Side.Server, certificate.Range);

        Assert.True(segments.Count > 1, "a certificate does not fit into one segment of 512 bytes");
        Assert.Contains(string.Join(" ", segments.Select(number => $"#{number}")), Block(ladder, "Certificate").Where, StringComparison.Ordinal);
        Assert.Contains(ladder.Cargo[segments[0]], cargo => cargo.EndsWith($"(1 of {segments.Count})", StringComparison.Ordinal));
        Arrow first = ladder.Conversation.Arrows.First(arrow => arrow.From == Side.Client && arrow.Length > 0);
        Assert.Equal(["ClientHello"], ladder.Cargo[first.Number]);
    }

    [Fact]
    public async Task Hellos_show_what_was_offered_and_what_was_chosen()
    {
        Ladder ladder = (await HandshakeAsync(TestCertificates.HostName)).Ladder;
        Block offer = Block(ladder, "ClientHello"), choice = Block(ladder, "ServerHello");

        Assert.Equal("TLS 1.2 (0x0303), the highest that we speak", Value(offer, "version"));
        Assert.Equal(64, Value(offer, "random").Length);
        Assert.Equal("null (0): none", Value(offer, "compression"));
        Assert.Contains(offer.Facts, fact => fact.Value == "server_name: server.test");
        Assert.Contains(offer.Facts, fact => fact.Value.StartsWith("supported_groups: x25519", StringComparison.Ordinal));
        Assert.Matches("^TLS_ECDHE_RSA_WITH_[A-Z0-9_]+, no. [1-6] of the 6 offered$", Value(choice, "cipher suite"));
        Assert.Contains(choice.Facts, fact => fact.Value.StartsWith("extended_master_secret: ", StringComparison.Ordinal));
        Assert.Equal("x25519", Value(Block(ladder, "ServerKeyExchange"), "group"));
        Assert.Equal(64, Value(Block(ladder, "ClientKeyExchange"), "public key").Length);
    }

    [Fact]
    public async Task The_derivation_is_told_as_it_was()
    {
        Ladder ladder = (await HandshakeAsync(TestCertificates.HostName)).Ladder;
        Block keys = Block(ladder, "What comes from what");

        Assert.StartsWith("own private key × the peer's public key on x25519: 32 bytes", Value(keys, "pre-master"), StringComparison.Ordinal);
        Assert.Contains("\"extended master secret\", session hash", Value(keys, "master secret"), StringComparison.Ordinal);
        Assert.Contains("server random + client random", Value(keys, "key block"), StringComparison.Ordinal);
        Assert.Contains("it only signs", Value(keys, "RSA, ECDSA"), StringComparison.Ordinal);

        var old = new KeysDerived(NamedGroup.Secp256r1, 32, false, default, "SHA-256", 40, 16, 4);
        Block without = KeyLesson.Of(old);
        Assert.Contains("\"master secret\", client random + server random", Value(without, "master secret"), StringComparison.Ordinal);
        Assert.DoesNotContain(without.Facts, fact => fact.Name == "session hash");
    }

    [Fact]
    public async Task A_server_without_ALPN_is_not_said_to_have_been_asked_nothing()
    {
        Assert.Equal("http/1.1", await ProtocolAsync(["http/1.1"], serverKnowsAlpn: true));
        Assert.Equal("none: the server did not answer ALPN", await ProtocolAsync(["http/1.1"], serverKnowsAlpn: false));
        Assert.Equal("none asked for by ALPN", await ProtocolAsync([], serverKnowsAlpn: true));

        static async Task<string> ProtocolAsync(string[] offered, bool serverKnowsAlpn)
            => Value(Block((await HandshakeAsync(TestCertificates.HostName, offered, serverKnowsAlpn)).Ladder, "What both have agreed on"), "protocol");
    }

    [Fact]
    public async Task The_three_checks_show_what_was_seen_and_wanted()
    {
        Block checks = Block((await HandshakeAsync(TestCertificates.HostName)).Ladder, "The three checks of the certificate");

        Assert.Equal(["validity", "issuer", "host name"], checks.Facts.Where(fact => fact.Name.Length > 0).Select(fact => fact.Name).Take(3));
        Assert.All(checks.Facts.Where(fact => fact.Name.Length > 0), fact => Assert.Equal(Tone.Good, fact.Tone));
        Assert.Contains("server.test", checks.Facts.SkipWhile(fact => fact.Name != "host name").First().Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_name_is_shown_with_the_alert_it_caused()
    {
        Script script = await HandshakeAsync("wrong.test");
        Ladder ladder = script.Ladder;

        Fact name = Block(ladder, "The three checks of the certificate").Facts.First(fact => fact.Name == "host name");
        Assert.Equal(Tone.Bad, name.Tone);
        Assert.Contains(ladder.Sections.SelectMany(section => section.Blocks), block => block.Title.StartsWith("Alert ", StringComparison.Ordinal));
        Block wrong = Block(ladder, "What went wrong");
        Assert.Equal(nameof(TlsError.CertificateHostName), Value(wrong, "error"));
        Assert.Contains(wrong.Facts, fact => fact.Value.Contains("wanted DNS:wrong.test (RFC 9525 6). Ask for the server by a name", StringComparison.Ordinal));
        Assert.DoesNotContain(ladder.Sections, section => section.Title.StartsWith("TLS phase 4", StringComparison.Ordinal));
        Assert.Null(ConversationSummary.Of(ladder.Conversation).Tls);
    }

    [Fact]
    public void The_downgrade_sentinel_is_explained_as_normal()
    {
        byte[] random = [.. new byte[24], .. "DOWNGRD\u0001"u8];
        var hello = new ServerHello(TlsVersion.Tls12, random, default, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, 0, []);

        Assert.Contains(HelloLesson.Of(hello, null, new DowngradeSentinelSeen(TlsVersion.Tls13)), fact =>
            fact.Tone == Tone.Plain && fact.Value.Contains("could speak TLS 1.3", StringComparison.Ordinal) && fact.Value.Contains("Normal here", StringComparison.Ordinal));
        Assert.DoesNotContain(HelloLesson.Of(hello, null, null), fact => fact.Value.Contains("DOWNGRD", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_summary_names_the_session_and_no_secret_is_kept()
    {
        Script script = await HandshakeAsync(TestCertificates.HostName);

        TlsSummary tls = Assert.IsType<TlsSummary>(ConversationSummary.Of(script.Conversation).Tls);
        Assert.Equal(new TlsSummary(tls.CipherSuite, "x25519", tls.SignatureScheme, "http/1.1", true, true), tls);
        Assert.DoesNotContain(script.Conversation.Tls, e => e is KeyLogged);
        Assert.Equal((1, 5), (script.Conversation.ApplicationRecords.Sent, script.Conversation.ApplicationRecords.SentBytes));
        Assert.Contains("Finished (Encrypted Handshake Message)", script.Text(), StringComparison.Ordinal);
        Assert.All(script.Text(80).Split('\n'), line => Assert.InRange(line.Length, 0, 80));
    }

    private static IEnumerable<string> Titles(Section section) => section.Blocks.Select(block => block.Title).Where(title => title != "Records");

    private static Block Block(Ladder ladder, string title) => ladder.Sections.SelectMany(section => section.Blocks).First(block => block.Title == title);

    private static string Value(Block block, string name) => block.Facts.First(fact => fact.Name == name).Value;

    /// <summary>Does a handshake and sends "hello"; each piece that passes is told as segments of 512 bytes.</summary>
    private static async Task<Script> HandshakeAsync(string hostName, string[]? offered = null, bool serverKnowsAlpn = true)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        Script script = new Script().Open();
        uint sent = 1001, received = 5001;
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Task serving = ServeAsync(listener, serverKnowsAlpn, cancel);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndPoint!, cancel);
        var wire = new NetworkStream(socket, ownsSocket: true);
        var options = new TlsClientOptions
        {
            SessionCache = new TlsSessionCache(),      // so that the server gives a ticket
            HostName = hostName,
            TrustStore = TestCertificates.TrustStore,
            ApplicationProtocols = offered ?? ["http/1.1"],
            Events = script.TlsSink,
        };
        using var engine = new TlsClientEngine(options, System.Security.Cryptography.RandomNumberGenerator.Fill);
        try
        {
            while (engine.Handshake(DateTimeOffset.UtcNow) is TlsStatus status && status != TlsStatus.Complete)
            {
                if (status == TlsStatus.WantWrite) await SendAsync();
                else await ReceiveAsync();
            }
            engine.Write("hello"u8, out _);
            await SendAsync();
        }
        catch (TlsException)
        {
            await SendAsync();
        }
        await wire.DisposeAsync();
        await serving;
        return script;

        async Task SendAsync()
        {
            ReadOnlyMemory<byte> output = engine.GetOutput();
            await wire.WriteAsync(output, cancel);
            for (int left = output.Length; left > 0; left -= Mss)
            {
                int length = Math.Min(left, Mss);
                script.Out(P | A, sent, received, length);
                sent += (uint)length;
            }
            engine.OutputSent(output.Length);
        }

        async Task ReceiveAsync()
        {
            int count = await wire.ReadAsync(engine.InputBuffer, cancel);
            Assert.NotEqual(0, count);
            for (int left = count; left > 0; left -= Mss)
            {
                int length = Math.Min(left, Mss);
                script.In(P | A, received, sent, length);
                received += (uint)length;
            }
            script.Out(A, sent, received);
            engine.InputReceived(count);
        }
    }

    private static async Task ServeAsync(Socket listener, bool knowsAlpn, CancellationToken cancel)
    {
        using Socket socket = await listener.AcceptAsync(cancel);
        await using var stream = new SslStream(new NetworkStream(socket));
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(TestCertificates.Rsa, null, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12,
            ApplicationProtocols = knowsAlpn ? [SslApplicationProtocol.Http11] : null,
        };
        try
        {
            await stream.AuthenticateAsServerAsync(options, cancel);
            await stream.CopyToAsync(Stream.Null, cancel);
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            // The client refuses the certificate, or leaves without close_notify: the test looks at the client's side.
        }
    }
}
