using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Records;
using UserTcp.Tls.Tests.Certificates;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Tests.Sessions;
using UserTcp.Tls.Wire;
using static UserTcp.Tls.Tests.Certificates.TestCertificate;
using static UserTcp.Tls.TlsError;
using Level = UserTcp.Tls.Wire.AlertLevel;

namespace UserTcp.Tls.Tests.Errors;

/// <summary>One way to each error: what a server, a file or a caller must do to get it.</summary>
internal static class ErrorCatalogue
{
    private static readonly TestCertificate TrustedRoot = Root();
    private static readonly TestCertificate Issuer = TrustedRoot.Intermediate();
    private static readonly TestCertificate Good = Issuer.Server();

    /// <summary>Brings the error about. Where there is a server, it has received the alert of the table.</summary>
    internal static TlsException Provoke(TlsError error) => error switch
    {
        AlertReceived => Answer(error, server => server.Alert(Level.Fatal, TlsAlert.HandshakeFailure)),
        TlsError.AlertLevel => Answer(error, server => server.Alert((Level)3, TlsAlert.UnrecognizedName)),
        UnexpectedEof => InTraffic(error, client => client.Engine.InputEnded()),
        ClosedInHandshake => End(error),
        HandshakeTimeout => Wait(),
        NotTls => Answer(error, _ => "HTTP/1.1 400 Bad Request\r\n"u8.ToArray()),

        RecordVersion => AfterHello(error, _ => [22, 3, 1, 0, 1, 0]),
        RecordTooLong => AfterHello(error, _ => [22, 3, 3, 0x40, 0x01]),
        CiphertextTooLong => InTraffic(error, client => client.Give([23, 3, 3, 0x48, 0x01])),
        RecordContentType => AfterHello(error, server => server.Record((ContentType)24, [1, 0, 0])),
        BadRecordMac => InTraffic(error, client => client.Give([23, 3, 3, 0, 29, .. new byte[29]])),
        TooManyEmptyRecords => AfterHello(error, server => Many(TlsBudgets.EmptyRecords + 1, server.Record(ContentType.Handshake, []))),
        TooManyWarningAlerts => Answer(error, server => Many(TlsBudgets.WarningAlerts + 1, server.Alert(Level.Warning, TlsAlert.UnrecognizedName))),
        SequenceNumberExhausted => Exhaust(),

        DecodeError => Answer(error, server => server.Record(ContentType.Handshake, [2, 0, 0, 2, 3, 3])),
        TrailingData => Answer(error, server => server.Record(ContentType.Handshake, [0, 0, 0, 1, 0])),
        HandshakeMessageTooLong => AfterHello(error, server => server.Record(ContentType.Handshake, [11, 0xff, 0xff, 0xff])),
        UnexpectedMessage => Answer(error, server => server.Send(server.Chain())),
        ExcessHandshakeData => AfterHello(error, server => server.Record(ContentType.Handshake, [.. server.Messages(server.Chain(), server.KeyExchange(), new ServerHelloDone()), 0])),
        ApplicationDataUnprotected => AfterHello(error, server => server.Record(ContentType.ApplicationData, [1])),
        UnexpectedApplicationData => AfterFlight(error, server => [.. server.ChangeCipherSpec(), .. server.Record(ContentType.ApplicationData, [1])]),
        ChangeCipherSpecMalformed => AfterHello(error, server => server.Record(ContentType.ChangeCipherSpec, [2])),
        UnexpectedChangeCipherSpec => AfterHello(error, server => server.ChangeCipherSpec()),
        ChangeCipherSpecMissing => AfterFlight(error, server => server.Send(server.Finished())),
        MessageSplitAcrossChangeCipherSpec => AfterHello(error, server => [.. server.Record(ContentType.Handshake, [11]), .. server.ChangeCipherSpec()]),
        RenegotiationRefused => InTraffic(error, client => client.Give(client.Server.Send(new HelloRequest()))),

        ProtocolVersion => Hello(error, hello => hello with { Version = TlsVersion.Tls10 }),
        CipherSuiteNotOffered => Hello(error, hello => hello with { CipherSuite = TlsCipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256 }),
        CompressionMethod => Hello(error, hello => hello with { CompressionMethod = 1 }),
        ExtensionNotOffered => Hello(error, hello => Extra(hello, ExtensionType.EncryptThenMac)),
        ExtensionMalformed => Hello(error, hello => hello with { Extensions = [ScriptedServer.Extension(ExtensionType.ExtendedMasterSecret, 0)] }),
        DuplicateExtension => Hello(error, hello => Extra(hello, ExtensionType.ExtendedMasterSecret)),
        RenegotiationInfo => Hello(error, hello => hello with { Extensions = [ScriptedServer.Extension(ExtensionType.RenegotiationInfo, 1, 7)] }),
        ApplicationProtocolNotOffered => Hello(error, hello => Extra(hello, ExtensionType.ApplicationLayerProtocolNegotiation, 0, 3, 2, (byte)'h', (byte)'2'),
            options => options with { ApplicationProtocols = ["http/1.1"] }),
        PointFormat => Hello(error, hello => Extra(hello, ExtensionType.EcPointFormats, 1, 1)),
        RecordSize => Hello(error, hello => Extra(hello, ExtensionType.RecordSizeLimit, 0, 1)),
        CurveType => AfterChain(error, server => server.Record(ContentType.Handshake, [12, 0, 0, 1, 1])),
        GroupNotOffered => AfterChain(error, server => server.Send(server.KeyExchange() with { Group = NamedGroup.Secp521r1 })),
        PublicKeyInvalid => AfterChain(error, server => server.Send(server.KeyExchange(publicKey: new byte[32], group: NamedGroup.X25519), new ServerHelloDone())),
        SignatureAlgorithmNotOffered => AfterChain(error, server => server.Send(server.KeyExchange() with { Scheme = SignatureScheme.RsaPkcs1Sha1 })),
        SignatureAlgorithmKeyMismatch => AfterChain(error, server => server.Send(server.KeyExchange() with { Scheme = SignatureScheme.EcdsaSecp256r1Sha256 })),
        BadSignature => AfterChain(error, server => server.Send(server.KeyExchange(clientRandom: new byte[32]))),
        BadFinished => AfterFlight(error, server => [.. server.ChangeCipherSpec(), .. server.Send(new Finished(new byte[12]))]),
        ResumedWithOtherSuite => Resume(error, true, hello => hello with { CipherSuite = TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 }),
        ResumedWithExtendedMasterSecret => Resume(error, false, hello => hello),
        ResumedWithoutExtendedMasterSecret => Resume(error, true, hello => hello with { Extensions = [] }),

        CertificateListEmpty => Chain(error, []),
        CertificateUnreadable => Chain(error, [[1, 2, 3]]),
        CertificateMalformed => Chain(error, TrustedRoot.Server(new Shape { SerialNumber = [1, .. new byte[20]] })),
        CertificateExpired => Chain(error, TrustedRoot.Server(new Shape { NotAfter = Now.AddDays(-1) })),
        CertificateNotYetValid => Chain(error, TrustedRoot.Server(new Shape { NotBefore = Now.AddDays(1) })),
        CertificateSelfSigned => Chain(error, SelfSigned(new Shape())),
        CertificateUnknownIssuer => Chain(error, Root("Stranger").Server()),
        CertificateBadSignature => Chain(error, Root("Root", new Shape { Key = EcKey("impostor") }).Server()),
        CertificateHostName => Chain(error, TrustedRoot.Server(new Shape { DnsNames = ["other.example"] })),
        CertificateNotAnAuthority => Below(error, new Shape { IsAuthority = false }),
        CertificatePathLength => Chain(error, [.. LongerThanAllowed().Select(certificate => certificate.Der)]),
        CertificateKeyUsage => Chain(error, TrustedRoot.Server(new Shape { KeyUsage = X509KeyUsageFlags.KeyEncipherment })),
        CertificateExtendedKeyUsage => Chain(error, TrustedRoot.Server(new Shape { Purposes = ["1.3.6.1.5.5.7.3.2"] })),
        CertificateNameConstraints => Below(error, new Shape { IsAuthority = true, Extra = [OnlyOtherTest] }),
        CertificateCriticalExtension => Chain(error, TrustedRoot.Server(new Shape { Extra = [new X509Extension("1.2.3.4.5", [5, 0], critical: true)] })),
        CertificateWeakKey => Chain(error, TrustedRoot.Server(new Shape { Key = RsaKey(1024) })),
        CertificateWeakSignature => Chain(error, [OldRoot.Server(new Shape { Hash = HashAlgorithmName.SHA1 }).Der], OldRoot),
        CertificateKeyType => Chain(error, TrustedRoot.Server(new Shape { Key = RsaKey() })),
        CertificateCurveNotOffered => Chain(error, [Good.Der, Issuer.Der], change: options => options with { Groups = [NamedGroup.X25519] }),
        CertificatePathBudget => Chain(error, [.. EachSignedEachOther().Select(certificate => certificate.Der)]),
        CertificateRefusedByCaller => Chain(error, [Good.Der, Issuer.Der], change: options => options with { CertificatePolicy = _ => TlsAlert.CertificateUnknown }),
        CertificateRevoked => Staple(error, new TestResponder(Issuer) { Status = 1 }.Respond(Good)),
        CertificateStatusInvalid => Staple(error, new TestResponder(Issuer) { NextUpdate = Now.AddDays(-1) }.Respond(Good)),
        CertificateStatusMissing => Chain(error, [TrustedRoot.Server(new Shape { Extra = [MustStaple] }).Der], change: options => options with { RequestCertificateStatus = true }),
        RevocationListInvalid => CertificateReport.Examine([Good.Der, Issuer.Der], null, CertificateCheckTests.Anchors([TrustedRoot]), Now,
            revocationLists: [Issuer.RevocationList(Now.AddDays(-2), Now.AddDays(-1))]).Failure!,
        NoTrustAnchors => Assert.Throws<TlsException>(() => TrustStore.FromCertificates([])),
        ClientCertificateUnusable => Assert.Throws<TlsException>(() => TlsClientCertificate.FromPkcs12File("/nowhere/client.p12")),

        AbortedByCaller => InTraffic(error, client => client.Engine.Abort(TlsAlert.UserCanceled)),
        InternalError => Chain(error, [Good.Der, Issuer.Der], change: options => options with { CertificatePolicy = _ => throw new InvalidOperationException("the policy has a fault.") }),
        None or _ => throw new ArgumentOutOfRangeException(nameof(error), error, "no way to it is known"),
    };

