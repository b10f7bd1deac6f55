using UserTcp.Tls.Records;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Tests.Sessions;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Records;

/// <summary>How long records are: short at first, and never longer than the other end takes.</summary>
public class RecordSizeTests
{
    private const int Ramp = RecordLimits.FirstRecord - RecordHeader.Size - 24;     // AES-GCM adds 24 bytes

    [Fact]
    public void Records_grow_until_128_KiB_are_sent()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        int[] sizes = Write(client, 200_000);
        for (int i = 0; i < 13; i++) Assert.Equal((i + 1) * Ramp, sizes[i]);
        int first = Array.IndexOf(sizes, RecordLimits.Plaintext);
        Assert.InRange(sizes[..first].Sum(), RecordLimits.Plaintext, RecordLimits.RampUp);
        Assert.All(sizes[first..^1], size => Assert.Equal(RecordLimits.Plaintext, size));
    }

    [Fact]
    public void The_first_record_fits_the_smallest_segment()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        client.Engine.Write(new byte[5000], out _);
        Assert.Equal(RecordLimits.FirstRecord, client.Engine.GetOutput().Length);
    }

    [Fact, Rfc("8449", "4")]
    public void What_the_client_takes_is_always_told()
    {
        Assert.Equal(("16384 bytes", null), Offer(16384));
        Assert.Equal(("1024 bytes", "1024 bytes"), Offer(1024));
        Assert.Equal(("64 bytes", null), Offer(64));
        Assert.Throws<ArgumentException>(() => Offer(63));
        Assert.Throws<ArgumentException>(() => Offer(16385));
    }

    // client                                        server
    // ClientHello, record_size_limit           -->
    //                     <--  ServerHello, record_size_limit 100 …
    [Theory, Rfc("8449", "4")]
    [InlineData(70, 70)]
    [InlineData(100, 100)]
    [InlineData(65535, 16384)]
    public void The_servers_limit_is_kept(int limit, int largest)
    {
        using ScriptedClient client = Agree(16384, ScriptedServer.Extension(ExtensionType.RecordSizeLimit, (byte)(limit >> 8), (byte)limit));
        Assert.Equal(largest, Write(client, 300_000).Max());
    }

    [Theory, Rfc("8449", "4"), Rfc("6066", "4")]
    [InlineData(true)]
    [InlineData(false)]
    public void A_record_longer_than_agreed_is_an_overflow(bool byFragmentLength)
    {
        using ScriptedClient client = Agree(512, byFragmentLength ? Fragment(1) : ScriptedServer.Extension(ExtensionType.RecordSizeLimit, 0x40, 0));
        client.Give(client.Server.Record(ContentType.ApplicationData, new byte[512]));
        Assert.Equal(512, client.ReadAll(out _).Length);
        client.Give(client.Server.Record(ContentType.ApplicationData, new byte[513]));
        Assert.Equal(TlsError.RecordTooLong, Assert.Throws<TlsException>(() => client.ReadAll(out _)).Error);
        client.CarryOutput();
        Assert.Equal(TlsAlert.RecordOverflow, client.Server.ReceivedAlerts[^1].Description);
    }

    [Fact, Rfc("6066", "4")]
    public void A_fragment_length_holds_in_both_directions_and_for_resumptions()
    {
        using var sessions = new ScriptedResumption();
        foreach (bool resumed in new[] { false, true })
        {
            using ScriptedClient client = sessions.Client(options => options with { MaxRecordSize = 2048 });
            ScriptedServer server = client.Server;
            if (resumed)
            {
                client.Give(server.Resume(sessions.MasterSecret));      // says nothing of it
                Assert.Equal(TlsStatus.Complete, client.Give(server.LastFlight()));
            }
            else
            {
                ServerHello hello = server.Hello();
                client.Give([
                    .. server.Send(hello with { SessionId = ScriptedResumption.Id, Extensions = [.. hello.Extensions, Fragment(3)] }),
                    .. server.Send(server.Chain(), server.KeyExchange(), new ServerHelloDone())]);
                Assert.Equal(TlsStatus.Complete, client.Give(server.LastFlight()));
                sessions.Remember(server);
            }
            Assert.Equal(resumed, client.Engine.Session!.Resumed);
            Assert.Equal(2048, Write(client, 10_000).Max());
        }
    }

    public static TheoryData<string, TlsError> Faults => new()
    {
        { "limit 63", TlsError.RecordSize }, { "both", TlsError.RecordSize }, { "another fragment length", TlsError.RecordSize },
        { "a limit of one byte", TlsError.ExtensionMalformed }, { "a limit of three bytes", TlsError.ExtensionMalformed },
        { "an empty fragment length", TlsError.ExtensionMalformed }, { "a fragment length of two bytes", TlsError.ExtensionMalformed },
    };

    [Theory, MemberData(nameof(Faults)), Rfc("8449", "5"), Rfc("6066", "4")]
    public void An_answer_that_may_not_be(string fault, TlsError error)
    {
        TlsExtension limit = ScriptedServer.Extension(ExtensionType.RecordSizeLimit, 0x40, 0);
        TlsExtension[] answer = fault switch
        {
            "limit 63" => [ScriptedServer.Extension(ExtensionType.RecordSizeLimit, 0, 63)],
            "both" => [limit, Fragment(2)],
            "another fragment length" => [Fragment(3)],
            "a limit of one byte" => [ScriptedServer.Extension(ExtensionType.RecordSizeLimit, 64)],
            "a limit of three bytes" => [ScriptedServer.Extension(ExtensionType.RecordSizeLimit, 64, 0, 0)],
            "an empty fragment length" => [ScriptedServer.Extension(ExtensionType.MaxFragmentLength)],
            "a fragment length of two bytes" => [ScriptedServer.Extension(ExtensionType.MaxFragmentLength, 2, 2)],
            _ => throw new ArgumentOutOfRangeException(nameof(fault)),
        };
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server, options => options with { MaxRecordSize = 1024 });
        client.GiveAndFail(error, server.Send(server.Hello() with { Extensions = answer }));
    }

    [Fact, Rfc("6066", "4")]
    public async Task OpenSSL_keeps_to_the_fragment_length()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        await using OpenSslServer server = await OpenSslServer.StartAsync(TestCertificates.Rsa, "-www -tls1_2", cancel);
        var records = new RecordList();
        var options = new TlsClientOptions { HostName = TestCertificates.HostName, TrustStore = TestCertificates.TrustStore, MaxRecordSize = 512, Events = records };
        await using TlsClientStream tls = await TlsClientStream.ConnectAsync(await server.ConnectAsync(cancel), options, cancel);
        await tls.WriteAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray(), cancel);
        using var reader = new StreamReader(tls);
        Assert.StartsWith("HTTP/1.0 200 ok", await reader.ReadToEndAsync(cancel), StringComparison.Ordinal);
        Assert.Equal(512, records.Largest);
    }

    private static TlsExtension Fragment(byte code) => ScriptedServer.Extension(ExtensionType.MaxFragmentLength, code);

    private static (string? Limit, string? Fragment) Offer(int limit)
    {
        using var client = new ScriptedClient(new ScriptedServer(), options => options with { MaxRecordSize = limit });
        var offer = client.Server.ClientHello.Extensions.ToDictionary(extension => extension.Type, extension => extension.Describe());
        return (offer.GetValueOrDefault(ExtensionType.RecordSizeLimit), offer.GetValueOrDefault(ExtensionType.MaxFragmentLength));
    }

    private static ScriptedClient Agree(int limit, TlsExtension answer)
    {
        var server = new ScriptedServer();
        var client = new ScriptedClient(server, options => options with { MaxRecordSize = limit });
        ServerHello hello = server.Hello();
        client.Give([
            .. server.Send(hello with { Extensions = [.. hello.Extensions, answer] }),
            .. server.Send(server.Chain(), server.KeyExchange(), new ServerHelloDone())]);
        Assert.Equal(TlsStatus.Complete, client.Give(server.LastFlight()));
        return client;
    }

    /// <summary>Writes so much and returns the content lengths of the records.</summary>
    private static int[] Write(ScriptedClient client, int count)
    {
        byte[] data = new byte[count];
        new Random(3).NextBytes(data);
        int sent = 0, before = client.Events.Count;
        while (sent < count)
        {
            client.Engine.Write(data.AsSpan(sent), out int consumed);
            sent += consumed;
            client.CarryOutput();
        }
        Assert.Equal(data, client.Server.ReceivedData);
        return [.. client.Events.Skip(before).OfType<RecordPassed>().Select(record => record.PlaintextLength)];
    }

    private sealed class RecordList : ITlsEventSink
    {
        internal int Largest { get; private set; }

        public void Raise(TlsEvent e)
        {
            if (e is RecordPassed { Direction: TlsDirection.Received, Encrypted: true } record) Largest = Math.Max(Largest, record.PlaintextLength);
        }
    }
}
