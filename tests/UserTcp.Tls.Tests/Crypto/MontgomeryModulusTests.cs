using System.Numerics;
using UserTcp.Tls.Crypto.Rsa;

namespace UserTcp.Tls.Tests.Crypto;

/// <summary>Our exponentiation against BouncyCastle's on random numbers: nobody needs to know the factors of a modulus to compare.</summary>
public class MontgomeryModulusTests
{
    [Theory]
    [InlineData(1)]         // less than a limb
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(255)]
    [InlineData(256)]       // RSA-2048
    [InlineData(257)]
    [InlineData(384)]
    [InlineData(512)]
    [InlineData(1024)]
    public void A_power_is_BouncyCastles(int size)
    {
        var random = new Random(size);
        foreach (uint exponent in new uint[] { 3, 5, 17, 65537, uint.MaxValue })
        {
            for (int round = 0; round < (size < 300 ? 20 : 3); round++)
            {
                byte[] modulus = new byte[size], number = new byte[size];
                random.NextBytes(modulus);
                modulus[0] |= (byte)(round % 2 == 0 ? 0x80 : 1);
                modulus[^1] |= 1;
                if (round == 0) modulus.AsSpan().Fill(0xff);        // every carry there is
                random.NextBytes(number);
                var n = new Org.BouncyCastle.Math.BigInteger(1, modulus);
                var x = new Org.BouncyCastle.Math.BigInteger(1, number).Mod(n);
                if (round == 1) x = n.Subtract(Org.BouncyCastle.Math.BigInteger.One);
                if (round == 2) x = Org.BouncyCastle.Math.BigInteger.Zero;
                Assert.Equal(x.ModPow(Org.BouncyCastle.Math.BigInteger.ValueOf(exponent), n), Power(modulus, x.ToByteArrayUnsigned(), exponent));
            }
        }
    }

    [Fact]
    public void Only_what_is_below_the_modulus_is_contained()
    {
        byte[] modulus = [0x80, .. new byte[20], 3];
        var n = new BigInteger(modulus, isUnsigned: true, isBigEndian: true);
        Assert.True(Contains(modulus, n - 1));
        Assert.True(Contains(modulus, 0));
        Assert.False(Contains(modulus, n));
        Assert.False(Contains(modulus, n + 1));
    }

    [Fact]
    public void An_even_modulus_is_refused() => Assert.Throws<ArgumentException>(() => new MontgomeryModulus([0x80, 2]));

    private static bool Contains(byte[] modulus, BigInteger number)
    {
        var m = new MontgomeryModulus(modulus);
        ulong[] limbs = new ulong[m.Limbs];
        MontgomeryModulus.Read(number.ToByteArray(isUnsigned: true, isBigEndian: true), limbs);
        return m.Contains(limbs);
    }

    private static Org.BouncyCastle.Math.BigInteger Power(byte[] modulus, byte[] number, uint exponent)
    {
        var m = new MontgomeryModulus(modulus);
        ulong[] limbs = new ulong[m.Limbs], result = new ulong[m.Limbs];
        MontgomeryModulus.Read(number, limbs);
        m.Power(limbs, exponent, result);
        byte[] bytes = new byte[modulus.Length];
        MontgomeryModulus.Write(result, bytes);
        return new Org.BouncyCastle.Math.BigInteger(1, bytes);
    }
}
