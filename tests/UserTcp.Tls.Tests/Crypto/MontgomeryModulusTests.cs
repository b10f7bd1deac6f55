using Org.BouncyCastle.Math;
using UserTcp.Tls.Crypto.Rsa;

namespace UserTcp.Tls.Tests.Crypto;

/// <summary>Our exponentiation against BouncyCastle's on random numbers: nobody needs to know the factors of a modulus to compare.</summary>
/// <remarks>For each kind of vectors. Those that this processor lacks are slow here, and right all the same.</remarks>
public class MontgomeryModulusTests
{
    private static readonly BigInteger One = BigInteger.One;

    private static readonly int[] AllLanes = [2, 4, 8];

    /// <summary>Whole and broken bytes, limbs of 26 and of 64 bits, and vectors of limbs.</summary>
    public static TheoryData<int, int> Sizes()
    {
        var sizes = new TheoryData<int, int>();
        foreach (int lanes in AllLanes)
            foreach (int bits in new[] { 3, 8, 25, 26, 27, 64, 65, 204, 205, 206, 208, 209, 1023, 1024, 1025, 1037, 1040, 2047, 2048, 2049, 2077, 2078, 3071, 3072, 4095, 4096, 8191, 8192 })
                sizes.Add(lanes, bits);
        return sizes;
    }

    [Theory, MemberData(nameof(Sizes))]
    public void A_power_is_BouncyCastles(int lanes, int bits)
    {
        var random = new Random(bits);
        int rounds = bits < 2500 ? 12 : 3;
        foreach (uint exponent in bits < 2500 ? new uint[] { 3, 5, 17, 65537, uint.MaxValue } : [3, 65537])
        {
            for (int round = 0; round < rounds; round++)
            {
                BigInteger n = Random(random, bits).SetBit(bits - 1).SetBit(0);
                Compare(lanes, n, Random(random, bits).Mod(n), exponent);
            }
        }
    }

    /// <summary>Moduli and numbers whose limbs are all ones or all zeros: every carry there is, and none.</summary>
    [Theory, MemberData(nameof(Sizes))]
    public void Carries_through_every_limb_are_right(int lanes, int bits)
    {
        BigInteger power = One.ShiftLeft(bits - 1), ones = power.ShiftLeft(1).Subtract(One);
        BigInteger[] moduli =
        [
            ones,                                                   // 2^bits - 1
            power.Add(One),                                         // just above a power of 2
            ones.Subtract(One.ShiftLeft(bits / 2)).SetBit(0),       // one zero in the middle
            power.Add(One.ShiftLeft(bits / 2)).SetBit(0),
            ones.Xor(power.ShiftRight(1)).SetBit(0),
        ];
        foreach (BigInteger n in moduli)
        {
            BigInteger[] numbers =
            [
                BigInteger.Zero, One, BigInteger.Two, n.Subtract(One), n.Subtract(BigInteger.Two), n.ShiftRight(1),
                power.Subtract(One), power.Mod(n), One.ShiftLeft(26 * (bits / 26)).Subtract(One).Mod(n), One.ShiftLeft(26 * (bits / 26)).Mod(n), One.ShiftLeft(64 * (bits / 64)).Mod(n),
            ];
            foreach (BigInteger number in numbers) Compare(lanes, n, number, bits < 2500 ? 65537u : 3);
        }
    }

    [Theory]
    [InlineData(2), InlineData(4), InlineData(8)]
    public void Only_what_is_below_the_modulus_is_taken(int lanes)
    {
        byte[] modulus = [0x80, .. new byte[20], 3];
        var n = new BigInteger(1, modulus);
        MontgomeryModulus arithmetic = Create(lanes, modulus);
        byte[] result = new byte[modulus.Length];
        Assert.True(arithmetic.TryPower(Bytes(n.Subtract(One), modulus.Length), 3, result));
        Assert.True(arithmetic.TryPower(new byte[modulus.Length], 3, result));
        Assert.False(arithmetic.TryPower(modulus, 3, result));
        Assert.False(arithmetic.TryPower(Bytes(n.Add(One), modulus.Length), 3, result));
        Assert.False(arithmetic.TryPower([.. Enumerable.Repeat((byte)0xff, modulus.Length)], 3, result));
    }

    [Fact]
    public void An_even_modulus_is_refused() => Assert.Throws<ArgumentException>(() => MontgomeryModulus.Create([0x80, 2]));

    /// <summary>What is made of random columns is what a multiplication with carries makes: the largest limbs there are, as many as a key can have.</summary>
    [Theory]
    [InlineData(2), InlineData(4), InlineData(8)]
    public void The_largest_sums_fit(int lanes)
    {
        ulong[] a = [.. Enumerable.Repeat(Limbs.Mask, 320)], b = [.. a, .. new ulong[8]], sums = new ulong[8];
        b.AsSpan(320).Fill(Limbs.Mask);
        if (lanes == 8) ColumnSums512.Add(ref sums[0], ref a[0], ref b[319], 320);
        else if (lanes == 4) ColumnSums256.Add(ref sums[0], ref a[0], ref b[319], 320);
        else ColumnSums128.Add(ref sums[0], ref a[0], ref b[319], 320);
        Assert.All(sums, sum => Assert.Equal(320 * Limbs.Mask * Limbs.Mask, sum));
    }

    private static void Compare(int lanes, BigInteger modulus, BigInteger number, uint exponent)
    {
        byte[] n = modulus.ToByteArrayUnsigned(), result = new byte[n.Length];
        Assert.True(Create(lanes, n).TryPower(Bytes(number, n.Length), exponent, result));
        Assert.Equal(number.ModPow(BigInteger.ValueOf(exponent), modulus), new BigInteger(1, result));
    }

    private static MontgomeryModulus Create(int lanes, byte[] modulus) => lanes switch
    {
        8 => new MontgomeryModulus<ColumnSums512>(modulus),
        4 => new MontgomeryModulus<ColumnSums256>(modulus),
        _ => new MontgomeryModulus<ColumnSums128>(modulus),
    };

    private static BigInteger Random(Random random, int bits)
    {
        byte[] bytes = new byte[(bits + 7) / 8];
        random.NextBytes(bytes);
        return new BigInteger(1, bytes).Mod(One.ShiftLeft(bits));
    }

    private static byte[] Bytes(BigInteger number, int length)
    {
        byte[] bytes = number.ToByteArrayUnsigned();
        return [.. new byte[length - bytes.Length], .. bytes];
    }
}
