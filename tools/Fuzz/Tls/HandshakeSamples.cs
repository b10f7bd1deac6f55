using System.Net.Security;
using UserTcp.Tls.Handshake;
using UserTcp.Tls.Wire;

namespace UserTcp.Fuzz.Tls;

/// <summary>One good message of each kind.</summary>
internal static class HandshakeSamples
{
    private static readonly byte[] Random = [.. Enumerable.Range(1, ClientHello.RandomSize).Select(i => (byte)i)];

    internal static CertificateRequest Request { get; } =
        new(new byte[] { 1, 64 }, [SignatureScheme.RsaPssRsaeSha256, SignatureScheme.EcdsaSecp256r1Sha256], [[0x30, 0], [0x30, 1, 2]]);

    internal static NewSessionTicket Ticket { get; } = new(300, new byte[] { 1, 2, 3 });

    internal static IReadOnlyList<HandshakeBody> Messages { get; } =
    [
        new HelloRequest(),
        new ClientHello(TlsVersion.Tls12, Random, new byte[32], SuiteParameters.Preference, new byte[] { 0 },
            [Extensions.ServerName("server.example"), Extensions.ApplicationProtocols(["h2", "http/1.1"]), Extensions.SupportedGroups([NamedGroup.X25519]),
                Extensions.SignatureAlgorithms([SignatureScheme.RsaPssRsaeSha256])]),
        ServerHello(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, [.. PlainAnswers, .. AskedAnswers]),
        new CertificateMessage([[1, 2, 3], [4]]),
        new ServerKeyExchange(NamedGroup.X25519, new byte[32], SignatureScheme.EcdsaSecp256r1Sha256, new byte[72]),
        Request,
        new ServerHelloDone(),
        new ClientKeyExchange(new byte[65]),
        new Finished(new byte[Finished.VerifyDataSize]),
        Ticket,
        new CertificateStatus(new byte[] { 0x30, 0 }),
        new CertificateVerify(SignatureScheme.EcdsaSecp256r1Sha256, new byte[] { 1, 2 }),
    ];

    /// <summary>What a server answers to every client of ours.</summary>
    internal static IReadOnlyList<TlsExtension> PlainAnswers =>
        [new(ExtensionType.ServerName, Array.Empty<byte>()), Extensions.ExtendedMasterSecret(), Extensions.RenegotiationInfo(), Extensions.EcPointFormats()];

    /// <summary>What it answers to one that asks for it.</summary>
    internal static IReadOnlyList<TlsExtension> AskedAnswers =>
    [
        Extensions.ApplicationProtocols(["http/1.1"]), new(ExtensionType.StatusRequest, Array.Empty<byte>()),
        new(ExtensionType.SignedCertificateTimestamp, new byte[] { 0, 5, 0, 3, 1, 2, 3 }), Extensions.SessionTicket(Array.Empty<byte>()),
        new(ExtensionType.RecordSizeLimit, new byte[] { 2, 0 }),
    ];

    internal static ServerHello ServerHello(TlsCipherSuite suite, IReadOnlyList<TlsExtension> extensions, byte[]? sessionId = null) =>
        new(TlsVersion.Tls12, Random, sessionId ?? [], suite, 0, extensions);
}