    private static TestCertificate OldRoot { get; } = Root("Old root", new Shape { Key = RsaKey() });

    // RFC 5280 4.2.1.10: permittedSubtrees with one dNSName
    private static X509Extension OnlyOtherTest { get; } = new("2.5.29.30", [0x30, 14, 0xa0, 12, 0x30, 10, 0x82, 8, .. "x.a.test"u8], critical: true);

    // RFC 7633: status_request (5)
    private static X509Extension MustStaple { get; } = new("1.3.6.1.5.5.7.1.24", [0x30, 3, 2, 1, 5], critical: false);

    private static TestCertificate[] LongerThanAllowed()
    {
        TestCertificate upper = TrustedRoot.Intermediate("Upper", new Shape { IsAuthority = true, PathLength = 0 }), lower = upper.Intermediate("Lower");
        return [lower.Server(), lower, upper];
    }

    private static TestCertificate[] EachSignedEachOther()
    {
        TestCertificate[] authorities = [.. Enumerable.Range(0, 6).Select(i => Root($"Loop {i}"))];
        return [authorities[0].Server(), .. authorities.SelectMany((signer, i) => Enumerable.Range(0, 6).Where(j => j != i).Select(j => signer.Intermediate($"Loop {j}")))];
    }

    private static ServerHello Extra(ServerHello hello, ExtensionType type, params byte[] data) => hello with { Extensions = [.. hello.Extensions, ScriptedServer.Extension(type, data)] };

