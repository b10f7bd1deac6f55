using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Utilities;

namespace UserTcp.Tls.Crypto;

/// <summary>The two keyed hashes of HMAC (RFC 2104 2), to be copied for each message. BouncyCastle's HMac would keep copies of the key where nobody can zero them;
/// a digest forgets what it has hashed when it is reset.</summary>
internal static class KeyedHash
{
    private const byte InnerPad = 0x36, OuterPad = 0x5c;

    /// <summary>What the message is hashed with.</summary>
    internal static IDigest Inner(IDigest empty, ReadOnlySpan<byte> key) => Keyed(empty, key, InnerPad);

    /// <summary>What the inner hash is hashed with.</summary>
    internal static IDigest Outer(IDigest empty, ReadOnlySpan<byte> key) => Keyed(empty, key, OuterPad);

    /// <summary>Makes <paramref name="to"/> the same as <paramref name="from"/>.</summary>
    internal static void Copy(IDigest from, IDigest to) => ((IMemoable)to).Reset((IMemoable)from);

    /// <summary>The second half of HMAC: the outer hash over the inner one, in place.</summary>
    /// <param name="outer">What <see cref="Outer"/> has made.</param>
    /// <param name="running">Is overwritten.</param>
    /// <param name="hash">The inner hash; then the HMAC.</param>
    internal static void Finish(IDigest outer, IDigest running, Span<byte> hash)
    {
        Copy(outer, running);
        running.BlockUpdate(hash);
        running.DoFinal(hash);
    }

    private static IDigest Keyed(IDigest empty, ReadOnlySpan<byte> key, byte padding)
    {
        Span<byte> block = stackalloc byte[empty.GetByteLength()];
        block.Clear();
        if (key.Length <= block.Length)
        {
            key.CopyTo(block);
        }
        else
        {
            // RFC 2104 2: a pre-master secret of P-521 has 66 bytes, a block of SHA-256 64.
            empty.BlockUpdate(key);
            empty.DoFinal(block);
        }
        for (int i = 0; i < block.Length; i++) block[i] ^= padding;
        empty.BlockUpdate(block);
        CryptographicOperations.ZeroMemory(block);
        return empty;
    }
}
