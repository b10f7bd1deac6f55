using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace UserTcp.Host;

/// <summary>Where the stack's randomness comes from: the operating system, or a seed.</summary>
internal static class RandomBits
{
    /// <summary>Bits that nobody can predict. Taken in stock, because asking for them costs a microsecond. One thread at a time.</summary>
    internal static Func<uint> Unpredictable()
    {
        uint[] stock = new uint[1024];
        int left = 0;
        return () =>
        {
            if (left == 0)
            {
                RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(stock.AsSpan()));
                left = stock.Length;
            }
            return stock[--left];
        };
    }

    /// <summary>The same sequence for the same seed, on every runtime (SplitMix64: Steele, Lea, Flood, 2014).</summary>
    internal static Func<uint> Seeded(ulong seed)
    {
        ulong state = seed;
        return () =>
        {
            state += 0x9e3779b97f4a7c15;
            ulong bits = (state ^ state >> 30) * 0xbf58476d1ce4e5b9;
            bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
            return (uint)((bits ^ bits >> 31) >> 32);
        };
    }
}
