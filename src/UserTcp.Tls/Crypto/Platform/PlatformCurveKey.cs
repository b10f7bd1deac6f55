using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Crypto.Platform;

/// <summary>An ephemeral key of the platform on a NIST curve (RFC 8422 5.4, 5.10).</summary>
internal sealed class PlatformCurveKey : IEphemeralKey
{
    private readonly ECCurve _curve;
    private readonly ECDiffieHellman _key;

    internal PlatformCurveKey(NamedGroup group, TlsRandomSource random)
    {
        EllipticCurve curve = EllipticCurve.Of(group);
        _curve = Named(curve);
        byte[] scalar = NistCurveKey.DrawScalar(curve, random).ToByteArrayUnsigned();
        byte[] d = new byte[curve.FieldSize];
        scalar.CopyTo(d, d.Length - scalar.Length);
        try
        {
            // Made from our own random bytes, not by the platform: there is one source of randomness.
            _key = ECDiffieHellman.Create(new ECParameters { Curve = _curve, D = d });
        }
        finally
        {
            CryptographicOperations.ZeroMemory(scalar);
            CryptographicOperations.ZeroMemory(d);
        }
        ECPoint point = _key.ExportParameters(includePrivateParameters: false).Q;
        PublicKey = [4, .. point.X!, .. point.Y!];
    }

    public byte[] PublicKey { get; }

    /// <summary>The platform's name of a curve.</summary>
    internal static ECCurve Named(EllipticCurve curve) => ECCurve.CreateFromValue(curve.Oid.Id);

    /// <summary>Cuts an uncompressed point in two; its length must be odd.</summary>
    internal static ECPoint Point(ReadOnlySpan<byte> uncompressed)
    {
        ReadOnlySpan<byte> coordinates = uncompressed[1..];
        return new ECPoint { X = coordinates[..(coordinates.Length / 2)].ToArray(), Y = coordinates[(coordinates.Length / 2)..].ToArray() };
    }

    public bool TryAgree(ReadOnlySpan<byte> peerPublicKey, [NotNullWhen(true)] out byte[]? premaster)
    {
        premaster = null;
        // RFC 8422 5.4.1: only uncompressed points; that also keeps the one-byte encoding of infinity out.
        if (peerPublicKey.Length != PublicKey.Length || peerPublicKey[0] != 4) return false;
        try
        {
            using var peer = ECDiffieHellman.Create(new ECParameters { Curve = _curve, Q = Point(peerPublicKey) });     // throws for a point that is not on the curve
            premaster = _key.DeriveRawSecretAgreement(peer.PublicKey);      // RFC 8422 5.10: x, with leading zeros kept
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    public void Dispose() => _key.Dispose();
}
