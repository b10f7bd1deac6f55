using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Records;

/// <summary>Protection of one direction (RFC 5246 6.2.3): what travels in front of the plaintext, what behind it, and the sequence number.</summary>
internal abstract class RecordProtection : IDisposable
{
    private ulong _sequence;

    /// <summary>Bytes in front of each ciphertext: an explicit nonce or IV.</summary>
    internal abstract int PrefixSize { get; }

    /// <summary>The most that protection adds to a record, in bytes.</summary>
    internal abstract int MaxOverhead { get; }

    /// <summary>Length of a protected record's content, in bytes.</summary>
    internal abstract int ProtectedLength(int plaintextLength);

    /// <summary>Protects a record in place.</summary>
    /// <param name="type">What it carries.</param>
    /// <param name="payload">Room for the prefix, the plaintext, room for the rest: <see cref="ProtectedLength"/> bytes.</param>
    /// <param name="plaintextLength">Bytes of plaintext.</param>
    internal abstract void Seal(ContentType type, Span<byte> payload, int plaintextLength);

    /// <summary>Takes protection off in place.</summary>
    /// <param name="type">What the record says it carries; authenticated.</param>
    /// <param name="payload">The record's content.</param>
    /// <param name="plaintext">The part of <paramref name="payload"/> that is plaintext now.</param>
    /// <returns>False when the record was changed, replayed or made with another key.</returns>
    internal abstract bool TryOpen(ContentType type, Span<byte> payload, out Range plaintext);

    public abstract void Dispose();

    /// <summary>The number of the next record, counted from 0.</summary>
    protected ulong NextSequence()
    {
        // RFC 5246 6.1: sequence numbers do not wrap; the last value is kept back so that the increment below cannot.
        if (_sequence == ulong.MaxValue)
            throw new TlsException(TlsError.SequenceNumberExhausted, "2^64 - 1 records were protected with one key; a number that was not used before was wanted");
        return _sequence++;
    }
}
