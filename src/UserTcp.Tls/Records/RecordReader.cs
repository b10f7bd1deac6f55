using System.Security.Cryptography;
using UserTcp.Tls.Diagnosis;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Records;

/// <summary>The receiving half of the record layer: finds records in the bytes that arrive, checks their framing and takes protection off, in place.</summary>
internal sealed class RecordReader(ITlsEventSink? events) : IDisposable
{
    /// <summary>Room for one largest record and the beginning of the next.</summary>
    private const int BufferSize = 32 * 1024;

    /// <summary>Room at first: what servers say in a handshake, and short answers. Real chains have 2 to 8 KB.</summary>
    private const int FirstSize = 8 * 1024;

    // Not from a pool: who disposes may not know whether a read into it is still under way.
    private byte[] _buffer = new byte[FirstSize];
    private bool _wasFull;
    private int _start;                 // of the first record not yet read
    private int _end;
    private long _streamOffset;         // of _start
    private int _emptyRecords;
    private RecordProtection? _protection;
    private bool _versionKnown;
    private int _limit = RecordLimits.Plaintext;

    /// <summary>Whether what is read from now on must be protected.</summary>
    internal bool IsEncrypted => _protection is not null;

    /// <summary>Bytes that are here but are no complete record.</summary>
    internal int Pending => _end - _start;

    /// <summary>Where the next bytes from the server go. Moves what is left to the front: not while a record's plaintext is in use.</summary>
    internal Memory<byte> FreeSpace()
    {
        byte[] old = _buffer;
        if (_wasFull && _buffer.Length < BufferSize) _buffer = new byte[BufferSize];    // more came than was thought: a long record, or many
        if (_start > 0 || _buffer != old)
        {
            old.AsSpan(_start, Pending).CopyTo(_buffer);
            (_start, _end) = (0, Pending);
            if (_buffer != old) CryptographicOperations.ZeroMemory(old);
        }
        return _buffer.AsMemory(_end);
    }

    /// <summary>That many bytes were put into <see cref="FreeSpace"/>.</summary>
    internal void Received(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_buffer.Length - _end));
        _end += count;
        _wasFull = _end == _buffer.Length;
    }

    /// <summary>Nothing more will come. What is here and can never become a record tells who is at the other end.</summary>
    /// <exception cref="TlsException">It is no TLS.</exception>
    internal void CheckRemainder()
    {
        if (_streamOffset == 0 && Pending > 0 && (ContentType)_buffer[_start] is not (>= ContentType.ChangeCipherSpec and <= ContentType.ApplicationData))
            throw ForeignProtocol.Explain(_buffer.AsSpan(_start, Pending));
    }

    /// <summary>Changes to new keys: every record after this must be protected with them.</summary>
    internal void Protect(RecordProtection protection) => _protection = protection;

    /// <summary>The server was told to put no more than that much content into a protected record.</summary>
    internal void Limit(int plaintext) => _limit = plaintext;

    /// <summary>From now on records must have TLS 1.2's version.</summary>
    internal void VersionNegotiated() => _versionKnown = true;

    /// <summary>Reads the next complete record; false when there is none yet.</summary>
    /// <exception cref="TlsException">It is no TLS, too long, or its tag is wrong.</exception>
    internal bool TryRead(out Record record)
    {
        record = default;
        if (!RecordHeader.TryParse(_buffer.AsSpan(_start, Pending), out RecordHeader header)) return false;
        CheckHeader(header);
        if (Pending < RecordHeader.Size + header.Length) return false;

        int payloadStart = _start + RecordHeader.Size;
        Memory<byte> plaintext = _buffer.AsMemory(payloadStart, header.Length);
        if (_protection is not null)
        {
            if (!_protection.TryOpen(header.Type, plaintext.Span, out Range range))
            {
                throw new TlsException(TlsError.BadRecordMac, $"a record of {header.Length} bytes ({header.Type}) at offset {_streamOffset} does not authenticate; "
                    + "a tag made with the same key over the same bytes was wanted");
            }
            plaintext = plaintext[range];
        }
        if (plaintext.Length > (IsEncrypted ? _limit : RecordLimits.Plaintext))
            throw new TlsException(TlsError.RecordTooLong, $"a record ({header.Type}) has {plaintext.Length} bytes of content; {_limit} are allowed");
        CountEmptyRecords(plaintext.Length);

        int length = RecordHeader.Size + header.Length;
        record = new Record(header.Type, plaintext, new TlsStreamRange(_streamOffset, _streamOffset + length - 1));
        events?.Raise(new RecordPassed(TlsDirection.Received, header.Type, record.Range, plaintext.Length, IsEncrypted));
        _start += length;
        _streamOffset += length;
        return true;
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_buffer);    // records are opened in place: what the server said is in here
        (_start, _end) = (0, 0);
    }

    private void CheckHeader(RecordHeader header)
    {
        bool knownType = header.Type is >= ContentType.ChangeCipherSpec and <= ContentType.ApplicationData;
        // RFC 5246 E.1: before the version is agreed, a record may have any 3.x.
        bool knownVersion = _versionKnown ? header.Version == TlsVersion.Tls12 : (ushort)header.Version >> 8 == 3;
        if (_streamOffset == 0 && (!knownType || !knownVersion)) throw ForeignProtocol.Explain(_buffer.AsSpan(_start, Pending));
        if (!knownType)
            throw new TlsException(TlsError.RecordContentType, $"a record of type {(byte)header.Type} at offset {_streamOffset}; 20 to 23 are known");
        if (!knownVersion)
            throw new TlsException(TlsError.RecordVersion, $"a record with version {header.Version.Name()} at offset {_streamOffset}; TLS 1.2 was wanted");
        int limit = IsEncrypted ? RecordLimits.Ciphertext : RecordLimits.Plaintext;
        if (header.Length > limit)
            throw new TlsException(IsEncrypted ? TlsError.CiphertextTooLong : TlsError.RecordTooLong, $"a record of {header.Length} bytes ({header.Type}) at offset {_streamOffset}; {limit} are allowed");
    }

    private void CountEmptyRecords(int length)
    {
        _emptyRecords = length == 0 ? _emptyRecords + 1 : 0;
        if (_emptyRecords > TlsBudgets.EmptyRecords)
            throw new TlsException(TlsError.TooManyEmptyRecords, $"more than {TlsBudgets.EmptyRecords} records without content in a row; that many are allowed");
    }
}
