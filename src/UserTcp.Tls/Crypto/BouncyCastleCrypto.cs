using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Crypto;

/// <summary>BouncyCastle's managed primitives alone. What another implementation does differently, it overrides.</summary>
internal class BouncyCastleCrypto : ITlsCrypto
{
    public virtual ITranscriptHash CreateHash(PrfHash hash) => new TranscriptHash(CreateDigest(hash));

    public void Prf(PrfHash hash, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, ReadOnlySpan<byte> seed, Span<byte> output)
        => Crypto.Prf.Derive(() => CreateDigest(hash), secret, label, seed, output);

    public virtual IEphemeralKey CreateKey(NamedGroup group, TlsRandomSource random)
        => group == NamedGroup.X25519 ? new X25519Key(random) : new NistCurveKey(group, random);

    public virtual IAead CreateAead(AeadAlgorithm algorithm, ReadOnlySpan<byte> key)
        => new BouncyCastleAead(algorithm, key);

    public ICbcCipher CreateCbc(ReadOnlySpan<byte> key, bool forEncryption) => new BouncyCastleCbc(key, forEncryption);

    public IRecordMac CreateMac(MacAlgorithm algorithm, ReadOnlySpan<byte> key) => new BouncyCastleRecordMac(algorithm, key);

    public bool Verify(SignatureScheme scheme, ServerPublicKey key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (!SignatureSchemes.Fits(scheme, key)) return false;
        if (scheme == SignatureScheme.Ed25519) return BouncyCastleSignature.VerifyEd25519(key, data, signature);
        if (!key.IsRsa) return VerifyEcdsa(scheme, key, data, signature);
        // RFC 8017 8.1.2 (1), 8.2.2 (1): exactly as long as the modulus; BouncyCastle and the platform also take one whose leading zeros were cut off.
        return signature.Length == key.Modulus.Length && VerifyRsa(scheme, key, data, signature);
    }

    protected virtual bool VerifyRsa(SignatureScheme scheme, ServerPublicKey key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
        => BouncyCastleSignature.VerifyRsa(scheme, key, data, signature);

    protected virtual bool VerifyEcdsa(SignatureScheme scheme, ServerPublicKey key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
        => BouncyCastleSignature.VerifyEcdsa(scheme, key, data, signature);

    public byte[] Sign(SignatureScheme scheme, ClientPrivateKey key, ReadOnlySpan<byte> data, TlsRandomSource random)
        => SignatureMaker.Sign(scheme, key, data, random);

    private static IDigest CreateDigest(PrfHash hash) => hash == PrfHash.Sha256 ? new Sha256Digest() : new Sha384Digest();

    private sealed class TranscriptHash(IDigest digest) : ITranscriptHash
    {
        public void Append(ReadOnlySpan<byte> bytes) => digest.BlockUpdate(bytes);

        public byte[] Current()
        {
            IDigest copy = digest is Sha256Digest sha256 ? new Sha256Digest(sha256) : new Sha384Digest((Sha384Digest)digest);
            byte[] value = new byte[copy.GetDigestSize()];
            copy.DoFinal(value);
            return value;
        }
    }
}
