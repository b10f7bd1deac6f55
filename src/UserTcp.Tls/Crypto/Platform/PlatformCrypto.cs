using System.Security.Cryptography;
using UserTcp.Tls.Crypto.Rsa;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Crypto.Platform;

/// <summary>System.Security.Cryptography, which is OpenSSL here, for who wants the platform's speed.</summary>
/// <remarks>BouncyCastle's stay: X25519, which .NET 10 does not have, and the PRF, where many short HMACs cost more in calls to OpenSSL than in hashing.
/// RSA stays ours, on the platform's hashes: making a key object of .NET 10 with OpenSSL 3 takes 120 µs, twice as long as our whole verification,
/// and in a handshake most keys are new.</remarks>
internal sealed class PlatformCrypto : DefaultCrypto
{
    public override ITranscriptHash CreateHash(PrfHash hash)
        => new TranscriptHash(IncrementalHash.CreateHash(hash == PrfHash.Sha256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA384));

    public override IEphemeralKey CreateKey(NamedGroup group, TlsRandomSource random)
        => group == NamedGroup.X25519 ? base.CreateKey(group, random) : new PlatformCurveKey(group, random);

    public override IAead CreateAead(AeadAlgorithm algorithm, ReadOnlySpan<byte> key)
        => algorithm == AeadAlgorithm.ChaCha20Poly1305 ? new PlatformChaCha20Poly1305(key) : new PlatformAesGcm(key);

    protected override RsaHash HashOf(SignatureScheme scheme) => SignatureSchemes.HashBits(scheme) switch
    {
        256 => static (input, output) => SHA256.HashData(input, output),
        384 => static (input, output) => SHA384.HashData(input, output),
        _ => static (input, output) => SHA512.HashData(input, output),
    };

    protected override bool VerifyEcdsa(SignatureScheme scheme, ServerPublicKey key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        using var ecdsa = ECDsa.Create(new ECParameters { Curve = PlatformCurveKey.Named(key.Curve!), Q = PlatformCurveKey.Point(key.Point.Span) });
        return ecdsa.VerifyData(data, signature, Hash(scheme), DSASignatureFormat.Rfc3279DerSequence);
    }

    private static HashAlgorithmName Hash(SignatureScheme scheme) => SignatureSchemes.HashBits(scheme) switch
    {
        256 => HashAlgorithmName.SHA256,
        384 => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };

    private sealed class TranscriptHash(IncrementalHash hash) : ITranscriptHash
    {
        public void Append(ReadOnlySpan<byte> bytes) => hash.AppendData(bytes);

        public byte[] Current() => hash.GetCurrentHash();
    }
}
