using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Signers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Crypto;

/// <summary>Verifies the server's signatures (RFC 5246 4.7, RFC 8446 4.2.3). Public data only: nothing here needs to be constant time.</summary>
internal static class SignatureVerifier
{
    /// <summary>True when a key of this kind can make signatures of <paramref name="scheme"/> in TLS 1.2.</summary>
    internal static bool Fits(SignatureScheme scheme, ServerPublicKey key) => scheme switch
    {
        SignatureScheme.RsaPkcs1Sha256 or SignatureScheme.RsaPkcs1Sha384 or SignatureScheme.RsaPkcs1Sha512
            or SignatureScheme.RsaPssRsaeSha256 or SignatureScheme.RsaPssRsaeSha384 or SignatureScheme.RsaPssRsaeSha512
            => key.Algorithm == PublicKeyAlgorithm.Rsa,
        SignatureScheme.RsaPssPssSha256 or SignatureScheme.RsaPssPssSha384 or SignatureScheme.RsaPssPssSha512
            => key.Algorithm == PublicKeyAlgorithm.RsaPss && key.AllowsPssHash(HashBits(scheme)),
        // RFC 8422 5.10: in TLS 1.2 an ECDSA scheme names the hash; the curve comes from the certificate.
        SignatureScheme.EcdsaSecp256r1Sha256 or SignatureScheme.EcdsaSecp384r1Sha384 or SignatureScheme.EcdsaSecp521r1Sha512
            => !key.IsRsa,
        _ => false,
    };

    /// <summary>True when <paramref name="signature"/> is <paramref name="key"/>'s signature over <paramref name="data"/>. Never throws on hostile bytes.</summary>
    internal static bool Verify(SignatureScheme scheme, ServerPublicKey key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (!Fits(scheme, key)) return false;
        // RFC 8017 8.2.2 (1): exactly as long as the modulus; BouncyCastle also takes one whose leading zeros were cut off.
        if (key.IsRsa && signature.Length != (key.Bits + 7) / 8) return false;
        ISigner signer = CreateSigner(scheme);
        signer.Init(forSigning: false, key.Key);
        signer.BlockUpdate(data);
        try
        {
            return signer.VerifySignature(signature.ToArray());
        }
        catch (Exception e) when (e is CryptoException or ArithmeticException or ArgumentException or IOException)
        {
            return false;   // a signature longer than the modulus, or not DER
        }
    }

    internal static IDigest CreateDigest(SignatureScheme scheme)
        => HashBits(scheme) switch { 256 => new Sha256Digest(), 384 => new Sha384Digest(), _ => new Sha512Digest() };

    private static ISigner CreateSigner(SignatureScheme scheme)
    {
        IDigest digest = CreateDigest(scheme);
        return scheme switch
        {
            SignatureScheme.RsaPkcs1Sha256 or SignatureScheme.RsaPkcs1Sha384 or SignatureScheme.RsaPkcs1Sha512 => new RsaDigestSigner(digest),
            SignatureScheme.EcdsaSecp256r1Sha256 or SignatureScheme.EcdsaSecp384r1Sha384 or SignatureScheme.EcdsaSecp521r1Sha512
                => new DsaDigestSigner(new ECDsaSigner(), digest),
            // RFC 8446 4.2.3: the salt is as long as the hash, MGF1 uses the same hash.
            _ => new PssSigner(new RsaEngine(), digest, digest.GetDigestSize()),
        };
    }

    private static int HashBits(SignatureScheme scheme) => scheme switch
    {
        SignatureScheme.RsaPkcs1Sha256 or SignatureScheme.RsaPssRsaeSha256 or SignatureScheme.RsaPssPssSha256 or SignatureScheme.EcdsaSecp256r1Sha256 => 256,
        SignatureScheme.RsaPkcs1Sha384 or SignatureScheme.RsaPssRsaeSha384 or SignatureScheme.RsaPssPssSha384 or SignatureScheme.EcdsaSecp384r1Sha384 => 384,
        _ => 512,
    };
}
