using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math;

namespace UserTcp.Tls.Crypto;

/// <summary>The private key of a client certificate.</summary>
/// <remarks>Its numbers are BouncyCastle BigIntegers, which cannot be zeroed: they live until the garbage collector takes them.</remarks>
internal sealed class ClientPrivateKey
{
    private ClientPrivateKey(AsymmetricKeyParameter key, PublicKeyAlgorithm algorithm) => (Key, Algorithm) = (key, algorithm);

    internal AsymmetricKeyParameter Key { get; }

    internal PublicKeyAlgorithm Algorithm { get; }

    /// <summary>The curve of an ECDSA key; null for others.</summary>
    internal EllipticCurve? Curve { get; private init; }

    /// <summary>The key, when it belongs to the certificate's public key; else null, and <paramref name="defect"/> says why.</summary>
    internal static ClientPrivateKey? Create(AsymmetricKeyParameter key, ServerPublicKey certificateKey, out string defect)
    {
        defect = "the private key belongs to another certificate";
        switch (certificateKey.Algorithm, key)
        {
            case (PublicKeyAlgorithm.Rsa, RsaPrivateCrtKeyParameters rsa):
                return rsa.Modulus.ToByteArrayUnsigned().AsSpan().SequenceEqual(certificateKey.Modulus.Span) ? new ClientPrivateKey(rsa, PublicKeyAlgorithm.Rsa) : null;
            case (_, ECPrivateKeyParameters ec) when certificateKey.Curve is not null:
                ECPublicKeyParameters certificatePoint = certificateKey.Prepared(BouncyCastleSignature.EcKey);
                BigInteger d = ec.D;
                if (d.CompareTo(certificatePoint.Parameters.N) >= 0 || !certificatePoint.Q.Equals(certificatePoint.Parameters.G.Multiply(d).Normalize())) return null;
                // On the certificate's curve object: a key file's names a generic one, which is ten times slower.
                return new ClientPrivateKey(new ECPrivateKeyParameters(d, certificatePoint.Parameters), certificateKey.Algorithm) { Curve = certificateKey.Curve };
            case (PublicKeyAlgorithm.Ed25519, Ed25519PrivateKeyParameters ed25519):
                return ed25519.GeneratePublicKey().GetEncoded().AsSpan().SequenceEqual(certificateKey.Point.Span) ? new ClientPrivateKey(ed25519, PublicKeyAlgorithm.Ed25519) : null;
            case (PublicKeyAlgorithm.RsaPss, _):
                defect = $"the certificate has a key of kind {certificateKey.Algorithm}, with which clients do not sign here";
                return null;
            default:
                return null;
        }
    }
}
