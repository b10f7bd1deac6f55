using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.EdEC;
using Org.BouncyCastle.Asn1.Nist;
using Org.BouncyCastle.Asn1.Pkcs;
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

    private static readonly byte[] RsaEncryption = PkcsObjectIdentifiers.RsaEncryption.GetEncoded();
    private static readonly byte[] RsassaPss = PkcsObjectIdentifiers.IdRsassaPss.GetEncoded();
    private static readonly byte[] EcPublicKey = X9ObjectIdentifiers.IdECPublicKey.GetEncoded();
    private static readonly byte[] Ed25519 = EdECObjectIdentifiers.id_Ed25519.GetEncoded();

    private object? _prepared;

    private ServerPublicKey(ReadOnlyMemory<byte> spki, PublicKeyAlgorithm algorithm, int bits)
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

    /// <summary>Throws <see cref="AsnContentException"/> unless it is a SubjectPublicKeyInfo, whatever the key.</summary>
    internal static void Check(ReadOnlyMemory<byte> spki) => Split(spki);

    /// <summary>Reads a key. Never throws: malformed, unknown or badly sized keys are answered with the error and a sentence that says what was seen.</summary>
    /// <param name="spki">The SubjectPublicKeyInfo in DER, which nobody changes afterwards.</param>
    /// <param name="key">The key.</param>
    /// <param name="error">What is wrong with it.</param>
    /// <param name="detail">The sentence.</param>
    internal static bool TryParse(ReadOnlyMemory<byte> spki, [NotNullWhen(true)] out ServerPublicKey? key, out TlsError error, out string detail)
    {
        key = null;
        try
        {
            Parts parts = Split(spki);
            ReadOnlySpan<byte> algorithm = parts.Algorithm.Span;
            if (algorithm.SequenceEqual(RsaEncryption)) return TryParseRsa(parts, PublicKeyAlgorithm.Rsa, null, out key, out error, out detail);
            if (algorithm.SequenceEqual(RsassaPss)) return TryParseRsa(parts, PublicKeyAlgorithm.RsaPss, RestrictedHash(parts), out key, out error, out detail);
            if (algorithm.SequenceEqual(EcPublicKey)) return TryParseEc(parts, out key, out error, out detail);
            if (algorithm.SequenceEqual(Ed25519)) return TryParseEd25519(parts, out key, out error, out detail);
            (error, detail) = (TlsError.CertificateKeyType, $"the key has algorithm {ObjectIdentifier.Text(algorithm)}; only RSA, EC on P-224, P-256, P-384 or P-521, and Ed25519 are supported");
            return false;
        }
#pragma warning disable CA1031 // BouncyCastle decodes the points of curves and throws many types; all of them mean the same: not a key.
        catch (Exception malformed)
#pragma warning restore CA1031
        {
            (error, detail) = (TlsError.CertificateMalformed, $"the SubjectPublicKeyInfo cannot be read: {malformed.Message.TrimEnd('.')}");
            return false;
        }
    }

    private static Parts Split(ReadOnlyMemory<byte> spki)
    {
        DerReader fields = DerReader.Sequence(spki);
        DerReader algorithm = fields.ReadSequence();
        ReadOnlyMemory<byte> oid = algorithm.ReadObjectIdentifier();
        ReadOnlyMemory<byte> parameters = algorithm.AtEnd ? default : algorithm.ReadAny();
        algorithm.End();
        ReadOnlyMemory<byte> key = fields.ReadBitString(out int unusedBits);
        fields.End();
        return new Parts(spki, oid, parameters, key, unusedBits);
    }

    private static bool TryParseRsa(Parts parts, PublicKeyAlgorithm algorithm, DerObjectIdentifier? pssHash,
        [NotNullWhen(true)] out ServerPublicKey? key, out TlsError error, out string detail)
    {
        key = null;
        DerReader numbers = DerReader.Sequence(parts.Octets);       // RFC 8017 A.1.1
        ReadOnlyMemory<byte> modulus = ReadNatural(ref numbers), exponent = ReadNatural(ref numbers);
        numbers.End();
        int bits = Length(modulus.Span), exponentBits = Length(exponent.Span);
        if (bits is < MinRsaBits or > TlsBudgets.RsaModulusBits)
        {
            (error, detail) = (TlsError.CertificateWeakKey, $"the RSA key has {bits} bits; {MinRsaBits} to {TlsBudgets.RsaModulusBits} are accepted");
            return false;
        }
        if (exponentBits is > TlsBudgets.RsaExponentBits or 1)
        {
            (error, detail) = (TlsError.CertificateWeakKey, $"the RSA public exponent has {exponentBits} bits; 3 to 2^{TlsBudgets.RsaExponentBits} are accepted");
            return false;
        }
        // Otherwise the modulus is taken as it is: whether it is a product of two primes is its owner's concern, and costs 14 ms to ask.
        if ((modulus.Span[^1] & 1) == 0 || exponentBits == 0 || (exponent.Span[^1] & 1) == 0)
        {
            (error, detail) = (TlsError.CertificateMalformed, "the RSA modulus or its public exponent is even (RFC 8017 3.1)");
            return false;
        }
        uint e = 0;
        foreach (byte octet in exponent.Span) e = e << 8 | octet;
        key = new ServerPublicKey(parts.Spki, algorithm, bits) { Modulus = modulus, Exponent = e, PssHash = pssHash };
        (error, detail) = (TlsError.None, "");
        return true;
    }

    /// <summary>An INTEGER that is not negative, without leading zeros.</summary>
    private static ReadOnlyMemory<byte> ReadNatural(ref DerReader numbers)
    {
        ReadOnlyMemory<byte> number = numbers.ReadInteger();
        if ((number.Span[0] & 0x80) != 0) throw new AsnContentException("the RSA modulus or its public exponent is negative");    // RFC 8017 3.1
        return number.Span[0] == 0 ? number[1..] : number;
    }

    /// <summary>In bits.</summary>
    private static int Length(ReadOnlySpan<byte> natural) => natural.IsEmpty ? 0 : 8 * natural.Length - byte.LeadingZeroCount(natural[0]);

    private static bool TryParseEc(Parts parts, [NotNullWhen(true)] out ServerPublicKey? key, out TlsError error, out string detail)
    {
        key = null;
        var parameters = new DerReader(parts.Parameters);
        bool named = parameters.NextIs(UniversalTagNumber.ObjectIdentifier);
        EllipticCurve? curve = named ? EllipticCurve.Find(parts.Parameters.Span) : null;
        if (curve is null)
        {
            // RFC 5480 2.1.1: explicit curve parameters are not allowed in certificates, nor those of the authority.
            if (!named && !parameters.NextIs(UniversalTagNumber.Sequence) && !parameters.NextIs(UniversalTagNumber.Null)) throw new AsnContentException("an EC key without a curve");
            string seen = named ? $"curve {ObjectIdentifier.Text(parts.Parameters.Span)}" : "explicit curve parameters";
            (error, detail) = (TlsError.CertificateKeyType, $"the EC key has {seen}; P-224, P-256, P-384 and P-521 are supported");
            return false;
        }
        // DecodePoint refuses points off the curve; the constructor refuses infinity.
        var point = new ECPublicKeyParameters(curve.Parameters.Curve.DecodePoint(parts.Octets.Span), new ECNamedDomainParameters(curve.Oid, curve.Parameters));
        key = new ServerPublicKey(parts.Spki, curve.Algorithm, curve.Parameters.Curve.FieldSize) { Curve = curve, Point = point.Q.GetEncoded(compressed: false) };
        (error, detail) = (TlsError.None, "");
        return true;
    }

    private static bool TryParseEd25519(Parts parts, [NotNullWhen(true)] out ServerPublicKey? key, out TlsError error, out string detail)
    {
        // RFC 8410 3: no parameters. BouncyCastle's constructor refuses what is no point, or one of small order.
        if (!parts.Parameters.IsEmpty) throw new ArgumentException("an Ed25519 key with parameters");
        byte[] point = new Ed25519PublicKeyParameters(parts.Octets.Span).GetEncoded();
        key = new ServerPublicKey(parts.Spki, PublicKeyAlgorithm.Ed25519, 8 * point.Length) { Point = point };
        (error, detail) = (TlsError.None, "");
        return true;
    }

    private static DerObjectIdentifier? RestrictedHash(Parts parts)
        => parts.Parameters.IsEmpty ? null : RsassaPssParameters.GetInstance(Asn1Object.FromByteArray(parts.Parameters.ToArray())).HashAlgorithm.Algorithm;

    /// <summary>True when a PSS signature with SHA-2 of <paramref name="hashBits"/> bits respects the key's own restriction.</summary>
    internal bool AllowsPssHash(int hashBits) => PssHash is null || PssHash.Equals(hashBits switch
    {
        256 => NistObjectIdentifiers.IdSha256,
        384 => NistObjectIdentifiers.IdSha384,
        _ => NistObjectIdentifiers.IdSha512,
    });

    /// <summary>A SubjectPublicKeyInfo (RFC 5280 4.1) in slices.</summary>
    /// <param name="Spki">All of it.</param>
    /// <param name="Algorithm">The object identifier, with tag and length.</param>
    /// <param name="Parameters">The element that follows; empty when there is none.</param>
    /// <param name="Bits">The BIT STRING.</param>
    /// <param name="UnusedBits">How many bits of its last octet are not of it.</param>
    private readonly record struct Parts(ReadOnlyMemory<byte> Spki, ReadOnlyMemory<byte> Algorithm, ReadOnlyMemory<byte> Parameters, ReadOnlyMemory<byte> Bits, int UnusedBits)
    {
        /// <summary>The BIT STRING of a kind of key that has whole octets.</summary>
        internal ReadOnlyMemory<byte> Octets => UnusedBits == 0 ? Bits : throw new AsnContentException($"a key with {UnusedBits} unused bits");
    }
}
