using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Prng;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Crypto;

/// <summary>Makes the signature in CertificateVerify (RFC 5246 7.4.8).</summary>
internal static class SignatureMaker
{
    /// <summary>Signs data.</summary>
    /// <param name="scheme">One that fits the key.</param>
    /// <param name="key">The client certificate's key.</param>
    /// <param name="data">What is signed, not hashed yet.</param>
    /// <param name="random">For the salt of PSS, and for blinding RSA: how long it takes says nothing about the key. ECDSA is deterministic (RFC 6979).</param>
    internal static byte[] Sign(SignatureScheme scheme, ClientPrivateKey key, ReadOnlySpan<byte> data, TlsRandomSource random)
    {
        if (key.Key is Ed25519PrivateKeyParameters ed25519) return SignEd25519(ed25519, data);
        IDigest digest = BouncyCastleSignature.CreateDigest(scheme);
        ISigner signer = scheme switch
        {
            SignatureScheme.RsaPkcs1Sha256 or SignatureScheme.RsaPkcs1Sha384 or SignatureScheme.RsaPkcs1Sha512 => new RsaDigestSigner(digest),
            SignatureScheme.RsaPssRsaeSha256 or SignatureScheme.RsaPssRsaeSha384 or SignatureScheme.RsaPssRsaeSha512
                => new PssSigner(new RsaBlindedEngine(), digest, digest.GetDigestSize()),
            _ => new DsaDigestSigner(new ECDsaSigner(new HMacDsaKCalculator(BouncyCastleSignature.CreateDigest(scheme))), digest),
        };
        signer.Init(forSigning: true, key.Key is RsaKeyParameters ? new ParametersWithRandom(key.Key, new SecureRandom(new Source(random))) : key.Key);
        signer.BlockUpdate(data);
        return signer.GenerateSignature();
    }

    /// <summary>RFC 8422 5.10: pure Ed25519, over the data themselves; deterministic.</summary>
    private static byte[] SignEd25519(Ed25519PrivateKeyParameters key, ReadOnlySpan<byte> data)
    {
        var signer = new Ed25519Signer();
        signer.Init(forSigning: true, key);
        signer.BlockUpdate(data);
        return signer.GenerateSignature();
    }

    /// <summary>The engine's random source in the form that BouncyCastle asks for.</summary>
    private sealed class Source(TlsRandomSource random) : IRandomGenerator
    {
        public void AddSeedMaterial(byte[] seed) { }

        public void AddSeedMaterial(ReadOnlySpan<byte> seed) { }

        public void AddSeedMaterial(long seed) { }

        public void NextBytes(byte[] bytes) => random(bytes);

        public void NextBytes(byte[] bytes, int start, int len) => random(bytes.AsSpan(start, len));

        public void NextBytes(Span<byte> bytes) => random(bytes);
    }
}
