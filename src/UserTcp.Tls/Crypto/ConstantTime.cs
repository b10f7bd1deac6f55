namespace UserTcp.Tls.Crypto;

/// <summary>Comparisons without a branch: all bits set for true, none for false. For numbers from 0 to 2^30.</summary>
internal static class ConstantTime
{
    internal static int LessOrEqual(int a, int b) => ~((b - a) >> 31);

    internal static int Equal(int a, int b)
    {
        int difference = a ^ b;
        return ~((difference | -difference) >> 31);
    }
}
