using System.Net.Security;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls;

/// <summary>What a TLS client wants of a connection. Unchangeable, so that one value can serve many connections.</summary>
public sealed record TlsClientOptions
{
    /// <summary>The DNS name or IP address that the server must prove to be. A name is sent as SNI, an address is not (RFC 6066 3).</summary>
    public required string HostName { get; init; }

    /// <summary>Whether a DNS name is sent as SNI. Without it nobody on the way reads the name, and a server of many names may answer with another's certificate.</summary>
    /// <remarks>Default: true.</remarks>
    public bool SendServerName { get; init; } = true;

    /// <summary>Whom to trust.</summary>
    /// <remarks>Default: null, the system's bundle, read once per process by <see cref="TlsClientStream"/>. The engine itself reads no files and needs one.</remarks>
    public TrustStore? TrustStore { get; init; }

    /// <summary>ALPN protocols in order of preference, such as "http/1.1" (RFC 7301).</summary>
    /// <remarks>Default: none; the extension is not sent.</remarks>
    public IReadOnlyList<string> ApplicationProtocols { get; init; } = [];

    /// <summary>Suites in order of preference; a subset of the default.</summary>
    /// <remarks>Default: ECDHE with AES-128-GCM, AES-256-GCM, ChaCha20-Poly1305, each with ECDSA and RSA signatures.</remarks>
    public IReadOnlyList<TlsCipherSuite> CipherSuites { get; init; } = Handshake.SuiteParameters.Preference;

    /// <summary>Also offers, behind all others, ECDHE with AES-CBC and HMAC-SHA-1 or HMAC-SHA-256: for servers that have nothing newer. Slow, because their records
    /// are checked in constant time (Lucky 13).</summary>
    /// <remarks>Default: false, and then they are refused too.</remarks>
    public bool Legacy { get; init; }

    /// <summary>Groups in order of preference: some of <see cref="SupportedGroups"/>. P-521 and P-224 are for who has servers with certificates on them.</summary>
    /// <remarks>Default: X25519, P-256, P-384. RFC 8422 5.1.1: they limit the curves of the server's certificate too.</remarks>
    public IReadOnlyList<NamedGroup> Groups { get; init; } = [NamedGroup.X25519, NamedGroup.Secp256r1, NamedGroup.Secp384r1];

    /// <summary>Schemes for the server's signature in order of preference: some of <see cref="SupportedSignatureSchemes"/>. Ed25519 is for private authorities: no public one certifies it.</summary>
    /// <remarks>Default: ECDSA, RSA-PSS and RSA PKCS#1 v1.5, with SHA-256, SHA-384, SHA-512. SHA-1 is refused (RFC 9155).</remarks>
    public IReadOnlyList<SignatureScheme> SignatureSchemes { get; init; } =
    [
        SignatureScheme.EcdsaSecp256r1Sha256, SignatureScheme.RsaPssRsaeSha256, SignatureScheme.RsaPkcs1Sha256,
        SignatureScheme.EcdsaSecp384r1Sha384, SignatureScheme.RsaPssRsaeSha384, SignatureScheme.RsaPkcs1Sha384,
        SignatureScheme.EcdsaSecp521r1Sha512, SignatureScheme.RsaPssRsaeSha512, SignatureScheme.RsaPkcs1Sha512,
        SignatureScheme.RsaPssPssSha256, SignatureScheme.RsaPssPssSha384, SignatureScheme.RsaPssPssSha512,
    ];

    /// <summary>Certificates with which the client can say who it is, when the server asks. The first that the server can take is sent.</summary>
    /// <remarks>Default: none; a server that asks gets an empty list.</remarks>
    public IReadOnlyList<TlsClientCertificate> ClientCertificates { get; init; } = [];

    /// <summary>Whether the server is asked to staple what its issuer's OCSP responder says of its certificate (RFC 6066 8). A staple is verified, and one that
    /// cannot be relied upon is refused; a certificate that promises one (must-staple, RFC 7633) is refused without.</summary>
    /// <remarks>Default: false. <see cref="CertificateVerified.OcspStaple"/> has it, also for <see cref="CertificatePolicy"/>.</remarks>
    public bool RequestCertificateStatus { get; init; }

    /// <summary>Whether the server is asked for the timestamps of Certificate Transparency logs (RFC 6962 3.3). They are handed on, not verified: which logs to trust is a list that ages.</summary>
    /// <remarks>Default: false. <see cref="CertificateVerified.SignedCertificateTimestamps"/> has them.</remarks>
    public bool RequestSignedCertificateTimestamps { get; init; }

    /// <summary>Most data that the server may put into one record, in bytes: 64 to 16384. Less saves nothing here, but data arrives sooner over a slow path.</summary>
    /// <remarks>Default: 16384. It is told as record_size_limit (RFC 8449), so that the server may ask for less in its turn; 512, 1024, 2048 and 4096 also as
    /// max_fragment_length (RFC 6066 4). A server that knows neither sends what it likes.</remarks>
    public int MaxRecordSize { get; init; } = Records.RecordLimits.Plaintext;

    /// <summary>Whether the trust store remembers chains whose signatures were verified, so that the same server's next handshake need not verify them again.
    /// A chain is known by each of its bytes; its validity, the host name and every other rule are checked on each use.</summary>
    /// <remarks>Default: true. At most 64 chains, in memory only.</remarks>
    public bool RememberVerifiedChains { get; init; } = true;

    /// <summary>Whose cryptography is used.</summary>
    /// <remarks>Default: BouncyCastle's, with our own verification of RSA signatures.</remarks>
    public TlsCryptoProvider CryptoProvider { get; init; }

