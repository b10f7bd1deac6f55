using System.Runtime.CompilerServices;

namespace UserTcp.Tls.Crypto.Rsa;

/// <summary>Natural numbers in limbs of 26 bits, the least significant first, each in 64 bits of memory.</summary>
/// <remarks>The room above a limb is what makes multiplication fast. A product of two limbs has 52 bits, so that 2^11 of them can be summed before
/// anything must be carried: a column of a multiplication is a sum of products without any carry, which vectors can do. 2^10 limbs are 26000 bits.</remarks>
internal static class Limbs
{
    /// <summary>Bits in a limb.</summary>
    internal const int Radix = 26;

    /// <summary>The largest limb.</summary>
    internal const ulong Mask = (1UL << Radix) - 1;

    /// <summary>Reads a big-endian number; limbs above it are left as they are.</summary>
    internal static void Read(ReadOnlySpan<byte> bytes, Span<ulong> number)
    {
        ulong buffer = 0;
        int bits = 0, limb = 0;
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            buffer |= (ulong)bytes[i] << bits;
            bits += 8;
            if (bits < Radix) continue;
            number[limb++] = buffer & Mask;
            buffer >>= Radix;
            bits -= Radix;
        }
        if (bits > 0) number[limb] = buffer;
    }

    /// <summary>Writes a number big endian; it must fit.</summary>
    internal static void Write(ReadOnlySpan<ulong> number, Span<byte> bytes)
    {
        ulong buffer = 0;
        int bits = 0, limb = 0;
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            if (bits < 8)
            {
                buffer |= number[limb++] << bits;
                bits += Radix;
            }
            bytes[i] = (byte)buffer;
            buffer >>= 8;
            bits -= 8;
        }
    }

    /// <summary>Makes limbs of sums. Returns what is carried out.</summary>
    /// <param name="sums">Below 2^63 each.</param>
    /// <param name="carry">What the sums below have carried.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]      // into loops that the processor runs ahead of: the carry of eight sums while the next eight are made
    internal static ulong Settle(Span<ulong> sums, ulong carry)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            carry += sums[i];
            sums[i] = carry & Mask;
            carry >>= Radix;
        }
        return carry;
    }

    /// <summary>difference = a - b, of equal lengths. False when that is negative; the difference is then worth nothing.</summary>
    internal static bool TrySubtract(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> difference)
    {
        long borrow = 0;
        for (int i = 0; i < a.Length; i++)
        {
            borrow += (long)a[i] - (long)b[i];
            difference[i] = (ulong)borrow & Mask;
            borrow >>= Radix;
        }
        return borrow == 0;
    }
}
