using System.Diagnostics.CodeAnalysis;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.EdEC;
using Org.BouncyCastle.Asn1.Nist;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto.Parameters;
using UserTcp.Tls.Certificates;

namespace UserTcp.Tls.Crypto;

/// <summary>What kind of key a certificate holds. An EC key names its curve, because a curve is part of what was offered.</summary>
internal enum PublicKeyAlgorithm
{
    /// <summary>rsaEncryption (RFC 8017 A.1): PKCS#1 v1.5 and rsa_pss_rsae signatures.</summary>
    Rsa,

    /// <summary>id-RSASSA-PSS (RFC 4055 1.2): rsa_pss_pss signatures only.</summary>
    RsaPss,
    EcP256,
    EcP384,
    EcP521,
    EcP224,

    /// <summary>id-Ed25519 (RFC 8410 3).</summary>
    Ed25519,
}

/// <summary>A public key out of a SubjectPublicKeyInfo (RFC 5280 4.1.2.7), parsed once and sized. In numbers: each implementation of the cryptography makes its own object of them.</summary>
internal sealed class ServerPublicKey
{
    /// <summary>Smallest RSA modulus that is accepted, in bits (RFC 9325 4.5).</summary>
    private const int MinRsaBits = 2048;

    private object? _prepared;

    private ServerPublicKey(byte[] spki, PublicKeyAlgorithm algorithm, int bits)
    {
        SubjectPublicKeyInfo = spki;
        Algorithm = algorithm;
        Bits = bits;
    }

    /// <summary>The DER that was parsed.</summary>
    internal ReadOnlyMemory<byte> SubjectPublicKeyInfo { get; }

    internal PublicKeyAlgorithm Algorithm { get; }

    /// <summary>Length of the modulus, or of the curve's field, in bits.</summary>
    internal int Bits { get; }

    internal bool IsRsa => Algorithm is PublicKeyAlgorithm.Rsa or PublicKeyAlgorithm.RsaPss;

    /// <summary>n of an RSA key (RFC 8017 3.1): odd, big endian, without leading zeros.</summary>
    internal ReadOnlyMemory<byte> Modulus { get; private init; }

    /// <summary>e of an RSA key: odd, from 3 on.</summary>
    internal uint Exponent { get; private init; }

    /// <summary>The hash that an id-RSASSA-PSS key is restricted to; null when it is free (RFC 4055 3.1).</summary>
    internal DerObjectIdentifier? PssHash { get; private init; }

    /// <summary>The curve of an ECDSA key; null for others.</summary>
    internal EllipticCurve? Curve { get; private init; }

    /// <summary>The point of an ECDSA key (SEC 1 2.3.3): 04, x, y. It is on the curve. The 32 octets of an Ed25519 key (RFC 8032 5.1.5).</summary>
    internal ReadOnlyMemory<byte> Point { get; private init; }

    /// <summary>What an implementation of the cryptography makes of this key before it can verify with it: made once, kept with the key.</summary>
    internal T Prepared<T>(Func<ServerPublicKey, T> prepare) where T : class
    {
        // Two threads may make it twice; one of the two stays.
        if (_prepared is T made) return made;
        _prepared = made = prepare(this);
        return made;
    }

    /// <summary>Reads a key. Never throws: malformed, unknown or badly sized keys are answered with the error and a sentence that says what was seen.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> spki, [NotNullWhen(true)] out ServerPublicKey? key, out TlsError error, out string detail)
    {
        key = null;
        byte[] der = spki.ToArray();
        try
        {
            var info = Org.BouncyCastle.Asn1.X509.SubjectPublicKeyInfo.GetInstance(der);
            DerObjectIdentifier oid = info.Algorithm.Algorithm;
            if (oid.Equals(PkcsObjectIdentifiers.RsaEncryption))
                return TryParseRsa(der, info, PublicKeyAlgorithm.Rsa, null, out key, out error, out detail);
            if (oid.Equals(PkcsObjectIdentifiers.IdRsassaPss))
                return TryParseRsa(der, info, PublicKeyAlgorithm.RsaPss, RestrictedHash(info.Algorithm), out key, out error, out detail);
            if (oid.Equals(X9ObjectIdentifiers.IdECPublicKey))
                return TryParseEc(der, info, out key, out error, out detail);
            if (oid.Equals(EdECObjectIdentifiers.id_Ed25519))
                return TryParseEd25519(der, info, out key, out error, out detail);
            (error, detail) = (TlsError.CertificateKeyType, $"the key has algorithm {ObjectIdentifier.Text(oid)}; only RSA, EC on P-224, P-256, P-384 or P-521, and Ed25519 are supported");
            return false;
        }
#pragma warning disable CA1031 // BouncyCastle's ASN.1 parser throws many types; all of them mean the same: not a key.
        catch (Exception malformed)
#pragma warning restore CA1031
        {
            (error, detail) = (TlsError.CertificateMalformed, $"the SubjectPublicKeyInfo cannot be read: {malformed.Message}");
            return false;
        }
    }

