using System.Collections.Concurrent;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto.Agreement;
using Org.BouncyCastle.Math;
using UserTcp.Tls.Crypto;

namespace UserTcp.Tls.Tests.Crypto;

/// <summary>An RSA key whose owner signs whatever bytes the test wants. Made of the known primes of Diffie-Hellman groups, which cost no search.</summary>
internal sealed class RsaTestKey
{
    private static readonly BigInteger Prime1024 = DHStandardGroups.rfc2409_1024.P, Prime2048 = DHStandardGroups.rfc3526_2048.P;

    /// <summary>Keys and signatures are made once for all providers: signing with 8192 bits takes seconds.</summary>
    private static readonly ConcurrentDictionary<(int Bits, int Exponent), Lazy<RsaTestKey>> Keys = [];

    private readonly ConcurrentDictionary<string, byte[]> _signatures = [];
    private readonly BigInteger _modulus;
    private readonly BigInteger _private;

    private RsaTestKey(BigInteger p, BigInteger q, int exponent)
    {
        _modulus = p.Multiply(q);
        var e = BigInteger.ValueOf(exponent);
        _private = e.ModInverse(p.Subtract(BigInteger.One).Multiply(q.Subtract(BigInteger.One)));
        Public = Parse(_modulus, e);
    }

    internal ServerPublicKey Public { get; }

    /// <summary>Length of the modulus, in bytes.</summary>
    internal int Size => (_modulus.BitLength + 7) / 8;

    internal byte[] Modulus => _modulus.ToByteArrayUnsigned();

    /// <summary>A key of 2048, 2049 (one bit more than whole bytes), 2055, 3072, 4096 or 8192 bits.</summary>
    internal static RsaTestKey Of(int bits, int exponent) => Keys.GetOrAdd((bits, exponent), _ => new(() => Create(bits, exponent))).Value;

    private static RsaTestKey Create(int bits, int exponent) => bits switch
    {
        2048 => new(Prime1024, Search(1024, exponent), exponent),
        2049 => new(Prime1024, Search(1025, exponent), exponent),
        2055 => new(Prime1024, Search(1031, exponent), exponent),
        3072 => new(Prime1024, Prime2048, exponent),
        4096 => new(DHStandardGroups.rfc7919_ffdhe2048.P, Prime2048, exponent),
        8192 => new(DHStandardGroups.rfc7919_ffdhe4096.P, DHStandardGroups.rfc3526_4096.P, exponent),
        _ => throw new ArgumentOutOfRangeException(nameof(bits)),
    };

    internal static ServerPublicKey Parse(BigInteger modulus, BigInteger exponent)
        => ServerPublicKey.TryParse(Spki(modulus, exponent), out ServerPublicKey? key, out _, out string detail) ? key : throw new InvalidOperationException(detail);

    internal static byte[] Spki(BigInteger modulus, BigInteger exponent) => new SubjectPublicKeyInfo(
        new AlgorithmIdentifier(PkcsObjectIdentifiers.RsaEncryption, Org.BouncyCastle.Asn1.DerNull.Instance), new RsaPublicKeyStructure(modulus, exponent)).GetDerEncoded();

    /// <summary>The signature whose encoded message (RFC 8017 9) is exactly this.</summary>
    internal byte[] Sign(byte[] encoded)
        => [.. _signatures.GetOrAdd(Convert.ToHexString(encoded), _ => Fixed(new BigInteger(1, encoded).ModPow(_private, _modulus)))];

    /// <summary>The same number modulo n, not below n: only where n leaves room in its bytes.</summary>
    internal byte[] PlusModulus(byte[] signature) => Fixed(new BigInteger(1, signature).Add(_modulus));

    private byte[] Fixed(BigInteger number)
    {
        byte[] bytes = number.ToByteArrayUnsigned();
        return [.. new byte[Size - bytes.Length], .. bytes];
    }

    private static BigInteger Search(int bits, int exponent)
    {
        var random = new Org.BouncyCastle.Security.SecureRandom();
        while (true)
        {
            var prime = BigInteger.ProbablePrime(bits, random);
            bool fits = prime.Multiply(Prime1024).BitLength == bits + 1024 || bits == 1024;
            if (fits && prime.Multiply(Prime1024).BitLength >= 2048 && prime.Mod(BigInteger.ValueOf(exponent)).IntValue != 1) return prime;
        }
    }
}
