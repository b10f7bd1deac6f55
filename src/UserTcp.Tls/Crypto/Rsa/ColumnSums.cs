using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace UserTcp.Tls.Crypto.Rsa;

/// <summary>Eight neighbouring columns of a multiplication of <see cref="Limbs"/>, with the multiplier of one kind of processor.</summary>
/// <remarks>
/// <para>Column c of a·b is the sum of all a[i]·b[c-i]. Eight neighbours need, for each i, the same a[i] and eight neighbours of b: one limb in all lanes of
/// a vector, times a vector that begins one limb lower each time. No lane needs anything of another one.</para>
/// <para>The instruction is everywhere that of 32 by 32 bits to 64 (x86: PMULUDQ, Arm: UMULL). The implementations differ in how many lanes it has.</para>
/// </remarks>
internal interface IColumnSums
{
    /// <summary>Columns that are summed at once.</summary>
    internal const int Width = 8;

    /// <summary>sums[j] += a[i]·b[j-i] for all i below <paramref name="count"/> and all j below <see cref="Width"/>.</summary>
    /// <param name="sums">First of the eight.</param>
    /// <param name="a">First of the limbs that are taken upwards.</param>
    /// <param name="b">The limb at which the others are taken downwards: read from b[1-count] to b[7].</param>
    /// <param name="count">A multiple of 4.</param>
    static abstract void Add(ref ulong sums, ref readonly ulong a, ref readonly ulong b, int count);
}

/// <summary>Eight lanes: AVX-512.</summary>
internal readonly struct ColumnSums512 : IColumnSums
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ref ulong sums, ref readonly ulong a, ref readonly ulong b, int count)
    {
        ref ulong factor = ref Unsafe.AsRef(in a), number = ref Unsafe.AsRef(in b);
        // Two sums, so that one addition need not wait for the other; four steps, because counting is half the work of one.
        Vector512<ulong> even = Vector512.LoadUnsafe(ref sums), odd = default;
        for (; count > 0; count -= 4)
        {
            even += Multiply(Vector512.Create(factor), Vector512.LoadUnsafe(ref number));
            odd += Multiply(Vector512.Create(Unsafe.Add(ref factor, 1)), Vector512.LoadUnsafe(ref Unsafe.Subtract(ref number, 1)));
            even += Multiply(Vector512.Create(Unsafe.Add(ref factor, 2)), Vector512.LoadUnsafe(ref Unsafe.Subtract(ref number, 2)));
            odd += Multiply(Vector512.Create(Unsafe.Add(ref factor, 3)), Vector512.LoadUnsafe(ref Unsafe.Subtract(ref number, 3)));
            factor = ref Unsafe.Add(ref factor, 4);
            number = ref Unsafe.Subtract(ref number, 4);
        }
        (even + odd).StoreUnsafe(ref sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Multiply(Vector512<ulong> a, Vector512<ulong> b) => Avx512F.IsSupported ? Avx512F.Multiply(a.AsUInt32(), b.AsUInt32()) : a * b;
}

/// <summary>Four lanes: AVX2.</summary>
internal readonly struct ColumnSums256 : IColumnSums
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ref ulong sums, ref readonly ulong a, ref readonly ulong b, int count)
    {
        ref ulong factor = ref Unsafe.AsRef(in a), number = ref Unsafe.AsRef(in b);
        Vector256<ulong> sum0 = Vector256.LoadUnsafe(ref sums), sum4 = Vector256.LoadUnsafe(ref sums, 4);
        for (; count > 0; count--)
        {
            Vector256<ulong> limb = Vector256.Create(factor);
            sum0 += Multiply(limb, Vector256.LoadUnsafe(ref number));
            sum4 += Multiply(limb, Vector256.LoadUnsafe(ref number, 4));
            factor = ref Unsafe.Add(ref factor, 1);
            number = ref Unsafe.Subtract(ref number, 1);
        }
        sum0.StoreUnsafe(ref sums);
        sum4.StoreUnsafe(ref sums, 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Multiply(Vector256<ulong> a, Vector256<ulong> b) => Avx2.IsSupported ? Avx2.Multiply(a.AsUInt32(), b.AsUInt32()) : a * b;
}

/// <summary>Two lanes: what every x64 and Arm64 processor has.</summary>
internal readonly struct ColumnSums128 : IColumnSums
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ref ulong sums, ref readonly ulong a, ref readonly ulong b, int count)
    {
        ref ulong factor = ref Unsafe.AsRef(in a), number = ref Unsafe.AsRef(in b);
        Vector128<ulong> sum0 = Vector128.LoadUnsafe(ref sums), sum2 = Vector128.LoadUnsafe(ref sums, 2);
        Vector128<ulong> sum4 = Vector128.LoadUnsafe(ref sums, 4), sum6 = Vector128.LoadUnsafe(ref sums, 6);
        for (; count > 0; count--)
        {
            Vector128<ulong> limb = Vector128.Create(factor);
            sum0 += Multiply(limb, Vector128.LoadUnsafe(ref number));
            sum2 += Multiply(limb, Vector128.LoadUnsafe(ref number, 2));
            sum4 += Multiply(limb, Vector128.LoadUnsafe(ref number, 4));
            sum6 += Multiply(limb, Vector128.LoadUnsafe(ref number, 6));
            factor = ref Unsafe.Add(ref factor, 1);
            number = ref Unsafe.Subtract(ref number, 1);
        }
        sum0.StoreUnsafe(ref sums);
        sum2.StoreUnsafe(ref sums, 2);
        sum4.StoreUnsafe(ref sums, 4);
        sum6.StoreUnsafe(ref sums, 6);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Multiply(Vector128<ulong> a, Vector128<ulong> b)
    {
        if (Sse2.IsSupported) return Sse2.Multiply(a.AsUInt32(), b.AsUInt32());
        if (AdvSimd.IsSupported) return AdvSimd.MultiplyWideningLower(AdvSimd.ExtractNarrowingLower(a), AdvSimd.ExtractNarrowingLower(b));
        return a * b;
    }
}
