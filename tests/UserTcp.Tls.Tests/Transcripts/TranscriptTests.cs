using System.Net;
using System.Net.Sockets;
using UserTcp.Tls.Tests.ClientCertificates;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Tests.Transcripts.Servers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Transcripts;

/// <summary>Our handshakes with real servers, recorded once and replayed without them: with the same random bytes at the same time the client must say the
/// same, byte for byte, and come to the same keys. Set USERTCP_REFRESH_TRANSCRIPTS=1 to record anew.</summary>
public class TranscriptTests
{
    private static readonly string Folder = Path.Combine(SourceTree.Root, "tests", "UserTcp.Tls.Tests", "Transcripts", "Recorded");

    public static TheoryData<string> Names => [.. TranscriptScenario.All.Select(scenario => scenario.ToString())];

    [Theory, MemberData(nameof(Names))]
    public async Task The_handshake_is_the_one_that_was_recorded(string name)
    {
        TranscriptScenario scenario = Scenario(name);
        if (Environment.GetEnvironmentVariable(TranscriptDifference.Switch) == "1") await RecordAsync(scenario);
        Transcript transcript = Load(scenario);
        Assert.Equal(scenario.Resumption == Resumption.None ? 1 : 2, transcript.Connections.Count);
        Assert.All(scenario.Agreed, words => Assert.Contains(words, transcript.Connections[0].Agreed, StringComparison.Ordinal));
        foreach (TlsCryptoProvider provider in Enum.GetValues<TlsCryptoProvider>()) Replay(scenario, transcript, provider, int.MaxValue);
        Replay(scenario, transcript, TlsCryptoProvider.Default, chunk: 1);
    }

    [Fact]
    public void Every_recording_belongs_to_a_scenario()
        => Assert.Empty(Directory.GetFiles(Folder).Select(Path.GetFileNameWithoutExtension).Except(TranscriptScenario.All.Select(scenario => scenario.ToString())));

    /// <summary>Where the offer changed, and what to do about it, is told in one message.</summary>
    [Theory]
    [InlineData("suite", "is byte 47 of 149", "in cipher_suites[0] ", "recorded 2b, now 2f")]
    [InlineData("group", "in extension supported_groups", "recorded 1d, now 17")]
    [InlineData("protocol", "in the length of record", "beyond lengths it is recorded extension ", "now extension application_layer_protocol_negotiation 0010")]
    public void A_changed_hello_is_shown_with_the_field_and_the_way_to_record_anew(string change, params string[] words)
    {
        TranscriptScenario scenario = Scenario("openssl-rsa");
        TranscriptScenario changed = scenario with
        {
            Offer = change switch
            {
                "suite" => options => options with { CipherSuites = [options.CipherSuites[1], options.CipherSuites[0], .. options.CipherSuites.Skip(2)] },
                "group" => options => options with { Groups = [NamedGroup.Secp256r1, NamedGroup.X25519, NamedGroup.Secp384r1] },
                _ => options => options with { ApplicationProtocols = ["http/1.1"] },
            },
        };
        var failure = Assert.ThrowsAny<Exception>(() => Replay(changed, Load(scenario), TlsCryptoProvider.Default, int.MaxValue));
        Assert.All(["openssl-rsa, connection 1, record 1 (ClientHello)", .. words, "USERTCP_REFRESH_TRANSCRIPTS=1"],
            part => Assert.Contains(part, failure.Message, StringComparison.Ordinal));
    }

    // client                         server
    // a record                  -->
    //              <--  RST
    [Theory]
    [InlineData(ContentType.Handshake, false)]
    [InlineData(ContentType.Alert, true)]
    public void A_server_may_break_off_after_the_close_notify_and_not_before(ContentType last, bool expected)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        client.Connect((IPEndPoint)listener.LocalEndpoint);
        using TcpClient server = listener.AcceptTcpClient();
        var wire = new RecordingWire(client.GetStream());
        wire.Send([(byte)last, 3, 3, 0, 2, 1, 0]);
        server.Client.Close(timeout: 0);      // with data that nobody has read: RST

        if (expected) Assert.Equal(0, wire.Receive(new byte[10]));
        else Assert.Throws<IOException>(() => { wire.Receive(new byte[10]); });
    }

    private static TranscriptScenario Scenario(string name) => TranscriptScenario.All.Single(scenario => scenario.ToString() == name);

    private static string PathOf(TranscriptScenario scenario) => Path.Combine(Folder, $"{scenario}.txt");

    private static Transcript Load(TranscriptScenario scenario)
    {
        if (!File.Exists(PathOf(scenario))) TranscriptDifference.Fail($"{scenario}", "there is no recording");
        return Transcript.Parse(File.ReadAllText(PathOf(scenario)));
    }

    private static void Replay(TranscriptScenario scenario, Transcript transcript, TlsCryptoProvider provider, int chunk)
    {
        using var client = new TranscriptClient(scenario, transcript, provider);
        foreach ((int number, TranscriptConnection recorded) in transcript.Connections.Index())
        {
            var wire = new ReplayingWire(recorded.Records, $"{scenario}, connection {number + 1}", chunk);
            TranscriptConnection played = client.Connect(wire, RealServers.ConversationWith(scenario.Server));
            Assert.Equal((recorded.Agreed, recorded.Keys, recorded.Reply), (played.Agreed, played.Keys, played.Reply));
            Assert.True(wire.AtEnd);
        }
    }

    private static async Task RecordAsync(TranscriptScenario scenario)
    {
        await using RunningServer server = await RunningServer.StartAsync(scenario, TestContext.Current.CancellationToken);
        var now = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        var transcript = new Transcript(server.Version, now, TestCertificates.Root.RawData,
            scenario.ClientCertificate is { } kind ? ClientKeys.Of(kind) : null, []);
        using var client = new TranscriptClient(scenario, transcript, TlsCryptoProvider.Default);
        var connections = new List<TranscriptConnection> { Record(client, server, scenario) };
        if (scenario.Resumption != Resumption.None)
        {
            connections.Add(Record(client, server, scenario));
            Assert.StartsWith(scenario.Resumption == Resumption.Ticket ? "resumed by ticket" : "resumed by session ID", connections[1].Agreed, StringComparison.Ordinal);
        }
        Directory.CreateDirectory(Folder);
        await File.WriteAllTextAsync(PathOf(scenario), (transcript with { Connections = connections }).ToText());
    }

    private static TranscriptConnection Record(TranscriptClient client, RunningServer server, TranscriptScenario scenario)
    {
        using Stream stream = server.Connect();
        var wire = new RecordingWire(stream);
        TranscriptConnection connection = client.Connect(wire, RealServers.ConversationWith(scenario.Server));
        return connection with { Records = [.. Named(wire.Records, connection.Records)] };
    }

    /// <summary>The recorded bytes with the names that the client gave its records; what it did not read any more has none.</summary>
    private static IEnumerable<TranscriptRecord> Named(List<(bool FromClient, byte[] Bytes)> records, IReadOnlyList<TranscriptRecord> names)
    {
        var sent = new Queue<TranscriptRecord>(names.Where(record => record.FromClient));
        var received = new Queue<TranscriptRecord>(names.Where(record => !record.FromClient));
        foreach ((bool fromClient, byte[] bytes) in records)
        {
            string name = (fromClient ? sent : received).TryDequeue(out TranscriptRecord? named) ? named.Name : "not read";
            yield return new TranscriptRecord(fromClient, name, bytes);
        }
    }
}
