using System.Diagnostics.Tracing;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using UserTcp.Cli.Lesson;
using UserTcp.Cli.Options;
using UserTcp.Cli.Verbs;
using UserTcp.Tls;

namespace UserTcp.Cli.Tests;

/// <summary>The whole command against itself: our stack, the twin wire, our stack, .NET's TLS server. Needs no root and no TAP.</summary>
public sealed class TwinTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("usertcp-cli-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_page_over_https_comes_to_standard_output_and_nothing_else_does()
    {
        Outcome outcome = await Command.RunAsync("get https://www.example.test/ --twin");
        Assert.Equal(ExitCode.Ok, outcome.Code);
        Assert.Equal(LessonPage.ItArrived.Body.ToArray(), outcome.Output);
    }

    [Fact]
    public async Task A_page_over_http_goes_into_a_file()
    {
        string file = Path.Combine(_folder, "page");
        Outcome outcome = await Command.RunAsync($"get http://www.example.test:8080/ --twin -o {file}");
        Assert.Equal(ExitCode.Ok, outcome.Code);
        Assert.Empty(outcome.Output);
        Assert.Equal(LessonPage.ItArrived.Body.ToArray(), await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_summary_tells_the_status_the_size_the_hash_and_what_TLS_agreed_on()
    {
        Outcome outcome = await Command.RunAsync("get https://192.0.2.80/ --twin --json");
        Assert.Equal(ExitCode.Ok, outcome.Code);
        JsonElement http = outcome.Json.GetProperty("http"), connection = Assert.Single(outcome.Json.GetProperty("connections").EnumerateArray());
        Assert.Equal(200, http.GetProperty("status").GetInt32());
        Assert.Equal(LessonPage.ItArrived.Body.Length, http.GetProperty("bytes").GetInt64());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(LessonPage.ItArrived.Body.Span)), http.GetProperty("sha256").GetString());
        Assert.Equal("TimeWait", connection.GetProperty("state").GetString());
        Assert.True(connection.GetProperty("tls").GetProperty("certificateVerified").GetBoolean());
        Assert.Equal("http/1.1", connection.GetProperty("tls").GetProperty("applicationProtocol").GetString());
    }

    // client                                     server
    // SYN -->  <-- SYN,ACK  ACK -->              three-way handshake
    // ClientHello --> ... <-- Finished           TLS 1.2
    // FIN,ACK seq=u -->                          we close first
    //          <-- ACK u+1, then FIN,ACK seq=w   held for 200 ms: two segments
    // ACK w+1 -->                                TIME-WAIT
    [Fact]
    public async Task The_handshake_draws_all_of_it_and_every_equation_holds()
    {
        Outcome outcome = await Command.RunAsync("handshake --twin");
        Assert.Equal(ExitCode.Ok, outcome.Code);
        string[] wanted =
        [
            "SYN-SENT", "ESTABLISHED", "ClientHello", "ServerHello", "Certificate", "ServerKeyExchange", "ServerHelloDone", "ClientKeyExchange",
            "ChangeCipherSpec", "Encrypted Handshake Message", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "LAST-ACK", "TIME-WAIT",
        ];
        Assert.All(wanted, word => Assert.Contains(word, outcome.Text, StringComparison.Ordinal));
        Assert.DoesNotContain('✗', outcome.Text);
        Assert.Matches("left TIME-WAIT (at once|after)", outcome.Error); // after a while where a busy machine has made one side repeat something
    }

    [Fact]
    public async Task The_ladder_of_a_fetch_does_not_mix_with_the_page()
    {
        Outcome outcome = await Command.RunAsync("get https://www.example.test/ --twin --ladder");
        Assert.Equal(LessonPage.ItArrived.Body.ToArray(), outcome.Output);
        Assert.Contains("FIN-WAIT-2", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("status 200", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Timing_tells_the_steps_in_order_and_what_each_has_cost()
    {
        string[] steps =
        [
            "start of the process", "SYN", "SYN-ACK", "ClientHello", "ServerHello", "certificates checked", "signature checked", "keys derived", "Finished sent",
            "Finished received", "first byte", "last byte", "closed",
        ];
        Outcome table = await Command.RunAsync("get https://www.example.test/ --twin --timing --ladder");
        Assert.Equal(LessonPage.ItArrived.Body.ToArray(), table.Output);
        Assert.Contains("certificates checked", table.Error, StringComparison.Ordinal);
        Assert.Contains("FIN-WAIT-2", table.Error, StringComparison.Ordinal); // the ladder is not lost to it

        JsonElement[] costs = [.. JsonDocument.Parse((await Command.RunAsync("get https://www.example.test/ --twin --timing --json")).Text)
            .RootElement.GetProperty("timing").EnumerateArray()];
        Assert.Equal(steps, costs.Select(cost => cost.GetProperty("name").GetString()!).Where(steps.Contains));
        double at = 0;
        foreach (JsonElement cost in costs)
            Assert.Equal(at += cost.GetProperty("milliseconds").GetDouble(), cost.GetProperty("atMilliseconds").GetDouble(), tolerance: 0.001);
        Assert.True(costs.Sum(cost => cost.GetProperty("bytesReceived").GetInt64()) > LessonPage.ItArrived.Body.Length);
        Assert.True(costs.Sum(cost => cost.GetProperty("cpuMilliseconds").GetDouble()) > 0);
    }

    [Fact]
    public async Task Verbose_tells_the_connection_and_both_heads()
    {
        Outcome outcome = await Command.RunAsync("get https://www.example.test/a?b=c --twin -v");
        string[] wanted = ["> GET /a?b=c HTTP/1.1", "> Host: www.example.test", "< HTTP/1.1 200 OK", "TLS 1.2, TLS_ECDHE_RSA", "certificate verified"];
        Assert.All(wanted, line => Assert.Contains(line, outcome.Error, StringComparison.Ordinal));
    }

    // client                                     server
    // full handshake, close, then once more:
    // ClientHello, ticket -->                    <-- ServerHello, NewSessionTicket, CCS, Finished
    // CCS, Finished -->
    [Fact]
    public async Task A_session_is_resumed_and_the_ladder_says_so()
    {
        Outcome outcome = await Command.RunAsync("handshake --twin --resume --json");
        Assert.Equal(ExitCode.Ok, outcome.Code);
        JsonElement[] tls = [.. outcome.Json.GetProperty("connections").EnumerateArray().Select(connection => connection.GetProperty("tls"))];
        Assert.Equal([false, true], tls.Select(session => session.GetProperty("resumed").GetBoolean()));
        Assert.True(tls[0].GetProperty("serverFlightMilliseconds").GetDouble() > 0);
        Assert.Contains("TLS phase 2: the server remembers", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("did not resume", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("✗", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_certificate_is_read_and_one_that_cannot_be_used_is_explained()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=client", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        string pem = Path.Combine(_folder, "client.pem"), keyFile = Path.Combine(_folder, "client.key"), store = Path.Combine(_folder, "client.P12");
        await File.WriteAllTextAsync(pem, certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(store, certificate.Export(System.Security.Cryptography.X509Certificates.X509ContentType.Pkcs12, "secret"), TestContext.Current.CancellationToken);

        Assert.Equal(ExitCode.Ok, (await Command.RunAsync($"handshake --twin --cert {pem} --key {keyFile}")).Code);
        Assert.Equal(ExitCode.Ok, (await Command.RunAsync($"get https://www.example.test/ --twin --cert {store} --pass secret")).Code);
        await Refused($"--cert {store} --pass wrong", "another password");
        await Refused($"--cert {pem}", "no PRIVATE KEY block");
        await Refused($"--key {keyFile}", "--cert FILE");
    }

    private static async Task Refused(string options, string because)
    {
        Outcome outcome = await Command.RunAsync($"handshake --twin {options}");
        Assert.Equal(ExitCode.Usage, outcome.Code);
        Assert.Contains(because, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirects_are_followed_and_NET_does_no_handshake_of_its_own()
    {
        using var handshakes = new HandshakeCounter("redirected.example.test");
        Outcome outcome = await FetchAsync("https://redirected.example.test/old", path => path == "/old"
            ? new LessonPage("301 Moved Permanently", ["Location: /new"], default)
            : new LessonPage("200 OK", [], Encoding.ASCII.GetBytes($"here is {path}")));
        Assert.Equal((ExitCode.Ok, "here is /new"), (outcome.Code, outcome.Text));
        Assert.Equal(0, handshakes.OfClients);
        Assert.NotEqual(0, handshakes.OfServers); // the counter counts
    }

    [Fact]
    public async Task A_redirect_from_https_to_http_is_not_followed()
    {
        Outcome outcome = await FetchAsync("https://www.example.test/", _ => new LessonPage("302 Found", ["Location: http://www.example.test/"], default));
        Assert.Equal(ExitCode.HttpStatus, outcome.Code);
        Assert.Contains("http://www.example.test/", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compressed_body_is_unpacked()
    {
        byte[] body = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("again and ", 10_000)));
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(body);
        Outcome outcome = await FetchAsync("http://www.example.test/", _ => new LessonPage("200 OK", ["Content-Encoding: gzip"], packed.ToArray()));
        Assert.Equal(body, outcome.Output);
    }

    [Fact]
    public async Task A_status_of_400_or_more_shows_the_body_and_ends_with_22()
    {
        Outcome outcome = await FetchAsync("http://www.example.test/", _ => new LessonPage("404 Not Found", [], "not here"u8.ToArray()));
        Assert.Equal((ExitCode.HttpStatus, "not here"), (outcome.Code, outcome.Text));
        Assert.Contains("404", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_is_not_HTTP_is_an_HTTP_error()
    {
        Outcome outcome = await FetchAsync("http://www.example.test/", _ => new LessonPage("Hello", [], default));
        Assert.Equal(ExitCode.Http, outcome.Code);
    }

    [Fact]
    public async Task A_closed_port_is_a_connect_error()
    {
        Outcome outcome = await FetchAsync("http://www.example.test/", _ => new LessonPage("302 Found", ["Location: http://www.example.test:82/"], default));
        Assert.Equal(ExitCode.Connect, outcome.Code);
        Assert.Contains("www.example.test:82", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_given_up_after_the_timeout()
    {
        using var silence = new ManualResetEventSlim();
        Outcome outcome = await FetchAsync(
            "http://www.example.test/",
            _ =>
            {
                silence.Wait(TestContext.Current.CancellationToken);
                return LessonPage.ItArrived;
            },
            new CommonSettings { Twin = true, Json = true, Timeout = TimeSpan.FromSeconds(1) },
            whenDone: silence.Set);
        Assert.Equal(ExitCode.Timeout, outcome.Code);
        Assert.Contains("--timeout", outcome.Error, StringComparison.Ordinal);
        Assert.Equal("Timeout", outcome.Json.GetProperty("error").GetProperty("kind").GetString());
    }

    // client                       server
    //        GET -->
    //        <-- the head, one chunk, and never the last one
    //        FIN or RST -->        after --timeout
    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task A_body_that_stops_in_the_middle_is_given_up_after_the_timeout(string scheme)
    {
        Outcome outcome = await FetchAsync(
            $"{scheme}://www.example.test/",
            _ => new LessonPage("200 OK", ["Transfer-Encoding: chunked"], "5\r\nhello\r\n"u8.ToArray()),
            new CommonSettings { Twin = true, Timeout = TimeSpan.FromSeconds(2) });
        Assert.Equal((ExitCode.Timeout, "hello"), (outcome.Code, outcome.Text));
        Assert.Contains("reading the body", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_authority_that_is_not_trusted_is_a_certificate_error_with_its_alert_on_the_wire()
    {
        using var other = new LessonAuthority(DateTimeOffset.UtcNow);
        string file = Path.Combine(_folder, "ca.pem");
        await File.WriteAllTextAsync(file, other.CertificatePem, TestContext.Current.CancellationToken);
        Outcome outcome = await Command.RunAsync($"handshake --twin --ca {file}");
        Assert.Equal(ExitCode.Certificate, outcome.Code);
        Assert.Contains("--ca", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("unknown_ca", outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_authorities_that_is_not_there_is_not_blamed_on_the_server()
    {
        Outcome outcome = await Command.RunAsync($"handshake --twin --ca {Path.Combine(_folder, "none.pem")}");
        Assert.Equal(ExitCode.TrustAnchors, outcome.Code);
        Assert.Contains("none.pem", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("get https://[2001:db8::1]/ --twin")]
    [InlineData("ping 2001:db8::1 --twin")]
    public async Task An_IPv6_address_is_refused_by_name_of_the_reason(string line)
    {
        Outcome outcome = await Command.RunAsync(line);
        Assert.Equal(ExitCode.Resolve, outcome.Code);
        Assert.Contains("IPv4 only", outcome.Error, StringComparison.Ordinal);
    }

    // After the handshake a missing close_notify cuts an answer short; that is no failure to connect.
    [Fact]
    public void A_missing_close_notify_is_a_body_cut_short()
    {
        var failure = CommandFailure.From(new HttpRequestException("", new TlsException(TlsError.UnexpectedEof, "no close_notify")), "reading");
        Assert.Equal(ExitCode.BodyCutShort, failure.Code);
    }

    [Fact]
    public async Task Skipping_verification_works_and_says_so()
    {
        using var other = new LessonAuthority(DateTimeOffset.UtcNow);
        string file = Path.Combine(_folder, "ca.pem");
        await File.WriteAllTextAsync(file, other.CertificatePem, TestContext.Current.CancellationToken);
        Outcome outcome = await Command.RunAsync($"get https://www.example.test/ --twin --ca {file} --dangerously-skip-certificate-verification --json");
        Assert.Equal(ExitCode.Ok, outcome.Code);
        Assert.Contains("NOT verified", outcome.Error, StringComparison.Ordinal);
        Assert.False(outcome.Json.GetProperty("connections")[0].GetProperty("tls").GetProperty("certificateVerified").GetBoolean());
    }

    [Fact]
    public async Task A_body_arrives_whole_over_a_bad_wire_and_the_seed_is_told()
    {
        byte[] body = new byte[300_000];
        new Random(1).NextBytes(body);
        Outcome outcome = await FetchAsync("https://www.example.test/", _ => new LessonPage("200 OK", [], body), new CommonSettings
        {
            Twin = true,
            Loss = 0.02,
            Reorder = 0.02,
            Duplicate = 0.02,
            Corrupt = 0.02,
            Delay = TimeSpan.FromMilliseconds(1),
            Seed = 42,
        });
        Assert.Equal(ExitCode.Ok, outcome.Code);
        Assert.Equal(SHA256.HashData(body), SHA256.HashData(outcome.Output));
        Assert.Contains("--seed 42", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_log_and_the_capture_hold_the_secrets_of_the_connection()
    {
        string keys = Path.Combine(_folder, "keys"), capture = Path.Combine(_folder, "x.pcapng");
        Outcome outcome = await Command.RunAsync($"get https://www.example.test/ --twin --keylog {keys} --pcapng {capture}");
        Assert.Equal(ExitCode.Ok, outcome.Code);
        string line = Assert.Single(await File.ReadAllLinesAsync(keys, TestContext.Current.CancellationToken));
        Assert.StartsWith("CLIENT_RANDOM ", line, StringComparison.Ordinal);
        byte[] bytes = await File.ReadAllBytesAsync(capture, TestContext.Current.CancellationToken);
        Assert.True(bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(line)) > 0);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(keys));
    }

    [Fact]
    public async Task A_key_log_on_a_full_disk_costs_a_note_and_not_the_page()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full, which Linux has");
        Outcome outcome = await Command.RunAsync("get https://www.example.test/ --twin --keylog /dev/full");
        Assert.Equal(ExitCode.Ok, outcome.Code);
        Assert.NotEmpty(outcome.Output);
        Assert.Contains("The key log is incomplete", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-o")]
    [InlineData("--pcapng")]
    [InlineData("--keylog")]
    public async Task A_file_that_cannot_be_written_is_named(string option)
    {
        Outcome outcome = await Command.RunAsync($"get https://www.example.test/ --twin {option} {_folder}/no/such/file");
        Assert.Equal(ExitCode.Write, outcome.Code);
        Assert.Contains("no/such/file", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Echoes_come_back()
    {
        Outcome outcome = await Command.RunAsync("ping 192.0.2.1 -c 2 --twin --json");
        Assert.Equal(ExitCode.Ok, outcome.Code);
        JsonElement ping = outcome.Json.GetProperty("ping");
        Assert.Equal((2, 2), (ping.GetProperty("sent").GetInt32(), ping.GetProperty("received").GetInt32()));
    }

    [Fact]
    public async Task An_interrupted_run_ends_with_130()
    {
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Outcome outcome = await Command.RunAsync(terminal =>
        {
            var fetch = new Fetch(new Uri("http://www.example.test/"), new CommonSettings { Twin = true }, file: null, verbose: false, ladder: false, timing: false, terminal);
            return fetch.RunAsync(
                _ =>
                {
                    interrupt.Cancel();
                    return LessonPage.ItArrived;
                },
                interrupt.Token);
        });
        Assert.Equal(ExitCode.Interrupted, outcome.Code);
    }

    private static Task<Outcome> FetchAsync(string url, Func<string, LessonPage> site) => FetchAsync(url, site, new CommonSettings { Twin = true });

    private static Task<Outcome> FetchAsync(string url, Func<string, LessonPage> site, CommonSettings settings, Action? whenDone = null)
        => Command.RunAsync(async terminal =>
        {
            var fetch = new Fetch(new Uri(url), settings, file: null, verbose: false, ladder: false, timing: false, terminal);
            Task<int> running = fetch.RunAsync(site, TestContext.Current.CancellationToken);
            if (whenDone is not null)
            {
                // The server's thread must be let go before the command can put its twin away.
                await Task.WhenAny(running, Task.Delay(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken));
                whenDone();
            }

            return await running;
        });

    /// <summary>Counts the TLS handshakes that SslStream does in this process: as a client of one host, and as a server.</summary>
    private sealed class HandshakeCounter(string host) : EventListener
    {
        private int _ofClients, _ofServers;

        public int OfClients => _ofClients;

        public int OfServers => _ofServers;

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "System.Net.Security")
                EnableEvents(eventSource, EventLevel.Informational);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName != "HandshakeStart")
                return;
            if ((bool)eventData.Payload![0]!)
                Interlocked.Increment(ref _ofServers);
            else if ((string)eventData.Payload[1]! == host)
                Interlocked.Increment(ref _ofClients);
        }
    }
}
