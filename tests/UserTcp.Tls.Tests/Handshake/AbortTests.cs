using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Handshake;

/// <summary>The caller ends a connection with an alert of its own.</summary>
public class AbortTests
{
    [Fact, Rfc("5246", "7.2.2")]
    public void The_alert_is_sent_and_nothing_goes_on()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        Assert.Equal(TlsStatus.WantWrite, client.Engine.Abort(TlsAlert.InternalError));
        client.CarryOutput();
        Assert.Equal(new Alert(AlertLevel.Fatal, TlsAlert.InternalError), client.Server.ReceivedAlerts.Single());

        Assert.Equal(TlsError.AbortedByCaller, Assert.Throws<TlsException>(() => client.Engine.Write([1], out _)).Error);
        Assert.Equal(TlsError.AbortedByCaller, Assert.Throws<TlsException>(() => client.Engine.Read(new byte[1], out _)).Error);
        client.Engine.Shutdown();
        Assert.True(client.Engine.GetOutput().IsEmpty);
    }

    [Fact]
    public void A_connection_that_has_failed_keeps_its_own_alert()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        client.Give(client.Server.Send(new HelloRequest()));
        Assert.Throws<TlsException>(() => client.ReadAll(out _));
        client.Engine.Abort(TlsAlert.InternalError);
        client.CarryOutput();
        Assert.Equal(TlsAlert.NoRenegotiation, client.Server.ReceivedAlerts.Single().Description);
    }

    [Fact]
    public void Close_notify_is_no_fatal_alert()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        Assert.Throws<ArgumentOutOfRangeException>(() => client.Engine.Abort(TlsAlert.CloseNotify));
    }

    [Fact]
    public async Task A_stream_sends_it_at_once()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        var ended = new TaskCompletionSource<Exception>();
        await using var server = new SslServer(SslServer.Options(TestCertificates.Rsa), async stream =>
        {
            ended.SetResult(await Assert.ThrowsAnyAsync<Exception>(async () => await stream.ReadExactlyAsync(new byte[1], cancel)));
        });
        var options = new TlsClientOptions { HostName = TestCertificates.HostName, TrustStore = TestCertificates.TrustStore };
        await using TlsClientStream tls = await TlsClientStream.ConnectAsync(await server.ConnectAsync(cancel), options, cancel);
        await tls.AbortAsync(TlsAlert.AccessDenied, cancel);
        Assert.Contains("access", (await ended.Task.WaitAsync(cancel)).ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(TlsError.AbortedByCaller, (await Assert.ThrowsAsync<TlsException>(async () => await tls.WriteAsync(new byte[1], cancel))).Error);
    }
}