    /// <summary>Where sessions are remembered, so that later connections can resume them. Share one between connections.</summary>
    /// <remarks>Default: null; nothing is remembered, and no ticket is asked for.</remarks>
    public TlsSessionCache? SessionCache { get; init; }

    /// <summary>Where the secrets of connections are written for who shall read their captures. Share one between connections. Used by <see cref="TlsClientStream"/>;
    /// the engine itself writes no files, <see cref="KeyLogged"/> tells its <see cref="Events"/>.</summary>
    /// <remarks>Default: null, nowhere, whatever the environment says: <see cref="TlsKeyLogFile.FromEnvironment"/> asks it.</remarks>
    public TlsKeyLogFile? KeyLog { get; init; }

    /// <summary>Listener for everything that happens, the key log included.</summary>
    /// <remarks>Default: null, nobody listens, and secrets leave the engine for <see cref="KeyLog"/> alone.</remarks>
    public ITlsEventSink? Events { get; init; }

    /// <summary>The clock that certificates are checked against and that the handshake is timed with. Used by <see cref="TlsClientStream"/>; the engine is told the time.</summary>
    /// <remarks>Default: the system's clock.</remarks>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>How long the whole handshake may take, however the server spreads its bytes over that time: a silent server, or one that sends a byte a second, is
    /// left with <see cref="TlsError.HandshakeTimeout"/>. Used by <see cref="TlsClientStream"/>; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</summary>
    /// <remarks>Default: 30 seconds; real handshakes need two round trips.</remarks>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Takes any certificate: whoever sits between may read and change everything. For experiments only.</summary>
    /// <remarks>Default: false. When true, <see cref="CertificateVerified.WaivedReason"/> says so to everybody who looks.</remarks>
    public bool DangerouslySkipCertificateVerification { get; init; }

    /// <summary>The last word on the server's certificates, after every other check: null takes them, an alert ends the handshake with it.
    /// Not asked when a session is resumed, because its certificates were taken before.</summary>
    /// <remarks>Default: null, nobody is asked. For pinning and the like, <see cref="TlsAlert.CertificateUnknown"/> is the usual answer (RFC 5246 7.2.2).</remarks>
    public Func<CertificateVerified, TlsAlert?>? CertificatePolicy { get; init; }

    /// <summary>What is offered when nobody asks for less.</summary>
    internal static readonly TlsClientOptions Default = new() { HostName = "localhost" };

    /// <summary>What <see cref="Groups"/> can hold.</summary>
    public static IReadOnlyList<NamedGroup> SupportedGroups { get; } = [.. Default.Groups, NamedGroup.Secp521r1, NamedGroup.Secp224r1];

    /// <summary>What <see cref="SignatureSchemes"/> can hold.</summary>
    public static IReadOnlyList<SignatureScheme> SupportedSignatureSchemes { get; } = [.. Default.SignatureSchemes, SignatureScheme.Ed25519];

    /// <summary>What the hello offers.</summary>
    internal IReadOnlyList<TlsCipherSuite> OfferedSuites => Legacy ? [.. CipherSuites, .. Handshake.SuiteParameters.Legacy] : CipherSuites;

    /// <summary><see cref="HostName"/> as it is sent and compared.</summary>
    /// <exception cref="ArgumentException">It is neither a DNS name nor an IP address.</exception>
    internal ReferenceIdentity Server => ReferenceIdentity.Parse(HostName)
        ?? throw new ArgumentException($"HostName is \"{HostName}\"; a DNS name or an IP address is wanted");

    /// <summary>Refuses values that cannot be put on the wire or that nothing here implements.</summary>
    /// <exception cref="ArgumentException">What is wrong and what would be right.</exception>
    internal void Validate()
    {
        _ = Server;
        if (TrustStore is null && !DangerouslySkipCertificateVerification)
            throw new ArgumentException("TrustStore is null: the engine reads no files; give it TrustStore.LoadSystem() or one of your own");
        if (MaxRecordSize is < Handshake.RecordSizeNegotiation.Smallest or > Records.RecordLimits.Plaintext)
            throw new ArgumentException($"MaxRecordSize is {MaxRecordSize}; {Handshake.RecordSizeNegotiation.Smallest} to {Records.RecordLimits.Plaintext} are possible (RFC 8449 4)");
        if (HandshakeTimeout != Timeout.InfiniteTimeSpan && (HandshakeTimeout <= TimeSpan.Zero || HandshakeTimeout.TotalMilliseconds > int.MaxValue))
            throw new ArgumentException($"HandshakeTimeout is {HandshakeTimeout}; a positive time of up to 24 days, or Timeout.InfiniteTimeSpan, is wanted");
        foreach (string protocol in ApplicationProtocols)
        {
            if (protocol.Length is 0 or > 255 || protocol.Any(c => c is < ' ' or > '~'))
                throw new ArgumentException($"ApplicationProtocols holds \"{protocol}\"; 1 to 255 printable ASCII characters are wanted (RFC 7301 3.1)");
        }
        _ = Crypto.TlsCryptography.Of(CryptoProvider);
        Subset(nameof(CipherSuites), CipherSuites, Handshake.SuiteParameters.Preference);
        Subset(nameof(Groups), Groups, SupportedGroups);
        Subset(nameof(SignatureSchemes), SignatureSchemes, SupportedSignatureSchemes);
    }

    private static void Subset<T>(string name, IReadOnlyList<T> given, IReadOnlyList<T> known)
    {
        if (given.Count == 0 || given.Except(known).Any())
            throw new ArgumentException($"{name} holds [{string.Join(", ", given)}]; one or more of [{string.Join(", ", known)}] are wanted");
    }
}
