using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Tests.Sessions;

namespace UserTcp.Tls.Tests.Handshake;

/// <summary>Keys for protocols above TLS.</summary>
public class ExporterTests
{
    private const string Label = "EXPORTER-test";

    [Fact, Rfc("5705", "4")]
    public void Label_context_and_length_make_the_key()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        byte[] context = [1, 2, 3];
        Assert.Equal(client.Server.Export(Label, null, 80), client.Engine.ExportKeyingMaterial(Label, 80));
        Assert.Equal(client.Server.Export(Label, [], 80), client.Engine.ExportKeyingMaterial(Label, [], 80));
        Assert.Equal(client.Server.Export(Label, context, 1), client.Engine.ExportKeyingMaterial(Label, context, 1));
        byte[][] keys =
        [
            client.Engine.ExportKeyingMaterial(Label, 32), client.Engine.ExportKeyingMaterial("EXPORTER-other", 32),
            client.Engine.ExportKeyingMaterial(Label, [], 32), client.Engine.ExportKeyingMaterial(Label, context, 32),
        ];
        Assert.Equal(keys.Length, keys.Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact, Rfc("5705", "4")]
    public void A_resumed_connection_has_keys_of_its_own()
    {
        using var sessions = new ScriptedResumption();
        using ScriptedClient first = sessions.Full(ScriptedResumption.Ticket), second = sessions.Resumed();
        Assert.Equal(second.Server.Export(Label, null, 32), second.Engine.ExportKeyingMaterial(Label, 32));
        Assert.NotEqual(first.Engine.ExportKeyingMaterial(Label, 32), second.Engine.ExportKeyingMaterial(Label, 32));
    }

    [Fact, Rfc("7627", "5.4")]
    public void Without_extended_master_secret_nothing_is_exported()
    {
        using var sessions = new ScriptedResumption();
        using ScriptedClient client = sessions.Full(extendedMasterSecret: false);
        Assert.Contains("RFC 7627 5.4", Assert.Throws<InvalidOperationException>(() => client.Engine.ExportKeyingMaterial(Label, 32)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("client finished")]
    [InlineData("server finished")]
    [InlineData("master secret")]
    [InlineData("extended master secret")]
    [InlineData("key expansion")]
    [InlineData("schlüssel")]
    public void Labels_of_TLS_itself_are_refused(string label)
    {
        using ScriptedClient client = ScriptedClient.Connected();
        Assert.Throws<ArgumentException>(() => client.Engine.ExportKeyingMaterial(label, 32));
    }

    [Fact]
    public void A_context_or_length_that_cannot_be_is_refused()
    {
        using ScriptedClient client = ScriptedClient.Connected();
        Assert.Equal(32, client.Engine.ExportKeyingMaterial(Label, new byte[65535], 32).Length);
        Assert.Throws<ArgumentException>(() => client.Engine.ExportKeyingMaterial(Label, new byte[65536], 32));
        Assert.Throws<ArgumentOutOfRangeException>(() => client.Engine.ExportKeyingMaterial(Label, 0));
    }

    [Fact]
    public void Nothing_is_exported_before_the_handshake_is_complete_or_after_the_end()
    {
        using var client = new ScriptedClient(new ScriptedServer());
        Assert.Throws<InvalidOperationException>(() => client.Engine.ExportKeyingMaterial(Label, 32));
        using ScriptedClient ended = ScriptedClient.Connected();
        ended.Engine.Dispose();
        Assert.Throws<ObjectDisposedException>(() => ended.Engine.ExportKeyingMaterial(Label, 32));
    }

    [Fact]
    public async Task OpenSSL_derives_the_same_key()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        await using OpenSslServer server = await OpenSslServer.StartAsync(TestCertificates.Rsa, $"-tls1_2 -keymatexport {Label} -keymatexportlen 24", cancel);
        var options = new TlsClientOptions { HostName = TestCertificates.HostName, TrustStore = TestCertificates.TrustStore };
        await using TlsClientStream tls = await TlsClientStream.ConnectAsync(await server.ConnectAsync(cancel), options, cancel);
        Assert.Equal(Convert.ToHexString(tls.ExportKeyingMaterial(Label, 24)), await server.ValueAsync("Keying material: ", cancel));
        Assert.True(tls.Timings is { ServerFlight.Ticks: > 0, Confirmation.Ticks: > 0, Computing.Ticks: > 0 });
        Assert.Equal(tls.Timings.ServerFlight + tls.Timings.Confirmation + tls.Timings.Computing, tls.Timings.Total);
    }
}
