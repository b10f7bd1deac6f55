namespace UserTcp.Tls.Crypto.Rsa;

/// <summary>The hash of <paramref name="input"/>, into <paramref name="output"/> of exactly its length.</summary>
internal delegate void RsaHash(ReadOnlySpan<byte> input, Span<byte> output);

/// <summary>Verifies RSA signatures: RSASSA-PKCS1-v1_5 and RSASSA-PSS (RFC 8017 8.1.2, 8.2.2).</summary>
internal static class RsaSignature
{
    private const byte PssTrailer = 0xbc;

    /// <summary>RSASSA-PKCS1-V1_5-VERIFY (RFC 8017 8.2.2).</summary>
    /// <remarks>The encoded message is made anew and compared as a whole. Nothing in it is parsed: parsers that were lax about padding,
    /// parameters or what follows the hash let signatures be forged for small exponents (Bleichenbacher 2006, BERserk 2014).
    /// For the same reason a DigestInfo without the NULL of its parameters is refused (RFC 8017 A.2.4 has it).</remarks>
    /// <param name="key">Whose signature it should be.</param>
    /// <param name="hash">The hash of what was signed, with SHA-256, SHA-384 or SHA-512: its length says which.</param>
    /// <param name="signature">Any bytes.</param>
    internal static bool VerifyPkcs1(RsaPublicKey key, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        Span<byte> encoded = stackalloc byte[key.Size];
        if (!key.TryRecover(signature, encoded)) return false;
        // RFC 8017 9.2: 00 01 FF … FF 00 DigestInfo
        ReadOnlySpan<byte> prefix = DigestInfoPrefix(hash.Length);
        int padding = key.Size - 3 - prefix.Length - hash.Length;
        return padding >= 8
            && encoded is [0, 1, ..]
            && !encoded.Slice(2, padding).ContainsAnyExcept((byte)0xff)
            && encoded[2 + padding] == 0
            && encoded.Slice(3 + padding, prefix.Length).SequenceEqual(prefix)
            && encoded[^hash.Length..].SequenceEqual(hash);
    }

    /// <summary>RSASSA-PSS-VERIFY (RFC 8017 8.1.2, 9.1.2) with MGF1 on the same hash and a salt as long as it (RFC 8446 4.2.3).</summary>
    /// <param name="key">Whose signature it should be.</param>
    /// <param name="hash">The hash of what was signed.</param>
    /// <param name="algorithm">The algorithm that made it.</param>
    /// <param name="signature">Any bytes.</param>
    internal static bool VerifyPss(RsaPublicKey key, ReadOnlySpan<byte> hash, RsaHash algorithm, ReadOnlySpan<byte> signature)
    {
        Span<byte> recovered = stackalloc byte[key.Size];
        if (!key.TryRecover(signature, recovered)) return false;
        int hashLength = hash.Length, saltLength = hash.Length;
        int encodedBits = key.Bits - 1, encodedLength = (encodedBits + 7) / 8;      // RFC 8017 8.1.2 step 2
        if (recovered[..^encodedLength].ContainsAnyExcept((byte)0)) return false;   // one byte when the modulus has 8j+1 bits
        Span<byte> encoded = recovered[^encodedLength..];

        int blockLength = encodedLength - hashLength - 1;
        if (encodedLength < hashLength + saltLength + 2 || encoded[^1] != PssTrailer) return false;     // RFC 8017 9.1.2 steps 3, 4
        Span<byte> block = encoded[..blockLength];
        ReadOnlySpan<byte> expected = encoded.Slice(blockLength, hashLength);       // H
        byte unused = (byte)~(0xff >> (8 * encodedLength - encodedBits));           // bits that the modulus is too short for
        if ((block[0] & unused) != 0) return false;                                 // step 6
        Unmask(block, expected, algorithm);                                         // steps 7, 8
        block[0] &= (byte)~unused;                                                  // step 9

        ReadOnlySpan<byte> padding = block[..^(saltLength + 1)];
        if (padding.ContainsAnyExcept((byte)0) || block[padding.Length] != 1) return false;     // step 10
        Span<byte> message = stackalloc byte[8 + hashLength + saltLength];          // steps 11, 12: M' = 8 zeros, mHash, salt
        message[..8].Clear();
        hash.CopyTo(message[8..]);
        block[^saltLength..].CopyTo(message[(8 + hashLength)..]);
        Span<byte> actual = stackalloc byte[hashLength];
        algorithm(message, actual);                                                 // step 13
        return actual.SequenceEqual(expected);                                      // step 14
    }

    /// <summary>block ^= MGF1(seed) (RFC 8017 B.2.1).</summary>
    private static void Unmask(Span<byte> block, ReadOnlySpan<byte> seed, RsaHash algorithm)
    {
        Span<byte> input = stackalloc byte[seed.Length + 4], mask = stackalloc byte[seed.Length];
        seed.CopyTo(input);
        for (uint counter = 0; !block.IsEmpty; counter++)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(input[seed.Length..], counter);
            algorithm(input, mask);
            int count = Math.Min(mask.Length, block.Length);
            for (int i = 0; i < count; i++) block[i] ^= mask[i];
            block = block[count..];
        }
    }

    /// <summary>The DER of a DigestInfo up to its hash (RFC 8017 9.2 note 1).</summary>
    private static ReadOnlySpan<byte> DigestInfoPrefix(int hashLength) => hashLength switch
    {
        32 => [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20],
        48 => [0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30],
        64 => [0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40],
        _ => throw new ArgumentOutOfRangeException(nameof(hashLength), hashLength, "SHA-256, SHA-384 and SHA-512 have 32, 48 and 64 bytes"),
    };
}
