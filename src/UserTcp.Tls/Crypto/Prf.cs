using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;

namespace UserTcp.Tls.Crypto;

/// <summary>The pseudorandom function of TLS 1.2 (RFC 5246 5).</summary>
internal static class Prf
{
    /// <summary>P_hash(secret, label + seed), as long as <paramref name="output"/>.</summary>
    /// <param name="createDigest">Makes the hash.</param>
    /// <param name="secret">The key of the HMACs; no copy of it is left behind.</param>
    /// <param name="label">ASCII.</param>
    /// <param name="seed">Both ends have it.</param>
    /// <param name="output">Filled completely.</param>
    internal static void Derive(Func<IDigest> createDigest, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, ReadOnlySpan<byte> seed, Span<byte> output)
    {
        IDigest inner = KeyedHash.Inner(createDigest(), secret), outer = KeyedHash.Outer(createDigest(), secret), running = createDigest();
        Span<byte> a = stackalloc byte[inner.GetDigestSize()];           // A(i) = HMAC(secret, A(i-1)), A(0) = label + seed
        Span<byte> block = stackalloc byte[a.Length];

        KeyedHash.Copy(inner, running);
        running.BlockUpdate(label);
        running.BlockUpdate(seed);
        Finish(a);
        while (true)
        {
            KeyedHash.Copy(inner, running);
            running.BlockUpdate(a);                     // P_hash = HMAC(secret, A(i) + label + seed) + …
            running.BlockUpdate(label);
            running.BlockUpdate(seed);
            Finish(block);
            int count = Math.Min(block.Length, output.Length);
            block[..count].CopyTo(output);
            output = output[count..];
            if (output.IsEmpty) break;
            KeyedHash.Copy(inner, running);
            running.BlockUpdate(a);
            Finish(a);
        }
        foreach (IDigest digest in (IDigest[])[inner, outer, running]) digest.Reset();
        CryptographicOperations.ZeroMemory(a);
        CryptographicOperations.ZeroMemory(block);

        void Finish(Span<byte> mac)
        {
            running.DoFinal(mac);
            KeyedHash.Finish(outer, running, mac);
        }
    }
}
