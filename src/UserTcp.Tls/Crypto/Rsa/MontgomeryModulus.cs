using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace UserTcp.Tls.Crypto.Rsa;

/// <summary>Arithmetic modulo an odd number without division (P. L. Montgomery, "Modular Multiplication Without Trial Division", 1985).</summary>
/// <remarks>Not constant time: for public data only.</remarks>
internal abstract class MontgomeryModulus
{
    /// <summary>Prepares a modulus for this processor's multiplier.</summary>
    /// <param name="modulus">Odd, big endian, without leading zeros.</param>
    internal static MontgomeryModulus Create(ReadOnlySpan<byte> modulus)
    {
        if (Avx512F.IsSupported) return new MontgomeryModulus<ColumnSums512>(modulus);
        return Avx2.IsSupported ? new MontgomeryModulus<ColumnSums256>(modulus) : new MontgomeryModulus<ColumnSums128>(modulus);
    }

    /// <summary>result = number^exponent mod n, all big endian and as long as n.</summary>
    /// <param name="number">Any bytes.</param>
    /// <param name="exponent">Odd, from 3 on.</param>
    /// <param name="result">Written when the number is good.</param>
    /// <returns>False when the number is not one of 0 … n-1.</returns>
    internal abstract bool TryPower(ReadOnlySpan<byte> number, uint exponent, Span<byte> result);
}

/// <summary>The arithmetic, on one kind of vectors.</summary>
/// <remarks>
/// <para>A number a is kept as a·R mod n, with R = 2^(26·limbs). The product of two such is T = (a·R)(b·R) = ab·R², and <see cref="Reduce"/> takes one R out
/// again: it adds the multiple m·n of n that makes the lower half of T zero, m = T·(-1/n) mod R, and drops that half.</para>
/// <para>Numbers are not brought below n in between. R is at least 8n, so for factors below 1.2n, T/R + m·n/R is below (1.2²/8)n + n, again below 1.2n.
/// Only the last result needs one subtraction.</para>
/// <para>Multiplications run by columns, eight at a time. To let them read eight limbs that are partly outside of a number, there are eight zeros below
/// and above it: such a number is called padded.</para>
/// </remarks>
/// <typeparam name="TColumns">How columns are summed.</typeparam>
internal sealed class MontgomeryModulus<TColumns> : MontgomeryModulus where TColumns : struct, IColumnSums
{
    private const int Width = IColumnSums.Width;

    private readonly int _limbs;                    // of a number, a multiple of Width
    private readonly ulong[] _modulus;              // padded, as all three
    private readonly ulong[] _negatedInverse;       // -1/n mod R
    private readonly ulong[] _squareOfR;            // R² mod n: multiplied with it, a number gets its R

    /// <summary>Prepares a modulus.</summary>
    /// <param name="modulus">Odd, big endian, without leading zeros.</param>
    internal MontgomeryModulus(ReadOnlySpan<byte> modulus)
    {
        if ((modulus[^1] & 1) == 0) throw new ArgumentException("an even number has no inverse modulo a power of 2", nameof(modulus));
        _limbs = RoundUp((8 * modulus.Length + 3 + Limbs.Radix - 1) / Limbs.Radix);     // 3 bits: R ≥ 8n
        _modulus = new ulong[Padded];
        _negatedInverse = new ulong[Padded];
        _squareOfR = new ulong[Padded];
        Limbs.Read(modulus, Unpadded(_modulus));
        InvertModulus();
        SquareR(new BigInteger(modulus, isUnsigned: true, isBigEndian: true));
    }

    private int Padded => _limbs + 2 * Width;

    internal override bool TryPower(ReadOnlySpan<byte> number, uint exponent, Span<byte> result)
    {
        Span<ulong> plain = stackalloc ulong[Padded], factor = stackalloc ulong[Padded], power = stackalloc ulong[Padded];
        var space = new Workspace(stackalloc ulong[Workspace.Length(_limbs)], _limbs);
        Limbs.Read(number, Unpadded(plain));
        if (Limbs.TrySubtract(Unpadded(plain), Unpadded(_modulus), space.Multiple)) return false;

        Multiply(Unpadded(_squareOfR), plain, space.Product);
        Reduce(space, factor);                                      // number·R
        factor.CopyTo(power);
        for (int bit = BitOperations.Log2(exponent) - 1; bit >= 0; bit--)
        {
            Square(power, space);
            Reduce(space, power);
            if ((exponent >> bit & 1) == 0) continue;
            // The exponent is odd, so its last bit asks for one more factor: taken without its R, it takes the R out of the result.
            Multiply(Unpadded(power), bit == 0 ? plain : factor, space.Product);
            Reduce(space, power);
        }
        bool less = !Limbs.TrySubtract(Unpadded(power), Unpadded(_modulus), space.Multiple);
        Limbs.Write(less ? Unpadded(power) : space.Multiple, result);
        return true;
    }

    /// <summary>-1/n mod R. If y is right in its lowest k limbs, n·y = -1 + e·2^(26k) and y(2 + n·y) = y + y·e·2^(26k) is right in 2k (Newton).</summary>
    private void InvertModulus()
    {
        Span<ulong> inverse = Unpadded(_negatedInverse), product = stackalloc ulong[Padded], next = stackalloc ulong[_limbs];
        ulong n = _modulus[Width], y = 0 - n;                       // right in the lowest 3 bits, as n·n = 1 mod 8 for odd n
        for (int bits = 3; bits < Limbs.Radix; bits *= 2) y *= 2 + n * y;
        inverse[0] = y & Limbs.Mask;
        for (int right = 1; right < _limbs; right *= 2)
        {
            int length = Math.Min(2 * right, _limbs), added = length - right;
            Multiply(inverse[..RoundUp(length)], _modulus, product.Slice(Width, RoundUp(length)));
            product[..(Width + right)].Clear();
            product[Width + right]++;                               // e, after -1 = (2^(26k) - 1) - 2^(26k) was taken away
            Multiply(inverse[..RoundUp(added)], product[right..], next[..RoundUp(added)]);
            next[..added].CopyTo(inverse[right..]);
        }
    }

