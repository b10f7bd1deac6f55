using System.Net.Security;
using UserTcp.Tls;
using UserTcp.Tls.Sessions;
using UserTcp.Tls.Tests.Certificates;
using UserTcp.Tls.Wire;

namespace UserTcp.Fuzz.Tls;

/// <summary>A whole connection with <see cref="TrustingCrypto"/>: the first byte chooses the client's options, the others are what the server says.</summary>
internal sealed class ConnectionTarget : FuzzTarget
{
    private static readonly TrustingCrypto Crypto = new();
    private static readonly (SessionKey Key, ResumableSession Session)[] Sessions = [.. Enumerable.Range(0, 256).Select(options => Remember((Choice)options))];

    /// <summary>What the first byte says.</summary>
    [Flags]
    private enum Choice : byte
    {
        None = 0,
        Legacy = 1,
        Resume = 2,
        ClientCertificate = 4,
        Status = 8,
        Protocols = 16,
        SmallRecords = 32,
        Unverified = 64,
        ByteByByte = 128,
    }

    public override string Name => "connection";

    // Two record buffers, what a certificate of some KB is parsed into, and what the listener makes of events.
    protected override long MostAllocated => 2 << 20;

    // A record of one byte is six bytes of input: an event, its text, and the message that it may complete.
    protected override long AllocatedPerByte => 2_000;

    public override IReadOnlyList<byte[]> Seeds()
    {
        ServerHello plain = HandshakeSamples.ServerHello(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, HandshakeSamples.PlainAnswers);
        ServerHello rich = plain with { Extensions = [.. HandshakeSamples.PlainAnswers, .. HandshakeSamples.AskedAnswers] };
        ServerHello bare = plain with { Extensions = [] };
        return
        [
            Full(Choice.None, plain),
            Full(Choice.None, bare, most: 1),
            Full(Choice.None, plain with { CipherSuite = TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 }, group: NamedGroup.Secp256r1),
            Full(Choice.Unverified, plain with { CipherSuite = TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 }, Identities.RsaServer, NamedGroup.Secp384r1, SignatureScheme.RsaPssRsaeSha256),
            Full(Choice.Legacy, bare with { CipherSuite = TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA }),
            Full(Choice.Legacy | Choice.ByteByByte, plain with { CipherSuite = TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256 }, Identities.RsaServer, scheme: SignatureScheme.RsaPkcs1Sha256),
            Full(Choice.Resume | Choice.ClientCertificate | Choice.Status | Choice.Protocols | Choice.SmallRecords, rich, most: 100),
            Full(Choice.Resume | Choice.Status | Choice.Protocols | Choice.SmallRecords | Choice.ByteByByte, rich),
            Resumed(Choice.Resume, plain),
            Resumed(Choice.Resume | Choice.Status | Choice.Protocols | Choice.SmallRecords, rich with { Extensions = [.. rich.Extensions.Where(e => e.Type is not (ExtensionType.StatusRequest or ExtensionType.SignedCertificateTimestamp))] }),
            Interrupted(Choice.None, plain),
            [0, .. "HTTP/1.1 400 Bad Request\r\n\r\n"u8],
        ];
    }

    protected override string Take(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return "empty";
        var choice = (Choice)input[0];
        using TlsSessionCache? cache = choice.HasFlag(Choice.Resume) ? new TlsSessionCache() : null;
        cache?.Store(Sessions[input[0]].Key, Sessions[input[0]].Session.Copy());
        return new ConnectionRun(Options(choice) with { SessionCache = cache }, Crypto).Take(input[1..], choice.HasFlag(Choice.ByteByByte) ? 1 : int.MaxValue);
    }

    private static TlsClientOptions Options(Choice choice) => new()
    {
        HostName = Identities.HostName,
        TrustStore = choice.HasFlag(Choice.Unverified) ? null : Identities.Private,
        DangerouslySkipCertificateVerification = choice.HasFlag(Choice.Unverified),
        RememberVerifiedChains = false,
        Legacy = choice.HasFlag(Choice.Legacy),
        ClientCertificates = choice.HasFlag(Choice.ClientCertificate) ? [Identities.Client] : [],
        RequestCertificateStatus = choice.HasFlag(Choice.Status),
        RequestSignedCertificateTimestamps = choice.HasFlag(Choice.Status),
        ApplicationProtocols = choice.HasFlag(Choice.Protocols) ? ["h2", "http/1.1"] : [],
        MaxRecordSize = choice.HasFlag(Choice.SmallRecords) ? 512 : TlsClientOptions.Default.MaxRecordSize,
    };

