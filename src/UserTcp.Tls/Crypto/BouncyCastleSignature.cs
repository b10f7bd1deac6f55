using System.Runtime.CompilerServices;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Math.EC.Rfc8032;
using Org.BouncyCastle.Utilities;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Crypto;

/// <summary>BouncyCastle's verification of signatures. The scheme must fit the key (<see cref="SignatureSchemes.Fits"/>).</summary>
internal static class BouncyCastleSignature
{
    internal static bool VerifyRsa(SignatureScheme scheme, ServerPublicKey key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        IDigest digest = CreateDigest(scheme);
        // RFC 8446 4.2.3: the salt is as long as the hash, MGF1 uses the same hash.
        ISigner signer = SignatureSchemes.IsPkcs1(scheme) ? new RsaDigestSigner(digest) : new PssSigner(new RsaEngine(), digest, digest.GetDigestSize());
        return key.Prepared(RsaKey).Value is { } rsa && Verify(signer, rsa, data, signature);
    }

    internal static bool VerifyEcdsa(SignatureScheme scheme, ServerPublicKey key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
        => Verify(new DsaDigestSigner(new ECDsaSigner(), CreateDigest(scheme)), key.Prepared(EcKey), data, signature);

    /// <summary>RFC 8422 5.10: pure Ed25519, over the data themselves.</summary>
    internal static bool VerifyEd25519(ServerPublicKey key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
        => signature.Length == Ed25519.SignatureSize && Ed25519.Verify(signature.ToArray(), 0, key.Point.ToArray(), 0, data.ToArray(), 0, data.Length);

    internal static IDigest CreateDigest(SignatureScheme scheme)
        => SignatureSchemes.HashBits(scheme) switch { 256 => new Sha256Digest(), 384 => new Sha384Digest(), _ => new Sha512Digest() };

    private static bool Verify(ISigner signer, AsymmetricKeyParameter key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        signer.Init(forSigning: false, key);
        signer.BlockUpdate(data);
        try
        {
            return signer.VerifySignature(signature.ToArray());
        }
        catch (Exception e) when (e is CryptoException or ArithmeticException or ArgumentException or IOException)
        {
            return false;   // a signature that is not below the modulus, or not DER
        }
    }

    /// <summary>Null for a modulus that BouncyCastle refuses, as one with a small factor: nobody's signature is good under it.</summary>
    private static StrongBox<RsaKeyParameters?> RsaKey(ServerPublicKey key)
    {
        try
        {
            // BouncyCastle tests the server's modulus for primality (13.7 ms for 2048 bits, 107 ms for 4096), which protects nobody here:
            // who chose a bad modulus only hurts himself. The switch is a property of the thread, so the scope is synchronous.
            return new(Properties.WithThreadProperty(Properties.RsaMaxMRTests, "0", key, static k => new RsaKeyParameters(
                isPrivate: false, new BigInteger(1, k.Modulus.Span), BigInteger.ValueOf(k.Exponent))));
        }
        catch (ArgumentException)
        {
            return new(null);
        }
    }

    internal static ECPublicKeyParameters EcKey(ServerPublicKey key)
    {
        EllipticCurve curve = key.Curve!;
        return new ECPublicKeyParameters(curve.Parameters.Curve.DecodePoint(key.Point.Span), new ECNamedDomainParameters(curve.Oid, curve.Parameters));
    }
}