    /// <summary>R² mod n, as 2^(bits of R)·R. Long division costs as much as its quotient is long: of that number only an eighth is divided for,
    /// and squared three times.</summary>
    private void SquareR(BigInteger modulus)
    {
        int bits = Limbs.Radix * _limbs;
        BigInteger start = (BigInteger.One << (bits + bits / 8)) % modulus;     // whole: there are 8j limbs
        Limbs.Read(start.ToByteArray(isUnsigned: true, isBigEndian: true), Unpadded(_squareOfR));
        var space = new Workspace(stackalloc ulong[Workspace.Length(_limbs)], _limbs);
        for (int i = 0; i < 3; i++)
        {
            Square(_squareOfR, space);
            Reduce(space, _squareOfR);
        }
    }

    // What follows is compiled for speed at once: all the time is spent in it, and a process may verify three signatures in its life.

    /// <summary>The lowest columns of ab, as many as the product has room for.</summary>
    /// <param name="a">A multiple of <see cref="Width"/> limbs.</param>
    /// <param name="b">Padded.</param>
    /// <param name="product">A multiple of <see cref="Width"/> limbs, at most twice those of a.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> product)
    {
        product.Clear();
        ulong carry = 0;
        for (int column = 0; column < product.Length; column += Width)
        {
            int from = Math.Max(0, column - a.Length), to = Math.Min(a.Length, column + Width);
            TColumns.Add(ref product[column], in a[from], in b[Width + column - from], to - from);
            carry = Limbs.Settle(product.Slice(column, Width), carry);
        }
    }

    /// <summary>The product is a².</summary>
    /// <remarks>In column c, a[i]·a[c-i] and a[c-i]·a[i] are the same. For the columns from c to c+7, all i below c/2 have their partner above c/2: these
    /// are summed once, with 2a[i]. The rest, i and partner both from c/2 on, are the lowest columns of the square of what begins at a[c/2], with nothing
    /// below it: a window of a behind zeros.</remarks>
    /// <param name="a">Padded.</param>
    /// <param name="space">Gets the product.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Square(ReadOnlySpan<ulong> a, Workspace space)
    {
        Span<ulong> doubled = space.Multiple, windows = space.Windows, product = space.Product;
        for (int i = 0; i < _limbs; i += Width) (Vector512.LoadUnsafe(in a[Width + i]) << 1).StoreUnsafe(ref doubled[i]);
        for (int i = 0; i < _limbs; i += Width / 2) Vector512.LoadUnsafe(in a[Width + i]).StoreUnsafe(ref windows[4 * i + Width]);
        product.Clear();
        ulong carry = 0;
        for (int column = 0; column < product.Length; column += Width)
        {
            int from = Math.Max(0, column - _limbs), middle = column / 2;
            TColumns.Add(ref product[column], in doubled[from], in a[Width + column - from], middle - from);
            TColumns.Add(ref product[column], in a[Width + middle], in windows[4 * middle + Width], Width);
            carry = Limbs.Settle(product.Slice(column, Width), carry);
        }
    }

    /// <summary>result = product/R mod n, padded.</summary>
    /// <remarks>Of m·n, the columns below R are not computed: they make the lower half of the product zero, and all that is asked is what this carries.
    /// The highest eight of them tell. All below can add less than one to what these columns are worth in units of R, and the sum is a whole number:
    /// when something is left over in them, one is to be carried.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Reduce(Workspace space, Span<ulong> result)
    {
        Span<ulong> multiple = space.Multiple, product = space.Product;
        Multiply(product[.._limbs], _negatedInverse, multiple);
        ReadOnlySpan<ulong> modulus = _modulus;
        ulong carry = 0;
        for (int column = _limbs - Width; column < product.Length; column += Width)
        {
            int from = Math.Max(0, column - _limbs), to = Math.Min(_limbs, column + Width);
            TColumns.Add(ref product[column], in multiple[from], in modulus[Width + column - from], to - from);
            carry = Limbs.Settle(product.Slice(column, Width), carry);
            if (column < _limbs && !IsZero(product.Slice(column, Width))) carry++;
        }
        product[_limbs..].CopyTo(result[Width..]);
    }

    private static bool IsZero(ReadOnlySpan<ulong> number)
    {
        ulong any = 0;
        foreach (ulong limb in number) any |= limb;
        return any == 0;
    }

    private static int RoundUp(int limbs) => (limbs + Width - 1) / Width * Width;

    private Span<ulong> Unpadded(Span<ulong> padded) => padded.Slice(Width, _limbs);

    /// <summary>What multiplications need besides their numbers.</summary>
    private readonly ref struct Workspace(Span<ulong> memory, int limbs)
    {
        internal static int Length(int limbs) => 7 * limbs;

        internal Span<ulong> Product { get; } = memory[..(2 * limbs)];

        /// <summary>m of a reduction; twice a number while it is squared.</summary>
        internal Span<ulong> Multiple { get; } = memory.Slice(2 * limbs, limbs);

        /// <summary>For every fourth limb: eight zeros, the limb and the seven above it.</summary>
        internal Span<ulong> Windows { get; } = memory[(3 * limbs)..];
    }
}
