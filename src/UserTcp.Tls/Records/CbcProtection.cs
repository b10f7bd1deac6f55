using UserTcp.Tls.Crypto;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Records;

/// <summary>CBC protection: MAC, then padding, then encryption (RFC 5246 6.2.3.2). Only for suites of <see cref="TlsClientOptions.Legacy"/>.</summary>
/// <remarks>Each record begins with a random block as IV (BEAST). What is behind the decrypted padding is judged without a branch or an index
/// that depends on it, so that time tells nothing of it (Lucky 13, Vaudenay's oracle), and every fault is the one bad_record_mac.</remarks>
internal sealed class CbcProtection(ICbcCipher cipher, IRecordMac mac, TlsRandomSource random) : RecordProtection
{
    internal override int PrefixSize => ICbcCipher.BlockSize;

    internal override int MaxOverhead => PrefixSize + mac.Size + ICbcCipher.BlockSize;

    internal override int ProtectedLength(int plaintextLength)
    {
        int unpadded = plaintextLength + mac.Size + 1;
        return PrefixSize + (unpadded + ICbcCipher.BlockSize - 1) / ICbcCipher.BlockSize * ICbcCipher.BlockSize;
    }

    internal override void Seal(ContentType type, Span<byte> payload, int plaintextLength)
    {
        Span<byte> header = stackalloc byte[AuthenticatedHeader.Size];
        AuthenticatedHeader.Write(header, NextSequence(), type, plaintextLength);
        random(payload[..PrefixSize]);                              // RFC 5246 6.2.3.2: unpredictable
        Span<byte> content = payload[PrefixSize..];
        mac.Compute(header, content[..plaintextLength], content.Slice(plaintextLength, mac.Size));
        Span<byte> padding = content[(plaintextLength + mac.Size)..];
        padding.Fill((byte)(padding.Length - 1));                   // its last byte is its length
        cipher.Encrypt(payload);
    }

    internal override bool TryOpen(ContentType type, Span<byte> payload, out Range plaintext)
    {
        plaintext = default;
        // The length is public: whoever sees the record sees it.
        if (payload.Length % ICbcCipher.BlockSize != 0 || payload.Length < PrefixSize + mac.Size + 1) return false;
        cipher.Decrypt(payload);
        Span<byte> content = payload[PrefixSize..];
        int good = ConstantTimePadding.Check(content, mac.Size, out int paddedBy);
        int length = content.Length - mac.Size - paddedBy;

        Span<byte> header = stackalloc byte[AuthenticatedHeader.Size];
        AuthenticatedHeader.Write(header, NextSequence(), type, length);
        good &= mac.Verify(header, content, length);
        plaintext = PrefixSize..(PrefixSize + length);
        return good != 0;
    }

    public override void Dispose() => mac.Dispose();
}
