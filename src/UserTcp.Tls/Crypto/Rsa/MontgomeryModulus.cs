using System.Numerics;
using System.Runtime.InteropServices;

namespace UserTcp.Tls.Crypto.Rsa;

/// <summary>Arithmetic modulo an odd number without division (P. L. Montgomery, "Modular Multiplication Without Trial Division", 1985).</summary>
/// <remarks>
/// <para>A number a is kept as a·R mod n, with R = 2^(64·limbs). The product of two such is (a·R)(b·R) = ab·R², and <see cref="Reduce"/> takes one R out
/// again by adding multiples of n that make the lower half zero. Limbs are 64 bits, the least significant first.</para>
/// <para>Not constant time: for public data only.</para>
/// </remarks>
internal sealed class MontgomeryModulus
{
    private readonly ulong[] _modulus;
    private readonly ulong[] _squareOfR;        // R² mod n: multiplied with it, a number gets its R
    private readonly ulong _negatedInverse;     // -1/n mod 2^64: times the lowest limb, the multiple of n that makes that limb zero

    /// <summary>Prepares a modulus: one long division, whose result is kept.</summary>
    /// <param name="modulus">Odd, big endian, without leading zeros.</param>
    internal MontgomeryModulus(ReadOnlySpan<byte> modulus)
    {
        var n = new BigInteger(modulus, isUnsigned: true, isBigEndian: true);
        if (n.IsEven) throw new ArgumentException("an even number has no inverse modulo 2^64", nameof(modulus));
        Limbs = (modulus.Length + sizeof(ulong) - 1) / sizeof(ulong);
        _modulus = new ulong[Limbs];
        Read(modulus, _modulus);
        _squareOfR = new ulong[Limbs];
        Read(((BigInteger.One << (2 * 64 * Limbs)) % n).ToByteArray(isUnsigned: true, isBigEndian: true), _squareOfR);

        ulong inverse = _modulus[0];            // right in the lowest 3 bits, as n·n = 1 mod 8 for odd n
        for (int bits = 3; bits < 64; bits *= 2) inverse *= 2 - _modulus[0] * inverse;      // Newton: each step doubles the bits that are right
        _negatedInverse = 0 - inverse;
    }

    /// <summary>Length of a number, in limbs.</summary>
    internal int Limbs { get; }

    /// <summary>Reads a big-endian number that fits.</summary>
    internal static void Read(ReadOnlySpan<byte> bytes, Span<ulong> number)
    {
        Span<byte> littleEndian = MemoryMarshal.AsBytes(number);
        littleEndian.Clear();
        bytes.CopyTo(littleEndian);
        littleEndian[..bytes.Length].Reverse();
        if (!BitConverter.IsLittleEndian) System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(number, number);
    }

    /// <summary>Writes a number big endian; it must fit.</summary>
    internal static void Write(ReadOnlySpan<ulong> number, Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++) bytes[^(i + 1)] = (byte)(number[i / sizeof(ulong)] >> (8 * (i % sizeof(ulong))));
    }

    /// <summary>Whether a number is one of 0 … n-1.</summary>
    internal bool Contains(ReadOnlySpan<ulong> number)
    {
        for (int i = Limbs - 1; i >= 0; i--)
        {
            if (number[i] != _modulus[i]) return number[i] < _modulus[i];
        }
        return false;
    }

    /// <summary>number^exponent mod n, for an odd exponent from 3 on.</summary>
    internal void Power(ReadOnlySpan<ulong> number, uint exponent, Span<ulong> result)
    {
        Span<ulong> product = stackalloc ulong[2 * Limbs], factor = stackalloc ulong[Limbs];
        Multiply(number, _squareOfR, product, factor);              // number·R
        factor.CopyTo(result);
        for (int bit = BitOperations.Log2(exponent) - 1; bit > 0; bit--)
        {
            Square(result, product, result);
            if ((exponent >> bit & 1) != 0) Multiply(result, factor, product, result);
        }
        // The exponent is odd, so its last bit asks for one more factor: taken without its R, it takes the R out of the result.
        Square(result, product, result);
        Multiply(result, number, product, result);
    }

    /// <summary>result = ab/R mod n.</summary>
    private void Multiply(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> product, Span<ulong> result)
    {
        product.Clear();
        for (int i = 0; i < a.Length; i++) product[i + a.Length] = AddProduct(product[i..], b, a[i]);
        Reduce(product, result);
    }

    /// <summary>result = a²/R mod n: the products of two different limbs occur twice and are computed once.</summary>
    private void Square(ReadOnlySpan<ulong> a, Span<ulong> product, Span<ulong> result)
    {
        product.Clear();
        for (int i = 0; i < a.Length; i++) product[i + a.Length] = AddProduct(product[(2 * i + 1)..], a[(i + 1)..], a[i]);
        ulong shiftedOut = 0, carry = 0;
        for (int i = 0; i < a.Length; i++)
        {
            ulong low = product[2 * i], high = product[2 * i + 1];
            UInt128 doubled = new(high << 1 | low >> 63, low << 1 | shiftedOut);
            shiftedOut = high >> 63;
            UInt128 square = Math.BigMul(a[i], a[i]) + carry;       // at most 2^128 - 2^65 + 2^64
            UInt128 sum = doubled + square;
            carry = sum < square ? 1UL : 0;
            (product[2 * i], product[2 * i + 1]) = ((ulong)sum, (ulong)(sum >> 64));
        }
        Reduce(product, result);
    }

    /// <summary>result = product/R mod n, for a product below n·R.</summary>
    private void Reduce(Span<ulong> product, Span<ulong> result)
    {
        ulong overflow = 0;
        for (int i = 0; i < Limbs; i++)
        {
            ulong carry = AddProduct(product[i..], _modulus, product[i] * _negatedInverse);      // product[i] is 0 now
            UInt128 sum = (UInt128)product[i + Limbs] + carry + overflow;
            (product[i + Limbs], overflow) = ((ulong)sum, (ulong)(sum >> 64));
        }
        Span<ulong> quotient = product[Limbs..];                                                // below 2n
        if (overflow == 0 && Contains(quotient)) quotient.CopyTo(result);
        else Subtract(quotient, _modulus, result);
    }

    /// <summary>sum += number·factor over the length of the number. Returns what is carried out. All the time is spent here.</summary>
    private static ulong AddProduct(Span<ulong> sum, ReadOnlySpan<ulong> number, ulong factor)
    {
        sum = sum[..number.Length];     // one check instead of one for each limb
        ulong carry = 0;
        for (int i = 0; i < number.Length; i++)
        {
            UInt128 t = Math.BigMul(number[i], factor) + sum[i] + carry;        // at most (2^64-1)² + 2(2^64-1) = 2^128 - 1
            (sum[i], carry) = ((ulong)t, (ulong)(t >> 64));
        }
        return carry;
    }

    private static void Subtract(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> difference)
    {
        ulong borrow = 0;
        for (int i = 0; i < b.Length; i++)
        {
            UInt128 t = (UInt128)a[i] - b[i] - borrow;
            (difference[i], borrow) = ((ulong)t, (ulong)(t >> 64) & 1);
        }
    }
}
