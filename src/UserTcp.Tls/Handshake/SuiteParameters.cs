using System.Net.Security;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Crypto;

namespace UserTcp.Tls.Handshake;

/// <summary>What a cipher suite means: everything of a suite that the rest of the code asks for.</summary>
/// <param name="Suite">Its code.</param>
/// <param name="KeyUse">How the server's key is used: it signs.</param>
/// <param name="Aead">How records are protected.</param>
/// <param name="Hash">Hash of the PRF and of the transcript (RFC 5246 5).</param>
internal sealed record SuiteParameters(TlsCipherSuite Suite, ServerKeyUse KeyUse, AeadAlgorithm Aead, PrfHash Hash)
{
    private static readonly SuiteParameters[] All =
    [
        // RFC 5289 3.2: AES-GCM. RFC 7905 2: ChaCha20-Poly1305.
        new(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, ServerKeyUse.EcdsaSignature, AeadAlgorithm.Aes128Gcm, PrfHash.Sha256),
        new(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, ServerKeyUse.RsaSignature, AeadAlgorithm.Aes128Gcm, PrfHash.Sha256),
        new(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, ServerKeyUse.EcdsaSignature, AeadAlgorithm.Aes256Gcm, PrfHash.Sha384),
        new(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, ServerKeyUse.RsaSignature, AeadAlgorithm.Aes256Gcm, PrfHash.Sha384),
        new(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, ServerKeyUse.EcdsaSignature, AeadAlgorithm.ChaCha20Poly1305, PrfHash.Sha256),
        new(TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, ServerKeyUse.RsaSignature, AeadAlgorithm.ChaCha20Poly1305, PrfHash.Sha256),
    ];

    /// <summary>Every implemented suite, in order of preference.</summary>
    internal static IReadOnlyList<TlsCipherSuite> Preference { get; } = Array.ConvertAll(All, parameters => parameters.Suite);

    /// <summary>Length of the AEAD's key, in bytes.</summary>
    internal int KeyLength => Aead == AeadAlgorithm.Aes128Gcm ? 16 : 32;

    /// <summary>Bytes of the nonce that come from the key block: the salt of RFC 5288 3, or the whole of RFC 7905 2.</summary>
    internal int ImplicitIvLength => Aead == AeadAlgorithm.ChaCha20Poly1305 ? IAead.NonceSize : 4;

    /// <summary>Two keys and two implicit IVs, in bytes. RFC 5246 6.3</summary>
    internal int KeyBlockLength => 2 * (KeyLength + ImplicitIvLength);

    internal string HashName => Hash == PrfHash.Sha256 ? "SHA-256" : "SHA-384";

    /// <summary>The parameters of an implemented suite.</summary>
    internal static SuiteParameters Of(TlsCipherSuite suite) => All.First(parameters => parameters.Suite == suite);
}
