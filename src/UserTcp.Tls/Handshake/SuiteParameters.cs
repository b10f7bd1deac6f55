using System.Net.Security;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Crypto;

namespace UserTcp.Tls.Handshake;

/// <summary>What a cipher suite means: everything of a suite that the rest of the code asks for.</summary>
/// <param name="Suite">Its code.</param>
/// <param name="KeyUse">How the server's key is used: it signs.</param>
/// <param name="Cipher">How records are protected.</param>
/// <param name="Hash">Hash of the PRF and of the transcript (RFC 5246 5).</param>
internal sealed record SuiteParameters(TlsCipherSuite Suite, ServerKeyUse KeyUse, RecordCipher Cipher, PrfHash Hash)
{
    private static readonly SuiteParameters[] Modern =
    [
        // RFC 5289 3.2: AES-GCM. RFC 7905 2: ChaCha20-Poly1305.
        new(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, ServerKeyUse.EcdsaSignature, new AeadRecordCipher(AeadAlgorithm.Aes128Gcm), PrfHash.Sha256),
        new(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, ServerKeyUse.RsaSignature, new AeadRecordCipher(AeadAlgorithm.Aes128Gcm), PrfHash.Sha256),
        new(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, ServerKeyUse.EcdsaSignature, new AeadRecordCipher(AeadAlgorithm.Aes256Gcm), PrfHash.Sha384),
        new(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, ServerKeyUse.RsaSignature, new AeadRecordCipher(AeadAlgorithm.Aes256Gcm), PrfHash.Sha384),
        new(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, ServerKeyUse.EcdsaSignature, new AeadRecordCipher(AeadAlgorithm.ChaCha20Poly1305), PrfHash.Sha256),
        new(TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, ServerKeyUse.RsaSignature, new AeadRecordCipher(AeadAlgorithm.ChaCha20Poly1305), PrfHash.Sha256),
    ];

    // RFC 5289 3.1 and RFC 8422 6: MAC, then encryption; the hash of the PRF is SHA-256 for all of them (RFC 5246 5).
    private static readonly SuiteParameters[] Cbc =
    [
        new(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, ServerKeyUse.EcdsaSignature, new CbcRecordCipher(16, MacAlgorithm.HmacSha256), PrfHash.Sha256),
        new(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, ServerKeyUse.RsaSignature, new CbcRecordCipher(16, MacAlgorithm.HmacSha256), PrfHash.Sha256),
        new(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, ServerKeyUse.EcdsaSignature, new CbcRecordCipher(16, MacAlgorithm.HmacSha1), PrfHash.Sha256),
        new(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, ServerKeyUse.RsaSignature, new CbcRecordCipher(16, MacAlgorithm.HmacSha1), PrfHash.Sha256),
        new(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, ServerKeyUse.EcdsaSignature, new CbcRecordCipher(32, MacAlgorithm.HmacSha1), PrfHash.Sha256),
        new(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, ServerKeyUse.RsaSignature, new CbcRecordCipher(32, MacAlgorithm.HmacSha1), PrfHash.Sha256),
    ];

    /// <summary>The suites that are offered to everybody, in order of preference.</summary>
    internal static IReadOnlyList<TlsCipherSuite> Preference { get; } = Array.ConvertAll(Modern, parameters => parameters.Suite);

    /// <summary>The suites of <see cref="TlsClientOptions.Legacy"/>, in order of preference.</summary>
    internal static IReadOnlyList<TlsCipherSuite> Legacy { get; } = Array.ConvertAll(Cbc, parameters => parameters.Suite);

    internal string HashName => Hash == PrfHash.Sha256 ? "SHA-256" : "SHA-384";

    /// <summary>The parameters of an implemented suite.</summary>
    internal static SuiteParameters Of(TlsCipherSuite suite) => Modern.Concat(Cbc).First(parameters => parameters.Suite == suite);
}
