using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Parameters;

namespace UserTcp.Tls.Crypto;

/// <summary>The pseudorandom function of TLS 1.2 (RFC 5246 5).</summary>
internal static class Prf
{
    /// <summary>P_hash(secret, label + seed), as long as <paramref name="output"/>.</summary>
    internal static void Derive(IDigest digest, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, ReadOnlySpan<byte> seed, Span<byte> output)
    {
        var hmac = new HMac(digest);
        hmac.Init(new KeyParameter(secret));
        int size = hmac.GetMacSize();
        Span<byte> a = stackalloc byte[size];           // A(i) = HMAC(secret, A(i-1)), A(0) = label + seed
        Span<byte> block = stackalloc byte[size];

        hmac.BlockUpdate(label);
        hmac.BlockUpdate(seed);
        hmac.DoFinal(a);
        while (!output.IsEmpty)
        {
            hmac.BlockUpdate(a);                        // P_hash = HMAC(secret, A(i) + label + seed) + …
            hmac.BlockUpdate(label);
            hmac.BlockUpdate(seed);
            hmac.DoFinal(block);
            int count = Math.Min(size, output.Length);
            block[..count].CopyTo(output);
            output = output[count..];
            hmac.BlockUpdate(a);
            hmac.DoFinal(a);
        }
        CryptographicOperations.ZeroMemory(a);
        CryptographicOperations.ZeroMemory(block);
    }
}
