using System.Text;
using UserTcp.Tls.Records;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Records;

/// <summary>Framing, limits and protection of records.</summary>
public class RecordTests
{
    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\nServer: x\r\n", "\"HTTP/1.1 400 Bad Request\"")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "\"SSH-2.0-OpenSSH_9.2\"")]
    [InlineData("\0\u0001\u0002\u0003\u0004\u0005", "000102030405")]
    public void A_server_that_is_not_TLS_is_quoted(string answer, string quoted)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        TlsException failure = client.GiveAndFail(TlsError.NotTls, Encoding.ASCII.GetBytes(answer));
        Assert.Contains(quoted, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x0300)]
    [InlineData(0x0301)]
    [InlineData(0x03ff)]
    public void Before_the_version_is_agreed_a_record_may_have_any_3_x(int version)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        byte[] hello = server.Send(server.Hello());
        (hello[1], hello[2]) = ((byte)(version >> 8), (byte)version);
        client.Give([.. hello, .. server.Send(server.Chain(), server.KeyExchange(), new ServerHelloDone())]);
        Assert.Equal(TlsStatus.Complete, client.Give(server.LastFlight()));
    }

    [Fact]
    public void Once_the_version_is_agreed_a_record_has_it()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.Give(server.Send(server.Hello()));
        byte[] chain = server.Send(server.Chain());
        chain[2] = 1;
        client.GiveAndFail(TlsError.RecordVersion, chain);
    }

    [Fact]
    public void An_unknown_content_type()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.Give(server.Send(server.Hello()));
        client.GiveAndFail(TlsError.RecordContentType, server.Record((ContentType)24, [1, 0, 0]));
    }

    [Fact]
    public void A_plain_record_of_more_than_16384_bytes_is_refused_by_its_header()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.Give(server.Send(server.Hello()));
        client.GiveAndFail(TlsError.RecordTooLong, [22, 3, 3, 0x40, 0x01]);
    }

    [Theory]
    [InlineData(RecordLimits.Plaintext, true)]
    [InlineData(RecordLimits.Plaintext + 1, false)]
    public void A_protected_record_holds_16384_bytes_and_no_more(int length, bool fits)
    {
        using ScriptedClient client = ScriptedClient.Connected();
        byte[] record = client.Server.Record(ContentType.ApplicationData, new byte[length]);
        client.Give(record);
        if (fits)
        {
            Assert.Equal(length, client.ReadAll(out _).Length);
            return;
        }
        Assert.Equal(TlsError.RecordTooLong, Assert.Throws<TlsException>(() => client.ReadAll(out _)).Error);
        client.CarryOutput();
        Assert.Equal(TlsAlert.RecordOverflow, client.Server.ReceivedAlerts[^1].Description);
    }

    public static TheoryData<int> AllPlacesOfARecord => [.. Enumerable.Range(0, RecordHeader.Size + 8 + 5 + 16)];

    /// <summary>Type, version, length, explicit nonce, ciphertext, tag: no bit can be changed.</summary>
    [Theory, MemberData(nameof(AllPlacesOfARecord))]
    public void A_changed_byte_anywhere_is_noticed(int place)
    {
        using ScriptedClient client = ScriptedClient.Connected();
        byte[] record = client.Server.Record(ContentType.ApplicationData, "hello"u8);
        record[place] ^= 1;
        client.Give(record);
        if (place is 3 or 4) client.Engine.InputEnded();    // a length that is too long only waits for more
        TlsException failure = Assert.Throws<TlsException>(() => client.ReadAll(out _));
        Assert.NotEqual(TlsError.InternalError, failure.Error);
        client.CarryOutput();
    }

    [Theory]
    [InlineData("replayed")]
    [InlineData("left out")]
    [InlineData("too short for nonce and tag")]
    public void A_record_out_of_sequence_is_noticed(string fault)
    {
        using ScriptedClient client = ScriptedClient.Connected();
        byte[] first = client.Server.Record(ContentType.ApplicationData, "one"u8), second = client.Server.Record(ContentType.ApplicationData, "two"u8);
        client.Give(fault switch
        {
            "replayed" => [.. first, .. first],
            "left out" => second,
            _ => [23, 3, 3, 0, 10, .. new byte[10]],
        });
        Assert.Equal(TlsError.BadRecordMac, Assert.Throws<TlsException>(() => client.ReadAll(out _)).Error);
        client.CarryOutput();
        Assert.Equal(new Alert(AlertLevel.Fatal, TlsAlert.BadRecordMac), client.Server.ReceivedAlerts[^1]);
    }

    [Fact]
    public void Records_without_content_are_borne_until_the_budget_is_spent()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        ScriptedServer server = client.Server;
        for (int i = 0; i < TlsBudgets.EmptyRecords; i++) client.Give(server.Record(ContentType.ApplicationData, []));
        client.Give(server.Record(ContentType.ApplicationData, "x"u8));
        Assert.Equal("x"u8.ToArray(), client.ReadAll(out _));
        for (int i = 0; i <= TlsBudgets.EmptyRecords; i++) client.Give(server.Record(ContentType.ApplicationData, []));
        Assert.Equal(TlsError.TooManyEmptyRecords, Assert.Throws<TlsException>(() => client.ReadAll(out _)).Error);
    }

    [Fact]
    public void Unsent_output_is_never_overwritten()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        byte[] data = new byte[60_000];
        new Random(4).NextBytes(data);
        int sent = 0, consumed;
        do
        {
            Assert.Equal(TlsStatus.WantWrite, client.Engine.Write(data.AsSpan(sent), out consumed));
            sent += consumed;
        }
        while (consumed > 0);
        Assert.InRange(sent, 16384, 32 * 1024);
        client.Engine.Shutdown();       // an alert finds room although the buffer is full
        client.CarryOutput();
        Assert.Equal(data[..sent], client.Server.ReceivedData);
        Assert.Equal(TlsAlert.CloseNotify, client.Server.ReceivedAlerts[^1].Description);
    }
}
