using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Handshake;

/// <summary>Servers that mean to cost us more than they spend. What is counted is bytes, theirs and ours, never time.</summary>
public class HostileServerTests
{
    public static TheoryData<HandshakeType> Types => [.. Enum.GetValues<HandshakeType>()];

    [Theory, MemberData(nameof(Types))]
    public void Sixteen_megabytes_of_any_message_are_refused_at_their_announcement(HandshakeType type)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.Give(server.Send(server.Hello()));
        byte[] announcement = server.Record(ContentType.Handshake, [(byte)type, 0xff, 0xff, 0xff]);

        long before = GC.GetAllocatedBytesForCurrentThread();
        client.GiveAndFail(TlsError.HandshakeMessageTooLong, announcement);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact, Rfc("5246", "7.4.1.1")]
    public void HelloRequests_are_borne_until_the_handshake_has_too_many_bytes()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server, options => options with { Events = null });
        byte[] thousand = server.Record(ContentType.Handshake, new byte[4_000]);
        int given = 0;

        TlsException failure = Assert.Throws<TlsException>(() =>
        {
            for (; given < 1_000; given++) client.Give(thousand);
        });

        Assert.Equal(TlsError.HandshakeMessageTooLong, failure.Error);
        Assert.Equal(TlsBudgets.HandshakeTotal / 4_000, given);
    }

    /// <summary>A trickle: each byte wakes us, and each is a record. It costs some bytes each time, and nothing that grows.</summary>
    [Fact]
    public void A_flight_that_comes_byte_by_byte_in_records_of_one_costs_memory_in_proportion()
    {
        long whole = Flight(most: 16_384), trickled = Flight(most: 1);
        Assert.InRange(trickled, 0, whole + 1_000_000);

        static long Flight(int most)
        {
            var server = new ScriptedServer();
            using var client = new ScriptedClient(server, options => options with { Events = null });
            byte[] flight = server.Messages(server.Hello());
            flight = [.. flight, .. server.Messages(server.Chain(), server.KeyExchange())];
            byte[][] records = [.. flight.Chunk(most).Select(fragment => server.Record(ContentType.Handshake, fragment))];
            Assert.InRange(flight.Length, 1_000, 2_000);

            long before = GC.GetAllocatedBytesForCurrentThread();
            foreach (byte[] record in records)
            {
                for (int i = 0; i < record.Length; i += most) client.Give(record.AsSpan(i, Math.Min(most, record.Length - i)));
            }
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void A_handshake_whose_fragments_are_empty_ends_with_the_budget()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        byte[] empty = server.Record(ContentType.Handshake, []);
        for (int i = 0; i < TlsBudgets.EmptyRecords; i++) client.Give(empty);
        client.GiveAndFail(TlsError.TooManyEmptyRecords, empty);
    }

    [Fact, Rfc("5246", "7.1")]
    public void A_second_ChangeCipherSpec_ends_the_handshake()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.Give(server.Flight());
        client.Give(server.ChangeCipherSpec());
        client.GiveAndFail(TlsError.UnexpectedChangeCipherSpec, server.Record(ContentType.ChangeCipherSpec, [1]));
    }

    /// <summary>In TLS 1.2 all of these belong to the handshake: none can be repeated for ever behind it.</summary>
    [Theory]
    [InlineData("ChangeCipherSpec", TlsError.UnexpectedChangeCipherSpec)]
    [InlineData("NewSessionTicket", TlsError.UnexpectedMessage)]
    [InlineData("HelloRequest", TlsError.RenegotiationRefused)]
    [InlineData("CertificateStatus", TlsError.UnexpectedMessage)]
    public void After_the_handshake_the_first_of_its_messages_ends_the_connection(string message, TlsError error)
    {
        using ScriptedClient client = ScriptedClient.Connected();
        ScriptedServer server = client.Server;
        client.Give(message switch
        {
            "ChangeCipherSpec" => server.Record(ContentType.ChangeCipherSpec, [1]),
            "NewSessionTicket" => server.Send(new NewSessionTicket(1, new byte[16_000])),
            "HelloRequest" => server.Send(new HelloRequest()),
            _ => server.Send(new CertificateStatus(new byte[] { 0x30, 0 })),
        });
        Assert.Equal(error, Assert.Throws<TlsException>(() => client.ReadAll(out _)).Error);
    }
}
