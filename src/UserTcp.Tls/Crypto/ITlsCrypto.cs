using System.Diagnostics.CodeAnalysis;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Crypto;

/// <summary>Hash of a suite's PRF and transcript.</summary>
internal enum PrfHash
{
    Sha256,
    Sha384,
}

/// <summary>How records are protected (RFC 5288, RFC 7905).</summary>
internal enum AeadAlgorithm
{
    Aes128Gcm,
    Aes256Gcm,
    ChaCha20Poly1305,
}

/// <summary>How records of CBC suites are authenticated (RFC 5246 6.2.3.1).</summary>
internal enum MacAlgorithm
{
    HmacSha1,
    HmacSha256,
}

/// <summary>All cryptography that the handshake and the records need, and nothing else. Implementations hold no state between calls.</summary>
internal interface ITlsCrypto
{
    /// <summary>A running hash for the transcript.</summary>
    ITranscriptHash CreateHash(PrfHash hash);

    /// <summary>PRF(secret, label, seed), as long as <paramref name="output"/> (RFC 5246 5).</summary>
    void Prf(PrfHash hash, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, ReadOnlySpan<byte> seed, Span<byte> output);

    /// <summary>A fresh ephemeral key pair.</summary>
    IEphemeralKey CreateKey(NamedGroup group, TlsRandomSource random);

    /// <summary>Protection for one direction.</summary>
    IAead CreateAead(AeadAlgorithm algorithm, ReadOnlySpan<byte> key);

    /// <summary>AES-CBC for one direction, 128 or 256 bits as the key has.</summary>
    ICbcCipher CreateCbc(ReadOnlySpan<byte> key, bool forEncryption);

    /// <summary>The MAC of CBC records in one direction.</summary>
    IRecordMac CreateMac(MacAlgorithm algorithm, ReadOnlySpan<byte> key);

    /// <summary>Whether <paramref name="signature"/> is the key's over <paramref name="data"/>. Never throws on hostile bytes.</summary>
    bool Verify(SignatureScheme scheme, ServerPublicKey key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature);

    /// <summary>The client's signature over <paramref name="data"/>, in a scheme that fits its key.</summary>
    byte[] Sign(SignatureScheme scheme, ClientPrivateKey key, ReadOnlySpan<byte> data, TlsRandomSource random);
}

/// <summary>A hash that can be asked for its value and go on.</summary>
internal interface ITranscriptHash
{
    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>The hash of everything appended so far.</summary>
    byte[] Current();
}

/// <summary>One end's ephemeral key pair. Disposing it zeroes what can be zeroed.</summary>
internal interface IEphemeralKey : IDisposable
{
    /// <summary>The public key as it goes on the wire (RFC 8422 5.7).</summary>
    byte[] PublicKey { get; }

    /// <summary>The shared secret with the peer's public key; false when that is malformed, off the curve or of small order (RFC 8422 5.11).</summary>
    bool TryAgree(ReadOnlySpan<byte> peerPublicKey, [NotNullWhen(true)] out byte[]? premaster);
}

/// <summary>Authenticated encryption of records in one direction. Disposing it forgets the key as far as can be.</summary>
internal interface IAead : IDisposable
{
    /// <summary>Length of the authentication tag, in bytes.</summary>
    const int TagSize = 16;

    /// <summary>Length of a nonce, in bytes.</summary>
    const int NonceSize = 12;

    /// <summary>Encrypts in place; the tag goes into the last <see cref="TagSize"/> bytes of <paramref name="message"/>, behind the plaintext.</summary>
    void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additionalData, Span<byte> message);

    /// <summary>Decrypts in place; false when the tag is wrong, and then the content of <paramref name="message"/> must not be used.</summary>
    bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additionalData, Span<byte> message);
}

/// <summary>A block cipher in CBC mode in one direction. Whole blocks, in place; the first is the IV and stays as it is.</summary>
internal interface ICbcCipher
{
    /// <summary>Length of a block, in bytes.</summary>
    const int BlockSize = 16;

    void Encrypt(Span<byte> blocks);

    void Decrypt(Span<byte> blocks);
}

/// <summary>A MAC over records. Disposing it forgets the key as far as can be.</summary>
internal interface IRecordMac : IDisposable
{
    /// <summary>Length of a MAC, in bytes.</summary>
    int Size { get; }

    /// <summary>The MAC over header and data.</summary>
    void Compute(ReadOnlySpan<byte> header, ReadOnlySpan<byte> data, Span<byte> mac);

    /// <summary>Whether the MAC of header and data stands behind the data, in a time that depends on the length of <paramref name="content"/> alone.</summary>
    /// <param name="header">What is authenticated before the data.</param>
    /// <param name="content">Data, MAC, padding.</param>
    /// <param name="dataLength">Length of the data, a secret: at least that of <paramref name="content"/> less MAC and 256, at most that less MAC.</param>
    /// <returns>All bits set when it does, none when not.</returns>
    int Verify(ReadOnlySpan<byte> header, ReadOnlySpan<byte> content, int dataLength);
}
