using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Crypto.Platform;

/// <summary>An ephemeral key of the platform on P-256 or P-384 (RFC 8422 5.4, 5.10).</summary>
internal sealed class PlatformCurveKey : IEphemeralKey
{
    private readonly ECCurve _curve;
    private readonly ECDiffieHellman _key;

    internal PlatformCurveKey(NamedGroup group, TlsRandomSource random)
    {
        _curve = group == NamedGroup.Secp256r1 ? ECCurve.NamedCurves.nistP256 : ECCurve.NamedCurves.nistP384;
        byte[] scalar = NistCurveKey.DrawScalar(group, random).ToByteArrayUnsigned();
        byte[] d = new byte[group == NamedGroup.Secp256r1 ? 32 : 48];
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
