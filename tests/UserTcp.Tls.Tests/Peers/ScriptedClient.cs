using System.Security.Cryptography;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Peers;

/// <summary>An engine with what a test wants to do with it, opposite a <see cref="ScriptedServer"/>.</summary>
internal sealed class ScriptedClient : ITlsEventSink, IDisposable
{
    private readonly DateTimeOffset? _now;

    /// <summary>Begins a handshake.</summary>
    /// <param name="server">The other end.</param>
    /// <param name="change">What is unusual about the options.</param>
    /// <param name="now">The time; by default it is really now.</param>
    internal ScriptedClient(ScriptedServer server, Func<TlsClientOptions, TlsClientOptions>? change = null, DateTimeOffset? now = null)
    {
        _now = now;
        Server = server;
        var options = new TlsClientOptions { HostName = TestCertificates.HostName, TrustStore = TestCertificates.TrustStore, Events = this };
        Engine = new TlsClientEngine(change is null ? options : change(options), RandomNumberGenerator.Fill);
        Pump();
    }

    internal ScriptedServer Server { get; }

    internal TlsClientEngine Engine { get; }

    internal List<TlsEvent> Events { get; } = [];

    public void Raise(TlsEvent e) => Events.Add(e);

    public void Dispose() => Engine.Dispose();

    /// <summary>Gives bytes of the server to the engine, lets it work, and carries its answer to the server.</summary>
    internal TlsStatus Give(ReadOnlySpan<byte> bytes)
    {
        TlsStatus status = TlsStatus.WantRead;
        do
        {
            int count = Math.Min(bytes.Length, Engine.InputBuffer.Length);
            bytes[..count].CopyTo(Engine.InputBuffer.Span);
            Engine.InputReceived(count);
            bytes = bytes[count..];
            status = Pump();
        }
        while (!bytes.IsEmpty);
        return status;
    }

    /// <summary>Gives bytes that must make the engine fail with <paramref name="error"/>; the alert of the table must reach the server.</summary>
    internal TlsException GiveAndFail(TlsError error, ReadOnlySpan<byte> bytes)
    {
        byte[] copy = bytes.ToArray();
        TlsException failure = Assert.Throws<TlsException>(() => { Give(copy); });
        CarryOutput();
        Assert.True(error == failure.Error, $"{error} was wanted, {failure.Error} was seen: {failure.Message}");
        if (TlsErrorTable.Alert(error) is { } alert)
            Assert.Equal(new Alert(AlertLevel.Fatal, alert), Server.ReceivedAlerts[^1]);
        else
            Assert.DoesNotContain(Server.ReceivedAlerts, sent => sent.Level == AlertLevel.Fatal);
        Assert.Throws<TlsException>(() => { Engine.Handshake(DateTimeOffset.UtcNow); });     // it stays failed
        Assert.Contains(TlsErrorTable.Rfc(error), failure.Message, StringComparison.Ordinal);
        return failure;
    }

    /// <summary>Reads everything there is.</summary>
    internal byte[] ReadAll(out TlsStatus status)
    {
        byte[] data = [], buffer = new byte[20000];
        while ((status = Engine.Read(buffer, out int count)) == TlsStatus.Complete) data = [.. data, .. buffer[..count]];
        return data;
    }

    internal void CarryOutput()
    {
        ReadOnlyMemory<byte> output = Engine.GetOutput();
        Server.Receive(output.Span);
        Engine.OutputSent(output.Length);
    }

    private TlsStatus Pump()
    {
        if (Engine.Session is not null) return TlsStatus.Complete;
        TlsStatus status;
        while ((status = Engine.Handshake(_now ?? DateTimeOffset.UtcNow)) == TlsStatus.WantWrite) CarryOutput();
        return status;
    }

    /// <summary>A client that has done a faultless handshake.</summary>
    internal static ScriptedClient Connected(Func<TlsClientOptions, TlsClientOptions>? change = null)
    {
        var server = new ScriptedServer();
        var client = new ScriptedClient(server, change);
        client.Give(server.Flight());
        Assert.Equal(TlsStatus.Complete, client.Give(server.LastFlight()));
        return client;
    }
}
