using UserTcp.Tls.Certificates;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Handshake;

/// <summary>What a listener is told.</summary>
public class EventTests
{
    [Fact]
    public void The_messages_come_in_the_order_of_RFC_5246_figure_1()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        IEnumerable<string> story = client.Events.Select(e => e switch
        {
            HandshakeMessagePassed m => $"{m.Direction} {m.Message.Type}{(m.Encrypted ? " encrypted" : "")}",
            ChangeCipherSpecPassed c => $"{c.Direction} ChangeCipherSpec",
            CertificateAccepted => "certificate accepted",
            SignatureChecked => "signature checked",
            KeysDerived => "keys derived",
            FinishedChecked => "Finished checked",
            HandshakeCompleted => "complete",
            _ => "",
        }).Where(line => line.Length > 0);
        Assert.Equal(
            [
                "Sent ClientHello", "Received ServerHello", "Received Certificate", "certificate accepted", "Received ServerKeyExchange", "signature checked",
                "Received ServerHelloDone", "Sent ClientKeyExchange", "keys derived", "Sent ChangeCipherSpec", "Sent Finished encrypted",
                "Received ChangeCipherSpec", "Received Finished encrypted", "Finished checked", "complete",
            ], story);
    }

    [Fact]
    public void The_lessons_three_checks_are_reported_as_passed()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        CertificateCheck[] checks = [.. client.Events.OfType<CertificateChecked>().Select(e => e.Check)];
        foreach (CertificateCheckKind kind in new[] { CertificateCheckKind.Validity, CertificateCheckKind.Issuer, CertificateCheckKind.HostName })
            Assert.Contains(checks, check => check.Kind == kind && check.Passed);
    }

    [Fact]
    public void The_records_of_each_direction_cover_its_stream_without_gap()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        client.Engine.Write(new byte[100], out _);
        client.CarryOutput();
        foreach (TlsDirection direction in Enum.GetValues<TlsDirection>())
        {
            long next = 0;
            foreach (RecordPassed record in client.Events.OfType<RecordPassed>().Where(record => record.Direction == direction))
            {
                Assert.Equal(next, record.Range.First);
                Assert.Equal(RecordHeader.Size + record.PlaintextLength + (record.Encrypted ? 24 : 0), record.Range.Length);
                next = record.Range.Last + 1;
            }
            Assert.NotEqual(0, next);
        }
    }

    [Fact]
    public void A_message_knows_the_records_that_carried_it()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        byte[] hello = server.Messages(server.Hello()), rest = server.Messages(server.Chain(), server.KeyExchange(), new ServerHelloDone());
        byte[] first = server.Record(ContentType.Handshake, [.. hello, .. rest[..10]]), second = server.Record(ContentType.Handshake, rest.AsSpan(10));
        client.Give([.. first, .. second]);

        TlsStreamRange Range(HandshakeType type) => client.Events.OfType<HandshakeMessagePassed>().Single(m => m.Message.Type == type).Range;
        var firstRange = new TlsStreamRange(0, first.Length - 1);
        var secondRange = new TlsStreamRange(first.Length, first.Length + second.Length - 1);
        Assert.Equal(firstRange, Range(HandshakeType.ServerHello));
        Assert.Equal(new TlsStreamRange(0, secondRange.Last), Range(HandshakeType.Certificate));
        Assert.Equal(secondRange, Range(HandshakeType.ServerKeyExchange));
        Assert.Equal(secondRange, Range(HandshakeType.ServerHelloDone));
    }

    [Fact]
    public void The_raw_bytes_are_the_message_that_was_parsed()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        Assert.All(client.Events.OfType<HandshakeMessagePassed>(), passed => Assert.Equal(passed.Message.ToArray(), passed.Raw.ToArray()));
    }

    [Fact]
    public void Keys_are_said_to_come_from_the_transcripts_hash()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        KeysDerived keys = client.Events.OfType<KeysDerived>().Single();
        Assert.Equal((NamedGroup.Secp256r1, 32, true, 32, "SHA-256", 40, 16, 4),
            (keys.Group, keys.PremasterLength, keys.ExtendedMasterSecret, keys.SessionHash.Length, keys.PrfHash, keys.KeyBlockLength, keys.KeyLength, keys.ImplicitIvLength));
    }

    [Fact]
    public void Alerts_of_both_sides_are_reported()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        client.Engine.Shutdown();
        client.CarryOutput();
        client.Give(client.Server.Alert(AlertLevel.Warning, TlsAlert.CloseNotify));
        client.ReadAll(out _);
        Assert.Equal([TlsDirection.Sent, TlsDirection.Received], client.Events.OfType<AlertPassed>().Select(alert => alert.Direction));
    }
}
