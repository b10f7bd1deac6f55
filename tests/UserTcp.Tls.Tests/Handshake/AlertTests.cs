using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Handshake;

/// <summary>Alerts of the server: what they end, what they are said to mean, how many are borne.</summary>
public class AlertTests
{
    [Fact]
    public void A_fatal_alert_after_the_handshake_ends_reading()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        client.Give(client.Server.Alert(AlertLevel.Fatal, TlsAlert.InternalError));
        TlsException failure = Assert.Throws<TlsException>(() => client.ReadAll(out _));
        Assert.Equal((TlsError.AlertReceived, TlsAlert.InternalError), (failure.Error, failure.ReceivedAlert));
        Assert.True(client.Engine.GetOutput().IsEmpty);     // RFC 5246 7.2.2: who received a fatal alert sends nothing more
    }

    [Fact]
    public void A_close_notify_inside_the_handshake_ends_it()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        Assert.Equal(TlsAlert.CloseNotify, client.GiveAndFail(TlsError.AlertReceived, server.Alert(AlertLevel.Warning, TlsAlert.CloseNotify)).ReceivedAlert);
    }

    [Fact]
    public void Warnings_are_borne_until_the_budget_is_spent()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        byte[] warning = server.Alert(AlertLevel.Warning, TlsAlert.UnrecognizedName);
        for (int i = 0; i < TlsBudgets.WarningAlerts; i++) client.Give(warning);
        client.Give(server.Send(server.Hello()));       // anything else starts the count anew
        for (int i = 0; i < TlsBudgets.WarningAlerts; i++) client.Give(warning);
        client.GiveAndFail(TlsError.TooManyWarningAlerts, warning);
    }

    /// <summary>Each kind spends its budget although the other comes between.</summary>
    [Fact]
    public void Warnings_in_turn_with_empty_records_are_not_borne_for_ever()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        ScriptedServer server = client.Server;
        for (int i = 0; i <= TlsBudgets.WarningAlerts; i++)
            client.Give([.. server.Record(ContentType.ApplicationData, []), .. server.Alert(AlertLevel.Warning, TlsAlert.UserCanceled)]);
        TlsException failure = Assert.Throws<TlsException>(() => client.ReadAll(out _));
        Assert.Equal(TlsError.TooManyWarningAlerts, failure.Error);
    }

    [Fact]
    public void An_alert_of_an_unknown_level()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.GiveAndFail(TlsError.AlertLevel, server.Alert((AlertLevel)3, TlsAlert.UnrecognizedName));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void An_alert_record_of_another_length_than_two(int length)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.GiveAndFail(TlsError.DecodeError, server.Record(ContentType.Alert, new byte[length]));
    }

    [Fact]
    public void What_follows_the_servers_close_notify_is_not_read()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        ScriptedServer server = client.Server;
        client.Give([.. server.Record(ContentType.ApplicationData, "last"u8), .. server.Alert(AlertLevel.Warning, TlsAlert.CloseNotify),
            .. server.Record(ContentType.ApplicationData, "late"u8)]);
        Assert.Equal("last"u8.ToArray(), client.ReadAll(out TlsStatus status));
        Assert.Equal(TlsStatus.Closed, status);
    }

    [Fact]
    public void The_end_of_the_stream_without_close_notify_is_a_truncation()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        client.Give(client.Server.Record(ContentType.ApplicationData, "first half"u8));
        client.Engine.InputEnded();
        byte[] buffer = new byte[100];
        Assert.Equal(TlsStatus.Complete, client.Engine.Read(buffer, out int count));
        Assert.Equal(10, count);
        TlsException failure = Assert.Throws<TlsException>(() => { client.Engine.Read(buffer, out _); });
        Assert.Equal(TlsError.UnexpectedEof, failure.Error);
    }

    [Fact]
    public void Nothing_can_be_written_after_our_close_notify()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        client.Engine.Shutdown();
        Assert.Throws<InvalidOperationException>(() => { client.Engine.Write([1], out _); });
        client.CarryOutput();
        Assert.Equal(TlsStatus.Complete, client.Engine.Shutdown());     // once is enough
    }
}
