using UserTcp.Tls.Crypto;

namespace UserTcp.Tls.Records;

/// <summary>The padding of CBC records (RFC 5246 6.2.3.2), judged in a time that depends on the record's length alone.</summary>
internal static class ConstantTimePadding
{
    /// <summary>The most that padding can be with its length byte: 255 + 1.</summary>
    internal const int MaxSize = 256;

    /// <summary>Checks that the padding fits and that each of its bytes is its length.</summary>
    /// <param name="content">Plaintext, MAC, padding; longer than the MAC.</param>
    /// <param name="macSize">Length of the MAC, in bytes.</param>
    /// <param name="paddedBy">Bytes of padding, its length byte included; 0 when it is bad, so that the MAC is computed all the same.</param>
    /// <returns>All bits set when it is good, none when it is bad.</returns>
    internal static int Check(ReadOnlySpan<byte> content, int macSize, out int paddedBy)
    {
        int length = content[^1];
        int good = ConstantTime.LessOrEqual(length + 1 + macSize, content.Length);
        int scanned = Math.Min(MaxSize, content.Length);
        for (int i = 0; i < scanned; i++)
        {
            int isPadding = ConstantTime.LessOrEqual(i, length);
            good &= ~isPadding | ConstantTime.Equal(content[^(i + 1)], length);
        }
        paddedBy = good & (length + 1);
        return good;
    }
}
