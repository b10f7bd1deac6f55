using System.Net.Security;
using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Tls.Wire;

namespace UserTcp.Interop.Tests.Matrix;

/// <summary>Who the client says it is.</summary>
public enum ClientIdentity
{
    /// <summary>It is not asked.</summary>
    NotAsked,

    /// <summary>It is asked and has no certificate.</summary>
    Nobody,

    /// <summary>It is asked for a certificate, and has one for RSA.</summary>
    Rsa,

    /// <summary>It is asked for a certificate, and has one for ECDSA on P-256.</summary>
    Ecdsa,
}

/// <summary>What is special in a connection, beside what it agrees upon.</summary>
/// <param name="Tickets">Whether it is resumed by a ticket; else by session ID.</param>
/// <param name="Client">Who the client says it is.</param>
/// <param name="Alpn">Whether a protocol is agreed upon.</param>
/// <param name="Staple">Whether an OCSP response is stapled.</param>
/// <param name="Tiny">Whether the server makes records of 512 bytes, those of the handshake included.</param>
public sealed record Features(bool Tickets, ClientIdentity Client, bool Alpn, bool Staple, bool Tiny)
{
    private static readonly bool[] Both = [false, true];

    /// <summary>A sample in which every two meet.</summary>
    public static IReadOnlyList<Features> Sample { get; } = Pairwise.Sample<Features>(
        [.. from tickets in Both
            from client in Enum.GetValues<ClientIdentity>()
            from alpn in Both
            from staple in Both
            from tiny in Both
            select new Features(tickets, client, alpn, staple, tiny)],
        features => features.Values);

    internal object[] Values => [Tickets, Client, Alpn, Staple, Tiny];
}

/// <summary>One way in which client and server can meet.</summary>
/// <param name="Key">The server's key.</param>
/// <param name="Suite">The suite.</param>
/// <param name="Group">The group.</param>
/// <param name="Scheme">How the server signs.</param>
/// <param name="Features">What else.</param>
public sealed record Meeting(LeafKey Key, TlsCipherSuite Suite, NamedGroup Group, SignatureScheme Scheme, Features Features)
{
    private static readonly Dictionary<TlsCipherSuite, string> RsaSuites = new()
    {
        [TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256] = "ECDHE-RSA-AES128-GCM-SHA256",
        [TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384] = "ECDHE-RSA-AES256-GCM-SHA384",
        [TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256] = "ECDHE-RSA-CHACHA20-POLY1305",
        [TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256] = "ECDHE-RSA-AES128-SHA256",
        [TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA] = "ECDHE-RSA-AES128-SHA",
        [TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA] = "ECDHE-RSA-AES256-SHA",
    };

    private static readonly Dictionary<TlsCipherSuite, string> EcdsaSuites = new()
    {
        [TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256] = "ECDHE-ECDSA-AES128-GCM-SHA256",
        [TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384] = "ECDHE-ECDSA-AES256-GCM-SHA384",
        [TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256] = "ECDHE-ECDSA-CHACHA20-POLY1305",
        [TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256] = "ECDHE-ECDSA-AES128-SHA256",
        [TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA] = "ECDHE-ECDSA-AES128-SHA",
        [TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA] = "ECDHE-ECDSA-AES256-SHA",
    };

    private static readonly SignatureScheme[] Rsa =
    [
        SignatureScheme.RsaPkcs1Sha256, SignatureScheme.RsaPkcs1Sha384, SignatureScheme.RsaPkcs1Sha512,
        SignatureScheme.RsaPssRsaeSha256, SignatureScheme.RsaPssRsaeSha384, SignatureScheme.RsaPssRsaeSha512,
    ];

    private static readonly SignatureScheme[] Pss = [SignatureScheme.RsaPssPssSha256, SignatureScheme.RsaPssPssSha384, SignatureScheme.RsaPssPssSha512];

    // In TLS 1.2 the name of the curve says nothing, so every key goes with each (RFC 8422 5.10).
    private static readonly SignatureScheme[] Ecdsa =
        [SignatureScheme.EcdsaSecp256r1Sha256, SignatureScheme.EcdsaSecp384r1Sha384, SignatureScheme.EcdsaSecp521r1Sha512];

    /// <summary>Every key × suite × group × scheme that can be agreed upon, each with every one of <see cref="Features.Sample"/>.</summary>
    public static IReadOnlyList<Meeting> Product { get; } =
    [
        .. from key in Enum.GetValues<LeafKey>()
           from suite in (IsEcdsa(key) ? EcdsaSuites : RsaSuites).Keys
           from features in Features.Sample
           from grp in (NamedGroup[])[NamedGroup.X25519, NamedGroup.Secp256r1, NamedGroup.Secp384r1]
           from scheme in IsEcdsa(key) ? Ecdsa : key == LeafKey.RsaPss ? Pss : Rsa
           select new Meeting(key, suite, grp, scheme, features),
    ];

    /// <summary>A sample of <see cref="Product"/> in which every two meet.</summary>
    public static IReadOnlyList<Meeting> Sample { get; } = Pairwise.Sample(Product, meeting => meeting.Values);

    internal object[] Values => [Key, Suite, Group, Scheme, .. Features.Values];

    /// <summary>The suite as OpenSSL calls it.</summary>
    public string OpenSslSuite => RsaSuites.TryGetValue(Suite, out string? name) ? name : EcdsaSuites[Suite];

    /// <summary>Whether the suite is one of the old ones.</summary>
    public bool Legacy => Suite.ToString().Contains("_CBC_", StringComparison.Ordinal);

    private static bool IsEcdsa(LeafKey key) => key is LeafKey.P256 or LeafKey.P384;
}
