using System.Numerics;

namespace UserTcp.Link;

/// <summary>Random numbers that depend on the seed alone, not on the version of the runtime as those of <see cref="Random"/> do.</summary>
/// <remarks>xoshiro256** by Blackman and Vigna, its state filled by SplitMix64 as they recommend. Not for secrets.</remarks>
internal sealed class SeededRandom
{
    private ulong _a, _b, _c, _d;

    public SeededRandom(ulong seed)
    {
        _a = SplitMix(ref seed);
        _b = SplitMix(ref seed);
        _c = SplitMix(ref seed);
        _d = SplitMix(ref seed);
    }

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>True with a probability of 0 to 1. Draws a number only when the answer is open.</summary>
    public bool Chance(double probability)
        => probability > 0 && (probability >= 1 || (Next() >> 11) * (1.0 / (1UL << 53)) < probability);

    /// <summary>A number from 0 up to but not including the bound.</summary>
    public long Below(long bound) => (long)Math.BigMul(Next(), (ulong)bound, out _);

    private static ulong SplitMix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        ulong z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
