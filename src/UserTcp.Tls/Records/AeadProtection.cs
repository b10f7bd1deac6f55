using System.Buffers.Binary;
using System.Security.Cryptography;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Records;

/// <summary>AEAD protection (RFC 5246 6.2.3.3): nonces and additional data.</summary>
internal sealed class AeadProtection : RecordProtection
{
    private readonly IAead _aead;
    private readonly byte[] _implicitIv;

    /// <summary>Protection that starts at sequence number 0. RFC 5246 6.1</summary>
    /// <param name="aead">Keyed for this direction.</param>
    /// <param name="implicitIv">4 bytes: the salt of AES-GCM (RFC 5288 3), whose other 8 travel with each record. 12 bytes: RFC 7905 2, nothing travels.</param>
    internal AeadProtection(IAead aead, ReadOnlySpan<byte> implicitIv)
    {
        _aead = aead;
        _implicitIv = implicitIv.ToArray();
        PrefixSize = IAead.NonceSize - implicitIv.Length;
    }

    /// <summary>Bytes of explicit nonce: 8 or 0.</summary>
    internal override int PrefixSize { get; }

    internal override int MaxOverhead => PrefixSize + IAead.TagSize;

    internal override int ProtectedLength(int plaintextLength) => plaintextLength + MaxOverhead;

    internal override void Seal(ContentType type, Span<byte> payload, int plaintextLength)
    {
        Span<byte> nonce = stackalloc byte[IAead.NonceSize];
        Span<byte> additionalData = stackalloc byte[AuthenticatedHeader.Size];
        ulong sequence = NextSequence();
        if (PrefixSize > 0) BinaryPrimitives.WriteUInt64BigEndian(payload, sequence);   // RFC 5288 3: unique per key; the sequence number is
        Prepare(sequence, type, plaintextLength, payload[..PrefixSize], nonce, additionalData);
        _aead.Seal(nonce, additionalData, payload[PrefixSize..]);
    }

    internal override bool TryOpen(ContentType type, Span<byte> payload, out Range plaintext)
    {
        plaintext = default;
        if (payload.Length < MaxOverhead) return false;
        Span<byte> nonce = stackalloc byte[IAead.NonceSize];
        Span<byte> additionalData = stackalloc byte[AuthenticatedHeader.Size];
        Prepare(NextSequence(), type, payload.Length - MaxOverhead, payload[..PrefixSize], nonce, additionalData);
        if (!_aead.TryOpen(nonce, additionalData, payload[PrefixSize..])) return false;
        plaintext = PrefixSize..(payload.Length - IAead.TagSize);
        return true;
    }

    public override void Dispose()
    {
        CryptographicOperations.ZeroMemory(_implicitIv);
        _aead.Dispose();
    }

    private void Prepare(ulong sequence, ContentType type, int plaintextLength, ReadOnlySpan<byte> explicitNonce, Span<byte> nonce, Span<byte> additionalData)
    {
        _implicitIv.CopyTo(nonce);
        explicitNonce.CopyTo(nonce[_implicitIv.Length..]);
        AuthenticatedHeader.Write(additionalData, sequence, type, plaintextLength);
        if (PrefixSize > 0) return;
        Span<byte> masked = nonce[^AuthenticatedHeader.SequenceSize..];
        for (int i = 0; i < masked.Length; i++) masked[i] ^= additionalData[i];     // RFC 7905 2
    }
}
