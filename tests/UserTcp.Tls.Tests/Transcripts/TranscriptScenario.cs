using System.Net.Security;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Transcripts;

/// <summary>How the second connection of a recording goes on with the first.</summary>
internal enum Resumption
{
    /// <summary>There is no second.</summary>
    None,
    Ticket,
    SessionId,
}

/// <summary>A recording that there shall be.</summary>
/// <param name="Server">A name of <see cref="Servers.RealServers"/>.</param>
/// <param name="Name">What is special about it.</param>
/// <param name="Certificate">The server's key: "RSA", "P-256" or "P-384".</param>
/// <param name="Agreed">What must be agreed on, in the words of the recording: else the scenario shows nothing.</param>
internal sealed record TranscriptScenario(string Server, string Name, string Certificate, params string[] Agreed)
{
    /// <summary>The client's key, when the server asks for a certificate: "RSA" or "P-384"; null when it does not ask.</summary>
    internal string? ClientCertificate { get; init; }

    internal Resumption Resumption { get; init; }

    /// <summary>What the client wants other than usual.</summary>
    internal Func<TlsClientOptions, TlsClientOptions> Offer { get; init; } = options => options;

    /// <summary>What a program's command line has more than usual.</summary>
    internal string[] Arguments { get; init; } = [];

    public override string ToString() => $"{Server}-{Name}";

    internal static IEnumerable<TranscriptScenario> All => [.. Servers.RealServers.Names.SelectMany(ForEveryServer), .. ForSome];

    /// <summary>Between them: both kinds of certificate, the three ciphers, the three groups, both ways to resume, a client certificate of either kind.</summary>
    private static IEnumerable<TranscriptScenario> ForEveryServer(string server) =>
    [
        new(server, "rsa", "RSA", "TLS_ECDHE_RSA_WITH_", "rsa_p") { Resumption = Resumption.Ticket },
        // Go's crypto/tls and .NET's SslStream remember by ticket alone.
        new(server, "ecdsa", "P-256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "P-256", "ecdsa_secp256r1_sha256")
        {
            Resumption = server is "go" or Servers.RealServers.SslStream ? Resumption.Ticket : Resumption.SessionId,
            Offer = options => options with { CipherSuites = [TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384], Groups = [NamedGroup.Secp256r1] },
        },
        new(server, "client-rsa", "RSA", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "x25519", "client certificate shown")
        {
            ClientCertificate = "RSA",
            Offer = options => options with { CipherSuites = [TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256] },
        },
        new(server, "client-ecdsa", "P-384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "P-384", "client certificate shown")
        {
            ClientCertificate = "P-384",
            Offer = options => options with
            {
                CipherSuites = [TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256],
                Groups = [NamedGroup.Secp384r1],
                // The second is how the authority has signed.
                SignatureSchemes = [SignatureScheme.EcdsaSecp384r1Sha384, SignatureScheme.EcdsaSecp256r1Sha256],
            },
        },
    ];

    private static IEnumerable<TranscriptScenario> ForSome =>
    [
        new("openssl", "pkcs1-sha512", "RSA", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "P-384", "rsa_pkcs1_sha512")
        {
            Offer = options => options with
            {
                CipherSuites = [TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384],
                Groups = [NamedGroup.Secp384r1],
                SignatureSchemes = [SignatureScheme.RsaPkcs1Sha512, SignatureScheme.RsaPkcs1Sha256],
            },
        },
        new("openssl", "cbc", "RSA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256")
        {
            Offer = options => options with { Legacy = true },
            Arguments = ["-cipher", "ECDHE-RSA-AES128-SHA256"],
            Resumption = Resumption.Ticket,
        },
        new("openssl", "client-rsa-resumed", "RSA", "rsa_pss_rsae_sha256") { ClientCertificate = "RSA", Resumption = Resumption.Ticket },
        new("openssl", "alpn", "P-256", "http/1.1")
        {
            Offer = options => options with { ApplicationProtocols = ["http/1.1"] },
            Arguments = ["-alpn", "http/1.1"],
        },
        // GnuTLS answers record_size_limit (RFC 8449).
        new("gnutls", "record-size", "RSA", "rsa_p") { Offer = options => options with { MaxRecordSize = 512 } },
    ];
}
