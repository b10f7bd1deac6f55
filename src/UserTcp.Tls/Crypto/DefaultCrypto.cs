using Org.BouncyCastle.Crypto;
using UserTcp.Tls.Crypto.Rsa;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Crypto;

/// <summary>The default: BouncyCastle, with RSA signatures verified by <see cref="RsaSignature"/>.</summary>
/// <remarks>Three RSA verifications are four fifths of what BouncyCastle needs for a handshake, because it works with 32-bit limbs and
/// converts each number into Montgomery form by a division bit by bit.</remarks>
internal class DefaultCrypto : BouncyCastleCrypto
{
    protected sealed override bool VerifyRsa(SignatureScheme scheme, ServerPublicKey key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        RsaPublicKey rsa = key.Prepared(static k => new RsaPublicKey(k.Modulus.Span, k.Exponent));
        RsaHash algorithm = HashOf(scheme);
        Span<byte> hash = stackalloc byte[SignatureSchemes.HashBits(scheme) / 8];
        algorithm(data, hash);
        return SignatureSchemes.IsPkcs1(scheme) ? RsaSignature.VerifyPkcs1(rsa, hash, signature) : RsaSignature.VerifyPss(rsa, hash, algorithm, signature);
    }

    /// <summary>The scheme's hash, for one verification.</summary>
    protected virtual RsaHash HashOf(SignatureScheme scheme)
    {
        IDigest digest = BouncyCastleSignature.CreateDigest(scheme);
        return (input, output) =>
        {
            digest.BlockUpdate(input);
            digest.DoFinal(output);     // and begins anew
        };
    }
}
