using System.Security.Cryptography;
using UserTcp.Tls;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Handshake;
using UserTcp.Tls.Records;
using UserTcp.Tls.Wire;

namespace UserTcp.Fuzz.Tls;

/// <summary>What an honest server says to one of our clients, byte for byte: the input to begin with. It hears the client's messages and learns the master secret from
/// the client's own events.</summary>
internal sealed class Script : ITlsEventSink, IDisposable
{
    private readonly ITlsCrypto _crypto;
    private readonly TlsClientEngine _client;
    private readonly List<byte> _spoken = [];
    private readonly List<byte> _transcript = [];
    private ClientHello? _offer;
    private ServerHello? _answer;
    private byte[] _master = [];
    private RecordProtection? _protection;

    internal Script(TlsClientOptions options, ITlsCrypto crypto)
    {
        _crypto = crypto;
        _client = new TlsClientEngine(options with { Events = this }, ConnectionRun.FixedRandom, crypto: crypto);
        Pump();
    }

    public void Dispose()
    {
        _client.Dispose();
        _protection?.Dispose();
    }

    internal ClientHello Offer => _offer!;

    /// <summary>Everything that was said.</summary>
    internal byte[] Spoken => [.. _spoken];

    public void Raise(TlsEvent e)
    {
        switch (e)
        {
            case HandshakeMessagePassed message:
                _transcript.AddRange(message.Raw.Span);
                if (message.Message is ClientHello offer) _offer = offer;
                if (message.Message is ServerHello answer) _answer = answer;
                break;
            case KeyLogged key:
                _master = Convert.FromHexString(key.Line[(key.Line.LastIndexOf(' ') + 1)..]);
                break;
        }
    }

    /// <summary>The signed key of the server, for <see cref="Identities.Server"/> or, with cryptography that does not look, for anybody.</summary>
    internal ServerKeyExchange KeyExchange(ServerHello hello, NamedGroup group, SignatureScheme scheme = SignatureScheme.EcdsaSecp256r1Sha256)
    {
        using IEphemeralKey key = _crypto.CreateKey(group, ConnectionRun.FixedRandom);
        var exchange = new ServerKeyExchange(group, key.PublicKey, scheme, ReadOnlyMemory<byte>.Empty);
        byte[] signed = [.. Offer.Random.Span, .. hello.Random.Span, .. exchange.Parameters()];
        using ECDsa signer = Identities.Key("server");
        return exchange with { Signature = signer.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence) };
    }

    /// <summary>Sends messages in one record, or in several of at most so many bytes.</summary>
    internal Script Send(HandshakeBody[] messages, int most = RecordLimits.Plaintext)
    {
        byte[] bytes = [.. messages.SelectMany(message => message.ToArray())];
        foreach (byte[] fragment in bytes.Chunk(most)) Write(ContentType.Handshake, fragment);
        return this;
    }

    /// <summary>Changes to the new keys.</summary>
    internal Script ChangeCipherSpec()
    {
        Write(ContentType.ChangeCipherSpec, [1]);
        SuiteParameters suite = SuiteParameters.Of(_answer!.CipherSuite);
        using var secrets = new HandshakeSecrets(_crypto, ConnectionRun.FixedRandom);
        secrets.Resume(_master);
        _protection = secrets.DeriveKeys(suite, Offer.Random.Span, _answer.Random.Span).Server;
        return this;
    }

    /// <summary>Ends the handshake.</summary>
    internal Script Finish()
    {
        SuiteParameters suite = SuiteParameters.Of(_answer!.CipherSuite);
        using var secrets = new HandshakeSecrets(_crypto, ConnectionRun.FixedRandom);
        secrets.Resume(_master);
        ITranscriptHash hash = _crypto.CreateHash(suite.Hash);
        hash.Append([.. _transcript]);
        return Send([new Finished(secrets.VerifyData(suite.Hash, "server finished"u8, hash.Current()))]);
    }

    internal Script Alert(AlertLevel level, TlsAlert description) => Write(ContentType.Alert, [(byte)level, (byte)description]);

    /// <summary>Writes a record, and lets the client read it.</summary>
    internal Script Write(ContentType type, ReadOnlySpan<byte> content)
    {
        byte[] record = new byte[RecordHeader.Size + (_protection?.ProtectedLength(content.Length) ?? content.Length)];
        new RecordHeader(type, TlsVersion.Tls12, (ushort)(record.Length - RecordHeader.Size)).Write(record);
        content.CopyTo(record.AsSpan(RecordHeader.Size + (_protection?.PrefixSize ?? 0)));
        _protection?.Seal(type, record.AsSpan(RecordHeader.Size), content.Length);
        _spoken.AddRange(record);
        record.CopyTo(_client.InputBuffer);
        _client.InputReceived(record.Length);
        Pump();
        return this;
    }

    private void Pump()
    {
        TlsStatus status;
        while ((status = _client.Handshake(ConnectionRun.Now)) == TlsStatus.WantWrite) _client.OutputSent(_client.GetOutput().Length);
        if (status != TlsStatus.Complete) return;
        byte[] buffer = new byte[RecordLimits.Plaintext];
        while (_client.Read(buffer, out _) == TlsStatus.Complete)
        {
        }
    }
}
