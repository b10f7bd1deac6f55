using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Sec;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto.EC;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Crypto;

/// <summary>A NIST curve (SEC 2) under each of its names: as a group of the key exchange, as the kind of a key, as an object identifier (RFC 5480 2.1.1.1).</summary>
internal sealed class EllipticCurve
{
    private static readonly EllipticCurve[] All =
    [
        new(NamedGroup.Secp256r1, PublicKeyAlgorithm.EcP256, SecObjectIdentifiers.SecP256r1),
        new(NamedGroup.Secp384r1, PublicKeyAlgorithm.EcP384, SecObjectIdentifiers.SecP384r1),
        new(NamedGroup.Secp521r1, PublicKeyAlgorithm.EcP521, SecObjectIdentifiers.SecP521r1),
        new(NamedGroup.Secp224r1, PublicKeyAlgorithm.EcP224, SecObjectIdentifiers.SecP224r1),
    ];

    private readonly byte[] _encodedOid;

    private EllipticCurve(NamedGroup group, PublicKeyAlgorithm algorithm, DerObjectIdentifier oid) => (Group, Algorithm, Oid, _encodedOid) = (group, algorithm, oid, oid.GetEncoded());

    internal NamedGroup Group { get; }

    internal PublicKeyAlgorithm Algorithm { get; }

    internal DerObjectIdentifier Oid { get; }

    /// <summary>The curve itself. The generic ones are ten times slower; each is made when it is first asked for.</summary>
    internal X9ECParameters Parameters => CustomNamedCurves.GetByOid(Oid);

    /// <summary>Length of a coordinate, in bytes.</summary>
    internal int FieldSize => Parameters.Curve.FieldElementEncodingLength;

    internal static EllipticCurve Of(NamedGroup group) => All.First(curve => curve.Group == group);

    /// <summary>The curve that a certificate names; null for others.</summary>
    /// <param name="oid">The object identifier in DER.</param>
    internal static EllipticCurve? Find(ReadOnlySpan<byte> oid)
    {
        foreach (EllipticCurve curve in All)
        {
            if (oid.SequenceEqual(curve._encodedOid)) return curve;
        }
        return null;
    }
}
