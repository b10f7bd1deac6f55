using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;

namespace UserTcp.Tls.Crypto;

/// <summary>HMAC (RFC 2104) with SHA-1 or SHA-256 over records whose length is a secret until it has been verified.</summary>
/// <remarks>Verifying computes the hash for every length that padding allows and keeps the right one by a mask: 257 times the end of a hash, whatever the record
/// says. That costs about 0.1 ms per record and needs nothing but a hash that can be copied; hashing only what the padding leaves is what Lucky 13 measured.</remarks>
internal sealed class BouncyCastleRecordMac : IRecordMac
{
    private readonly IDigest _inner;        // has the key and its padding; copied for each record
    private readonly IDigest _outer;
    private readonly IDigest _running;
    private readonly IDigest _ending;

    internal BouncyCastleRecordMac(MacAlgorithm algorithm, ReadOnlySpan<byte> key)
    {
        _inner = KeyedHash.Inner(Create(algorithm), key);
        _outer = KeyedHash.Outer(Create(algorithm), key);
        _running = Create(algorithm);
        _ending = Create(algorithm);
        Size = _inner.GetDigestSize();
    }

    public int Size { get; }

    public void Compute(ReadOnlySpan<byte> header, ReadOnlySpan<byte> data, Span<byte> mac)
    {
        KeyedHash.Copy(_inner, _running);
        _running.BlockUpdate(header);
        _running.BlockUpdate(data);
        _running.DoFinal(mac);
        KeyedHash.Finish(_outer, _ending, mac);
    }

    public int Verify(ReadOnlySpan<byte> header, ReadOnlySpan<byte> content, int dataLength)
    {
        Span<byte> computed = stackalloc byte[Size];
        Span<byte> received = stackalloc byte[Size];
        Span<byte> candidate = stackalloc byte[Size];
        computed.Clear();
        received.Clear();
        int longest = content.Length - Size;
        int shortest = Math.Max(0, longest - Records.ConstantTimePadding.MaxSize);

        KeyedHash.Copy(_inner, _running);
        _running.BlockUpdate(header);
        _running.BlockUpdate(content[..shortest]);
        for (int length = shortest; length <= longest; length++)
        {
            KeyedHash.Copy(_running, _ending);
            _ending.DoFinal(candidate);
            int isIt = ConstantTime.Equal(length, dataLength);
            ReadOnlySpan<byte> behind = content.Slice(length, Size);
            for (int i = 0; i < Size; i++)
            {
                computed[i] |= (byte)(candidate[i] & isIt);
                received[i] |= (byte)(behind[i] & isIt);
            }
            _running.Update(content[length]);
        }
        KeyedHash.Finish(_outer, _ending, computed);
        return CryptographicOperations.FixedTimeEquals(computed, received) ? -1 : 0;
    }

    public void Dispose()
    {
        foreach (IDigest digest in (IDigest[])[_inner, _outer, _running, _ending]) digest.Reset();
    }

    private static IDigest Create(MacAlgorithm algorithm) => algorithm == MacAlgorithm.HmacSha1 ? new Sha1Digest() : new Sha256Digest();
}
