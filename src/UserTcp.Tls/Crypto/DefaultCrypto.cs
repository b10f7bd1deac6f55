using Org.BouncyCastle.Crypto;
using UserTcp.Tls.Crypto.Rsa;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Crypto;

/// <summary>The default: BouncyCastle, with RSA signatures verified by <see cref="RsaSignature"/>.</summary>
/// <remarks>Three RSA verifications are four fifths of what BouncyCastle needs for a handshake, because it works with 32-bit limbs and
/// converts each number into Montgomery form by a division bit by bit.</remarks>
internal sealed class DefaultCrypto : BouncyCastleCrypto
{
    protected override bool VerifyRsa(SignatureScheme scheme, ServerPublicKey key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        RsaPublicKey rsa = key.Prepared(static k => new RsaPublicKey(k.Modulus.Span, k.Exponent));
        IDigest digest = BouncyCastleSignature.CreateDigest(scheme);
        Span<byte> hash = stackalloc byte[digest.GetDigestSize()];
        Hash(data, hash);
        return SignatureSchemes.IsPkcs1(scheme) ? RsaSignature.VerifyPkcs1(rsa, hash, signature) : RsaSignature.VerifyPss(rsa, hash, Hash, signature);

        void Hash(ReadOnlySpan<byte> input, Span<byte> output)
        {
            digest.BlockUpdate(input);
            digest.DoFinal(output);     // and begins anew
        }
    }
}
