using UserTcp.Tls.Certificates;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Records;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Handshake;

/// <summary>What all states of one handshake share. What a later state may rely on is not here: it is passed from state to state.</summary>
internal sealed class HandshakeContext(TlsClientOptions options, ITlsCrypto crypto, TlsRandomSource random, RecordReader reader, RecordWriter writer) : IDisposable
{
    internal TlsClientOptions Options { get; } = options;
    internal ITlsCrypto Crypto { get; } = crypto;
    internal TlsRandomSource Random { get; } = random;
    internal RecordReader Reader { get; } = reader;
    internal RecordWriter Writer { get; } = writer;
    internal Transcript Transcript { get; } = new();
    internal HandshakeSecrets Secrets { get; } = new(crypto);

    /// <summary>Whom to trust; there is one unless certificates are not verified (<see cref="TlsClientOptions.Validate"/>).</summary>
    internal TrustStore TrustStore => Options.TrustStore ?? throw new InvalidOperationException("there is no trust store");

    internal ITlsEventSink? Events => Options.Events;

    /// <summary>Whom the server must prove to be.</summary>
    internal ReferenceIdentity Server { get; } = options.Server;

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
    internal void SendChangeCipherSpec(RecordProtection protection)
    {
        TlsStreamRange range = Writer.WriteMessage(ContentType.ChangeCipherSpec, [1]);
        Events?.Raise(new ChangeCipherSpecPassed(TlsDirection.Sent, range));
        Writer.Protect(protection);
    }

    public void Dispose() => Secrets.Dispose();
}