    private static byte[] Many(int count, byte[] record) => [.. Enumerable.Repeat(record, count).SelectMany(bytes => bytes)];

    private static TlsException Answer(TlsError error, Func<ScriptedServer, byte[]> answer, Func<TlsClientOptions, TlsClientOptions>? change = null)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server, change);
        return client.GiveAndFail(error, answer(server));
    }

    private static TlsException Hello(TlsError error, Func<ServerHello, ServerHello> fault, Func<TlsClientOptions, TlsClientOptions>? change = null)
        => Answer(error, server => server.Send(fault(server.Hello())), change);

    private static TlsException AfterHello(TlsError error, Func<ScriptedServer, byte[]> next) => Answer(error, server => [.. server.Send(server.Hello()), .. next(server)]);

    private static TlsException AfterChain(TlsError error, Func<ScriptedServer, byte[]> next)
        => Answer(error, server => [.. server.Send(server.Hello()), .. server.Send(server.Chain()), .. next(server)]);

    private static TlsException AfterFlight(TlsError error, Func<ScriptedServer, byte[]> next)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.Give(server.Flight());
        return client.GiveAndFail(error, next(server));
    }

    private static TlsException Wait()
    {
        using var client = new ScriptedClient(new ScriptedServer());
        return client.Engine.TimeOut(TlsClientOptions.Default.HandshakeTimeout);
    }

    private static TlsException End(TlsError error)
    {
        using var client = new ScriptedClient(new ScriptedServer());
        client.Engine.InputEnded();
        return client.GiveAndFail(error, []);
    }

    private static TlsException InTraffic(TlsError error, Action<ScriptedClient> act)
    {
        using ScriptedClient client = ScriptedClient.Connected();
        act(client);
        TlsException failure = Assert.Throws<TlsException>(() => client.ReadAll(out _));
        client.CarryOutput();
        Assert.Equal(TlsErrorTable.Alert(error), client.Server.ReceivedAlerts is [.., Alert { Level: Level.Fatal } last] ? last.Description : null);
        return failure;
    }

    private static TlsException Resume(TlsError error, bool extendedMasterSecret, Func<ServerHello, ServerHello> change)
    {
        using var sessions = new ScriptedResumption();
        sessions.Full(ScriptedResumption.Ticket, extendedMasterSecret: extendedMasterSecret).Dispose();
        using ScriptedClient client = sessions.Client();
        return client.GiveAndFail(error, client.Server.Resume(sessions.MasterSecret, change(client.Server.ResumingHello())));
    }

    private static TlsException Chain(TlsError error, TestCertificate server) => Chain(error, [server.Der]);

    private static TlsException Below(TlsError error, Shape issuer)
    {
        TestCertificate odd = TrustedRoot.Intermediate("Odd", issuer);
        return Chain(error, [odd.Server().Der, odd.Der]);
    }

    private static TlsException Chain(TlsError error, byte[][] chain, TestCertificate? anchor = null, Func<TlsClientOptions, TlsClientOptions>? change = null)
        => Certificates(error, server => [.. server.Send(server.Hello()), .. server.Send(new CertificateMessage(chain))], anchor ?? TrustedRoot, change ?? (options => options));

    private static TlsException Staple(TlsError error, byte[] response)
        => Certificates(error, server => [.. server.Send(Extra(server.Hello(), ExtensionType.StatusRequest)), .. server.Send(new CertificateMessage([Good.Der, Issuer.Der]), new CertificateStatus(response))],
            TrustedRoot, options => options with { RequestCertificateStatus = true });

    private static TlsException Certificates(TlsError error, Func<ScriptedServer, byte[]> flight, TestCertificate anchor, Func<TlsClientOptions, TlsClientOptions> change)
    {
        var server = new ScriptedServer(TestCertificates.EcdsaP256);
        using var client = new ScriptedClient(server, options => change(options with { HostName = "server.example", TrustStore = CertificateCheckTests.Anchors([anchor]) }), Now);
        return client.GiveAndFail(error, flight(server));
    }

    /// <summary>Nobody can wait for 2^64 records: the counter is told.</summary>
    private static TlsException Exhaust()
    {
        using var protection = new AeadProtection(TlsCryptography.Default.CreateAead(AeadAlgorithm.Aes128Gcm, new byte[16]), new byte[4]);
        SequenceOf(protection) = ulong.MaxValue;
        return Assert.Throws<TlsException>(() => protection.Seal(ContentType.ApplicationData, new byte[64], 10));
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_sequence")]
    private static extern ref ulong SequenceOf(RecordProtection protection);
}
