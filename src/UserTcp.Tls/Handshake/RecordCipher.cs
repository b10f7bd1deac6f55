using UserTcp.Tls.Crypto;
using UserTcp.Tls.Records;

namespace UserTcp.Tls.Handshake;

/// <summary>How a suite protects records, and how much key that takes (RFC 5246 6.3).</summary>
/// <param name="MacKeyLength">Length of each MAC key, in bytes; 0 for AEAD.</param>
/// <param name="KeyLength">Length of each key, in bytes.</param>
/// <param name="ImplicitIvLength">Bytes of each direction's nonce that come from the key block; 0 for CBC, whose IVs travel.</param>
internal abstract record RecordCipher(int MacKeyLength, int KeyLength, int ImplicitIvLength)
{
    /// <summary>Protection for one direction.</summary>
    internal abstract RecordProtection Protect(ITlsCrypto crypto, TlsRandomSource random, in KeyBlock.Direction keys, bool sending);
}

/// <summary>RFC 5288, RFC 7905.</summary>
internal sealed record AeadRecordCipher(AeadAlgorithm Algorithm)
    // The salt of RFC 5288 3, or the whole nonce of RFC 7905 2.
    : RecordCipher(0, Algorithm == AeadAlgorithm.Aes128Gcm ? 16 : 32, Algorithm == AeadAlgorithm.ChaCha20Poly1305 ? IAead.NonceSize : 4)
{
    internal override RecordProtection Protect(ITlsCrypto crypto, TlsRandomSource random, in KeyBlock.Direction keys, bool sending)
        => new AeadProtection(crypto.CreateAead(Algorithm, keys.Key), keys.ImplicitIv);
}

/// <summary>RFC 5246 6.2.3.2 with AES of 16 or 32 bytes of key.</summary>
internal sealed record CbcRecordCipher(int AesKeyLength, MacAlgorithm Mac) : RecordCipher(Mac == MacAlgorithm.HmacSha1 ? 20 : 32, AesKeyLength, 0)
{
    internal override RecordProtection Protect(ITlsCrypto crypto, TlsRandomSource random, in KeyBlock.Direction keys, bool sending)
        => new CbcProtection(crypto.CreateCbc(keys.Key, forEncryption: sending), crypto.CreateMac(Mac, keys.MacKey), random);
}
