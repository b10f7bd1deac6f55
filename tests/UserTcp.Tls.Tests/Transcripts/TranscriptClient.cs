using System.Text;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Tests.ClientCertificates;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Transcripts;

/// <summary>The client of a recording: does the same each time, because its random bytes and its time are the same.</summary>
internal sealed class TranscriptClient : IDisposable
{
    private readonly TlsClientOptions _options;
    private readonly DateTimeOffset _time;
    private readonly TranscriptRandom _random = new();

    /// <summary>A client for all connections of one recording.</summary>
    /// <param name="scenario">What is offered.</param>
    /// <param name="transcript">Time, trust anchor and identity; its connections do not matter.</param>
    /// <param name="provider">Whose cryptography.</param>
    internal TranscriptClient(TranscriptScenario scenario, Transcript transcript, TlsCryptoProvider provider)
    {
        _time = transcript.Time;
        _options = scenario.Offer(new TlsClientOptions
        {
            HostName = TestCertificates.HostName,
            TrustStore = TrustStore.FromCertificates([transcript.Authority]),
            ClientCertificates = transcript.ClientCertificate is { } identity ? [ClientKeys.Load(identity)] : [],
            SessionCache = scenario.Resumption == Resumption.None ? null : new TlsSessionCache(),
            CryptoProvider = provider,
        });
    }

    /// <summary>Connects, asks, reads the answer to its end, says close_notify and hears what the server says to that.</summary>
    /// <returns>What was agreed; the records have names and no bytes.</returns>
    internal TranscriptConnection Connect(ITranscriptWire wire, Conversation conversation)
    {
        var events = new EventList();
        using var engine = new TlsClientEngine(_options with { Events = events }, _random.Fill);
        TlsStatus status;
        while ((status = engine.Handshake(_time)) != TlsStatus.Complete)
        {
            if (status == TlsStatus.WantWrite) Flush(engine, wire);
            else if (!Receive(engine, wire)) engine.InputEnded();
        }

        engine.Write(Encoding.Latin1.GetBytes(conversation.Request), out _);
        Flush(engine, wire);
        var reply = new StringBuilder();
        byte[] buffer = new byte[16384];
        while (!reply.ToString().EndsWith(conversation.ReplyEnd, StringComparison.Ordinal))
        {
            status = engine.Read(buffer, out int count);
            reply.Append(Encoding.Latin1.GetString(buffer, 0, count));
            if (status == TlsStatus.Closed) throw new InvalidOperationException($"the server ended with \"{reply}\"");
            if (status == TlsStatus.WantRead && !Receive(engine, wire)) engine.InputEnded();
        }

        engine.Shutdown();
        Flush(engine, wire);
        while (engine.Read(buffer, out _) == TlsStatus.WantRead && Receive(engine, wire)) { }
        return new TranscriptConnection(Names(events), Describe(engine.Session!, events), events.Of<KeyLogged>().Single().Line, reply.ToString());
    }

    public void Dispose() => _options.SessionCache?.Dispose();

    private static void Flush(TlsClientEngine engine, ITranscriptWire wire)
    {
        ReadOnlyMemory<byte> output = engine.GetOutput();
        wire.Send(output.Span);
        engine.OutputSent(output.Length);
    }

    private static bool Receive(TlsClientEngine engine, ITranscriptWire wire)
    {
        int count = wire.Receive(engine.InputBuffer.Span);
        engine.InputReceived(count);
        return count > 0;
    }

    private static string Describe(TlsSessionInfo session, EventList events)
    {
        string how = events.Of<SessionResumed>() switch
        {
            [] => "full handshake",
            [{ ByTicket: true }] => "resumed by ticket",
            _ => "resumed by session ID",
        };
        return $"{how}, {session.CipherSuite.Name()}, {session.Group.Name()}, {session.SignatureScheme.Name()}"
            + (session.ExtendedMasterSecret ? ", extended master secret" : "")
            + (session.ApplicationProtocol is { } protocol ? $", {protocol}" : "")
            + (session.SessionStored ? ", session stored" : "")
            + (session.ClientCertificate is null ? "" : ", client certificate shown")
            + string.Concat(events.Of<DowngradeSentinelSeen>().Select(seen => $", the server could do {seen.BestVersion.Name()}"));
    }

    private static TranscriptRecord[] Names(EventList events) => [.. events.Of<RecordPassed>().Select(record => new TranscriptRecord(record.Direction == TlsDirection.Sent, Name(record, events), []))];

    private static string Name(RecordPassed record, EventList events)
    {
        string[] messages = [.. events.Of<HandshakeMessagePassed>()
            .Where(message => message.Direction == record.Direction && message.Range.First <= record.Range.Last && message.Range.Last >= record.Range.First)
            .Select(message => $"{message.Message.Type}")];
        string name = messages.Length > 0 ? string.Join(", ", messages)
            : events.Of<AlertPassed>().FirstOrDefault(alert => alert.Direction == record.Direction && alert.Range == record.Range) is { } alert ? alert.Alert.Description.Name()
            : $"{record.ContentType}";
        return record.Encrypted ? $"{name}, {TranscriptRecord.Protected}" : name;
    }
}
