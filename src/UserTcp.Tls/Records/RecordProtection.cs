using System.Buffers.Binary;
using System.Security.Cryptography;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Records;

/// <summary>AEAD protection of one direction (RFC 5246 6.2.3.3): nonces, additional data and the sequence number.</summary>
internal sealed class RecordProtection : IDisposable
{
    private const int AdditionalDataSize = 13;
    private const int SequenceSize = 8;

    private readonly IAead _aead;
    private readonly byte[] _implicitIv;
    private ulong _sequence;

    /// <summary>Protection that starts at sequence number 0. RFC 5246 6.1</summary>
    /// <param name="aead">Keyed for this direction.</param>
    /// <param name="implicitIv">4 bytes: the salt of AES-GCM (RFC 5288 3), whose other 8 travel with each record. 12 bytes: RFC 7905 2, nothing travels.</param>
    internal RecordProtection(IAead aead, ReadOnlySpan<byte> implicitIv)
    {
        _aead = aead;
        _implicitIv = implicitIv.ToArray();
        ExplicitNonceSize = IAead.NonceSize - implicitIv.Length;
    }

    /// <summary>Bytes of nonce in front of each ciphertext: 8 or 0.</summary>
    internal int ExplicitNonceSize { get; }

    /// <summary>Bytes that protection adds to a record.</summary>
    internal int Overhead => ExplicitNonceSize + IAead.TagSize;

    /// <summary>Protects a record in place.</summary>
    /// <param name="type">What it carries.</param>
    /// <param name="payload">Room for the explicit nonce, the plaintext, room for the tag.</param>
    internal void Seal(ContentType type, Span<byte> payload)
    {
        Span<byte> nonce = stackalloc byte[IAead.NonceSize];
        Span<byte> additionalData = stackalloc byte[AdditionalDataSize];
        if (ExplicitNonceSize > 0) BinaryPrimitives.WriteUInt64BigEndian(payload, _sequence);   // RFC 5288 3: unique per key; the sequence number is
        Prepare(type, payload.Length - Overhead, payload[..ExplicitNonceSize], nonce, additionalData);
        _aead.Seal(nonce, additionalData, payload[ExplicitNonceSize..]);
    }

    /// <summary>Takes protection off in place.</summary>
    /// <param name="type">What the record says it carries; authenticated.</param>
    /// <param name="payload">Explicit nonce, ciphertext, tag.</param>
    /// <param name="plaintext">The part of <paramref name="payload"/> that is plaintext now.</param>
    /// <returns>False when the record was changed, replayed or made with another key.</returns>
    internal bool TryOpen(ContentType type, Span<byte> payload, out Range plaintext)
    {
        plaintext = default;
        if (payload.Length < Overhead) return false;
        Span<byte> nonce = stackalloc byte[IAead.NonceSize];
        Span<byte> additionalData = stackalloc byte[AdditionalDataSize];
        Prepare(type, payload.Length - Overhead, payload[..ExplicitNonceSize], nonce, additionalData);
        if (!_aead.TryOpen(nonce, additionalData, payload[ExplicitNonceSize..])) return false;
        plaintext = ExplicitNonceSize..(payload.Length - IAead.TagSize);
        return true;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_implicitIv);

    private void Prepare(ContentType type, int plaintextLength, ReadOnlySpan<byte> explicitNonce, Span<byte> nonce, Span<byte> additionalData)
    {
        // RFC 5246 6.1: sequence numbers do not wrap; the last value is kept back so that the increment below cannot.
        if (_sequence == ulong.MaxValue)
            throw new TlsException(TlsError.SequenceNumberExhausted, "2^64 - 1 records were protected with one key; make a new connection");

        _implicitIv.CopyTo(nonce);
        explicitNonce.CopyTo(nonce[_implicitIv.Length..]);
        BinaryPrimitives.WriteUInt64BigEndian(additionalData, _sequence);       // RFC 5246 6.2.3.3: seq_num + type + version + length
        if (ExplicitNonceSize == 0)
        {
            for (int i = 0; i < SequenceSize; i++) nonce[IAead.NonceSize - SequenceSize + i] ^= additionalData[i];  // RFC 7905 2
        }
        new RecordHeader(type, TlsVersion.Tls12, (ushort)plaintextLength).Write(additionalData[SequenceSize..]);
        _sequence++;
    }
}