    /// <summary>Makes a session that a client with these options would offer.</summary>
    private static (SessionKey, ResumableSession) Remember(Choice choice)
    {
        using var cache = new TlsSessionCache();
        TlsClientOptions options = Options(choice) with { SessionCache = cache };
        SessionKey key = SessionKey.Of(options, options.Server);
        ServerHello hello = HandshakeSamples.ServerHello(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, [.. HandshakeSamples.PlainAnswers, Extensions.SessionTicket(Array.Empty<byte>())]);
        using var script = new Script(options, Crypto);
        Speak(script, hello, Identities.Server, NamedGroup.X25519, SignatureScheme.EcdsaSecp256r1Sha256, 16384);
        return (key, cache.Find(key, ConnectionRun.Now)!);
    }

    private static byte[] Full(
        Choice choice, ServerHello hello, TestCertificate? certificate = null, NamedGroup group = NamedGroup.X25519,
        SignatureScheme scheme = SignatureScheme.EcdsaSecp256r1Sha256, int most = 16384)
    {
        using TlsSessionCache? cache = choice.HasFlag(Choice.Resume) ? new TlsSessionCache() : null;
        using var script = new Script(Options(choice) with { SessionCache = cache }, Crypto);
        return [(byte)choice, .. Speak(script, hello, certificate ?? Identities.Server, group, scheme, most)];
    }

    private static byte[] Speak(Script script, ServerHello hello, TestCertificate certificate, NamedGroup group, SignatureScheme scheme, int most)
    {
        bool Answers(ExtensionType type) => hello.Extensions.Any(extension => extension.Type == type);
        script.Send([hello, new CertificateMessage([certificate.Der, Identities.Intermediate.Der])], most);
        if (Answers(ExtensionType.StatusRequest)) script.Send([new CertificateStatus(new TestResponder(Identities.Intermediate).Respond(certificate))], most);
        script.Send([script.KeyExchange(hello, group, scheme)], most);
        if (Answers(ExtensionType.StatusRequest)) script.Send([HandshakeSamples.Request], most);
        script.Send([new ServerHelloDone()], most);
        if (Answers(ExtensionType.SessionTicket)) script.Send([HandshakeSamples.Ticket]);
        return script.ChangeCipherSpec().Finish().Write(ContentType.ApplicationData, "hello"u8).Write(ContentType.ApplicationData, [])
            .Write(ContentType.ApplicationData, new byte[200]).Alert(AlertLevel.Warning, TlsAlert.CloseNotify).Spoken;
    }

    private static byte[] Resumed(Choice choice, ServerHello hello)
    {
        using var cache = new TlsSessionCache();
        TlsClientOptions options = Options(choice) with { SessionCache = cache };
        cache.Store(Sessions[(byte)choice].Key, Sessions[(byte)choice].Session.Copy());
        using var script = new Script(options, Crypto);
        script.Send([hello with { SessionId = script.Offer.SessionId }]);
        if (hello.Extensions.Any(extension => extension.Type == ExtensionType.SessionTicket)) script.Send([HandshakeSamples.Ticket]);
        return [(byte)choice, .. script.ChangeCipherSpec().Finish().Write(ContentType.ApplicationData, "again"u8).Alert(AlertLevel.Warning, TlsAlert.CloseNotify).Spoken];
    }

    /// <summary>With warnings, empty records and HelloRequests between, and one more HelloRequest at the end.</summary>
    private static byte[] Interrupted(Choice choice, ServerHello hello)
    {
        using var script = new Script(Options(choice), Crypto);
        script.Send([new HelloRequest(), hello]).Alert(AlertLevel.Warning, TlsAlert.UnrecognizedName);
        script.Send([new CertificateMessage([Identities.Server.Der, Identities.Intermediate.Der]), new HelloRequest(), script.KeyExchange(hello, NamedGroup.X25519)]);
        script.Write(ContentType.Handshake, []).Send([new ServerHelloDone()]).ChangeCipherSpec().Finish();
        script.Alert(AlertLevel.Warning, TlsAlert.UserCanceled).Write(ContentType.ApplicationData, []).Write(ContentType.ApplicationData, "x"u8);
        return [(byte)choice, .. script.Spoken, .. Sealed(new HelloRequest().ToArray())];
    }

    /// <summary>A record as <see cref="TrustingCrypto"/> protects it.</summary>
    private static byte[] Sealed(byte[] content) => [(byte)ContentType.Handshake, 3, 3, 0, (byte)(content.Length + 24), .. new byte[8], .. content, .. new byte[16]];
}
