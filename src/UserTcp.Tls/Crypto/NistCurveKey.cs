using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Math.EC.Multiplier;
using UserTcp.Tls.Wire;
using ECPoint = Org.BouncyCastle.Math.EC.ECPoint;

namespace UserTcp.Tls.Crypto;

/// <summary>An ephemeral key on a NIST curve (RFC 8422 5.4, 5.10).</summary>
/// <remarks>The private key is a BouncyCastle BigInteger, which cannot be zeroed: it lives until the garbage collector takes it.</remarks>
internal sealed class NistCurveKey : IEphemeralKey
{
    private readonly EllipticCurve _curve;
    private readonly BigInteger _private;

    internal NistCurveKey(NamedGroup group, TlsRandomSource random)
    {
        _curve = EllipticCurve.Of(group);
        _private = DrawScalar(_curve, random);
        PublicKey = new FixedPointCombMultiplier().Multiply(_curve.Parameters.G, _private).Normalize().GetEncoded(compressed: false);
    }

    public byte[] PublicKey { get; }

    public bool TryAgree(ReadOnlySpan<byte> peerPublicKey, [NotNullWhen(true)] out byte[]? premaster)
    {
        premaster = null;
        // RFC 8422 5.4.1: only uncompressed points; that also keeps the one-byte encoding of infinity out.
        if (peerPublicKey.Length != 1 + 2 * _curve.FieldSize || peerPublicKey[0] != 4) return false;
        ECPoint peer;
        try
        {
            peer = _curve.Parameters.Curve.DecodePoint(peerPublicKey);     // throws for a point that is not on the curve
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

    /// <summary>Uniform in [1, n-1] by drawing again what is too large: less than one in 2^32 draws for P-256 and P-384, never more than one in two.</summary>
    internal static BigInteger DrawScalar(EllipticCurve curve, TlsRandomSource random)
    {
        BigInteger n = curve.Parameters.N;
        byte[] bytes = new byte[(n.BitLength + 7) / 8];
        try
        {
            while (true)
            {
                random(bytes);
                bytes[0] >>= 8 * bytes.Length - n.BitLength;   // P-521 needs one bit of the first byte
                var scalar = new BigInteger(1, bytes);
                if (scalar.SignValue > 0 && scalar.CompareTo(n) < 0) return scalar;
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
