using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Math.EC.Multiplier;
using UserTcp.Tls.Wire;
using ECPoint = Org.BouncyCastle.Math.EC.ECPoint;

namespace UserTcp.Tls.Crypto;

/// <summary>An ephemeral key on P-256 or P-384 (RFC 8422 5.4, 5.10).</summary>
/// <remarks>The private key is a BouncyCastle BigInteger, which cannot be zeroed: it lives until the garbage collector takes it.</remarks>
internal sealed class NistCurveKey : IEphemeralKey
{
    // The generic curves are ten times slower.
    private static readonly X9ECParameters P256 = CustomNamedCurves.GetByName("secp256r1");
    private static readonly X9ECParameters P384 = CustomNamedCurves.GetByName("secp384r1");

    private readonly X9ECParameters _curve;
    private readonly BigInteger _private;

    internal NistCurveKey(NamedGroup group, TlsRandomSource random)
    {
        _curve = Curve(group);
        _private = DrawScalar(group, random);
        PublicKey = new FixedPointCombMultiplier().Multiply(_curve.G, _private).Normalize().GetEncoded(compressed: false);
    }

    public byte[] PublicKey { get; }

    public bool TryAgree(ReadOnlySpan<byte> peerPublicKey, [NotNullWhen(true)] out byte[]? premaster)
    {
        premaster = null;
        // RFC 8422 5.4.1: only uncompressed points; that also keeps the one-byte encoding of infinity out.
        int fieldSize = _curve.Curve.FieldElementEncodingLength;
        if (peerPublicKey.Length != 1 + 2 * fieldSize || peerPublicKey[0] != 4) return false;
        ECPoint peer;
        try
        {
            peer = _curve.Curve.DecodePoint(peerPublicKey);     // throws for a point that is not on the curve
        }
        catch (Exception e) when (e is ArgumentException or ArithmeticException or FormatException)
        {
            return false;
        }
        // The cofactor is 1, so a point on the curve other than infinity has the full order and the product is never infinity.
        premaster = peer.Multiply(_private).Normalize().AffineXCoord.GetEncoded();  // RFC 8422 5.10: x, with leading zeros kept
        return true;
    }

    public void Dispose() { }

    /// <summary>Uniform in [1, n-1] by drawing again what is too large: less than one in 2^32 draws for these curves.</summary>
    internal static BigInteger DrawScalar(NamedGroup group, TlsRandomSource random)
    {
        BigInteger n = Curve(group).N;
        byte[] bytes = new byte[(n.BitLength + 7) / 8];
        try
        {
            while (true)
            {
                random(bytes);
                var scalar = new BigInteger(1, bytes);
                if (scalar.SignValue > 0 && scalar.CompareTo(n) < 0) return scalar;
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static X9ECParameters Curve(NamedGroup group) => group == NamedGroup.Secp256r1 ? P256 : P384;
}