    private static bool TryParseRsa(byte[] der, SubjectPublicKeyInfo info, PublicKeyAlgorithm algorithm, DerObjectIdentifier? pssHash,
        [NotNullWhen(true)] out ServerPublicKey? key, out TlsError error, out string detail)
    {
        key = null;
        var rsa = RsaPublicKeyStructure.GetInstance(info.ParsePublicKey());
        int bits = rsa.Modulus.BitLength;
        if (bits is < MinRsaBits or > TlsBudgets.RsaModulusBits)
        {
            (error, detail) = (TlsError.CertificateWeakKey, $"the RSA key has {bits} bits; {MinRsaBits} to {TlsBudgets.RsaModulusBits} are accepted");
            return false;
        }
        if (rsa.PublicExponent.BitLength > TlsBudgets.RsaExponentBits || rsa.PublicExponent.IntValue is 1)
        {
            (error, detail) = (TlsError.CertificateWeakKey, $"the RSA public exponent has {rsa.PublicExponent.BitLength} bits; 3 to 2^{TlsBudgets.RsaExponentBits} are accepted");
            return false;
        }
        // Otherwise the modulus is taken as it is: whether it is a product of two primes is its owner's concern, and costs 14 ms to ask.
        if (!rsa.Modulus.TestBit(0) || !rsa.PublicExponent.TestBit(0))
        {
            (error, detail) = (TlsError.CertificateMalformed, "the RSA modulus or its public exponent is even (RFC 8017 3.1)");
            return false;
        }
        key = new ServerPublicKey(der, algorithm, bits)
        {
            Modulus = rsa.Modulus.ToByteArrayUnsigned(),
            Exponent = (uint)rsa.PublicExponent.LongValue,
            PssHash = pssHash,
        };
        (error, detail) = (TlsError.None, "");
        return true;
    }

    private static bool TryParseEc(byte[] der, SubjectPublicKeyInfo info, [NotNullWhen(true)] out ServerPublicKey? key, out TlsError error, out string detail)
    {
        key = null;
        var parameters = X962Parameters.GetInstance(info.Algorithm.Parameters);
        EllipticCurve? curve = parameters.IsNamedCurve ? EllipticCurve.Find((DerObjectIdentifier)parameters.Parameters) : null;
        if (curve is null)
        {
            // RFC 5480 2.1.1: explicit curve parameters are not allowed in certificates.
            string seen = parameters.IsNamedCurve ? $"curve {ObjectIdentifier.Text((DerObjectIdentifier)parameters.Parameters)}" : "explicit curve parameters";
            (error, detail) = (TlsError.CertificateKeyType, $"the EC key has {seen}; P-224, P-256, P-384 and P-521 are supported");
            return false;
        }
        // DecodePoint refuses points off the curve; the constructor refuses infinity.
        var point = new ECPublicKeyParameters(curve.Parameters.Curve.DecodePoint(info.PublicKey.GetOctets()), new ECNamedDomainParameters(curve.Oid, curve.Parameters));
        key = new ServerPublicKey(der, curve.Algorithm, curve.Parameters.Curve.FieldSize) { Curve = curve, Point = point.Q.GetEncoded(compressed: false) };
        (error, detail) = (TlsError.None, "");
        return true;
    }

    private static bool TryParseEd25519(byte[] der, SubjectPublicKeyInfo info, [NotNullWhen(true)] out ServerPublicKey? key, out TlsError error, out string detail)
    {
        // RFC 8410 3: no parameters. BouncyCastle's constructor refuses what is no point, or one of small order.
        if (info.Algorithm.Parameters is not null) throw new ArgumentException("an Ed25519 key with parameters");
        byte[] point = new Ed25519PublicKeyParameters(info.PublicKey.GetOctets()).GetEncoded();
        key = new ServerPublicKey(der, PublicKeyAlgorithm.Ed25519, 8 * point.Length) { Point = point };
        (error, detail) = (TlsError.None, "");
        return true;
    }

    private static DerObjectIdentifier? RestrictedHash(AlgorithmIdentifier algorithm)
        => algorithm.Parameters is null ? null : RsassaPssParameters.GetInstance(algorithm.Parameters).HashAlgorithm.Algorithm;

    /// <summary>True when a PSS signature with SHA-2 of <paramref name="hashBits"/> bits respects the key's own restriction.</summary>
    internal bool AllowsPssHash(int hashBits) => PssHash is null || PssHash.Equals(hashBits switch
    {
        256 => NistObjectIdentifiers.IdSha256,
        384 => NistObjectIdentifiers.IdSha384,
        _ => NistObjectIdentifiers.IdSha512,
    });
}
