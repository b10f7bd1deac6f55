using UserTcp.Tls.Certificates;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Records;
using UserTcp.Tls.Sessions;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Handshake;

/// <summary>What all states of one handshake share. What a later state may rely on is not here: it is passed from state to state.</summary>
internal sealed class HandshakeContext(TlsClientOptions options, ITlsCrypto crypto, TlsRandomSource random, RecordReader reader, RecordWriter writer) : IDisposable
{
    private SessionKey? _sessionKey;

    internal TlsClientOptions Options { get; } = options;
    internal ITlsCrypto Crypto { get; } = crypto;
    internal TlsRandomSource Random { get; } = random;
    internal RecordReader Reader { get; } = reader;
    internal RecordWriter Writer { get; } = writer;
    internal Transcript Transcript { get; } = new(keepMessages: options.ClientCertificates.Count > 0);
    internal HandshakeSecrets Secrets { get; } = new(crypto, random);

    /// <summary>Whom to trust; there is one unless certificates are not verified (<see cref="TlsClientOptions.Validate"/>).</summary>
    internal TrustStore TrustStore => Options.TrustStore ?? throw new InvalidOperationException("there is no trust store");

    /// <summary>What this connection's session is remembered by.</summary>
    internal SessionKey SessionKey => _sessionKey ??= SessionKey.Of(Options, Server);

    /// <summary>The session that is offered; null when none is.</summary>
    internal ResumableSession? OfferedSession { get; set; }

    internal ITlsEventSink? Events => Options.Events;

    /// <summary>Whom the server must prove to be.</summary>
    internal ReferenceIdentity Server { get; } = options.Server;

    /// <summary>The name in SNI; null when none is sent: literal addresses are not permitted as names. RFC 6066 3</summary>
    internal string? SentServerName => Options.SendServerName && Server.Address is null ? Server.DnsName : null;

    /// <summary>What the server said of client certificates; null when it did not ask. For explanations alone.</summary>
    internal CertificateRequest? CertificateRequest { get; set; }

    /// <summary>The client certificate that was sent; null for none. For explanations alone.</summary>
    internal TlsClientCertificate? ShownCertificate { get; set; }

    /// <summary>The line that waits to be written to <see cref="TlsClientOptions.KeyLog"/> by who may wait for a file; null for none.</summary>
    internal string? KeyLogLine { get; set; }

    /// <summary>The time, as the caller of the engine said it.</summary>
    internal DateTimeOffset UtcNow { get; set; }

    /// <summary>Sends a handshake message and adds it to the transcript.</summary>
    internal void Send(HandshakeBody message)
    {
        byte[] raw = message.ToArray();
        Transcript.Append(raw);
        TlsStreamRange range = Writer.WriteMessage(ContentType.Handshake, raw);
        Events?.Raise(new HandshakeMessagePassed(TlsDirection.Sent, message, raw, range, Writer.IsEncrypted));
    }

    /// <summary>Sends ChangeCipherSpec and protects what follows. RFC 5246 7.1</summary>
    private void SendChangeCipherSpec(RecordProtection protection)
    {
        TlsStreamRange range = Writer.WriteMessage(ContentType.ChangeCipherSpec, [1]);
        Events?.Raise(new ChangeCipherSpecPassed(TlsDirection.Sent, range));
        Writer.Protect(protection);
    }

    /// <summary>ChangeCipherSpec and Finished: the client's last words in either handshake. RFC 5246 7.4.9</summary>
    internal void SendFinished(SuiteParameters suite, RecordProtection protection)
    {
        Transcript.ForgetMessages();
        SendChangeCipherSpec(protection);
        Send(new Finished(Secrets.VerifyData(suite.Hash, "client finished"u8, Transcript.Current())));
    }

    /// <summary>Keeps both directions to what was agreed; null changes nothing.</summary>
    internal void LimitRecords(RecordSizes? sizes)
    {
        if (sizes is null) return;
        Writer.Limit(sizes.Send);
        Reader.Limit(sizes.Receive);
    }

    /// <summary>Tells the master secret to whoever listens.</summary>
    internal void LogKeys(Negotiated negotiated)
    {
        if (Events is null && Options.KeyLog is null) return;       // the secret is not made text for nobody
        string line = $"CLIENT_RANDOM {Convert.ToHexStringLower(negotiated.ClientRandom.Span)} {Convert.ToHexStringLower(Secrets.Master)}";
        if (Options.KeyLog is not null) KeyLogLine = line;
        Events?.Raise(new KeyLogged(line));
    }

    /// <summary>A session that belongs to a failed connection is not used again. RFC 5246 7.2.2</summary>
    internal void ForgetSession() => Options.SessionCache?.Remove(SessionKey);

    public void Dispose()
    {
        Secrets.Dispose();
        OfferedSession?.Dispose();
    }
}
