using UserTcp.Tls.Records;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Handshake;

/// <summary>Puts handshake messages together: several may share a record, one may span many, and records may end at any byte (RFC 5246 6.2.1).</summary>
internal sealed class HandshakeAssembler
{
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private int _total;
    private long _first;                // stream offset of the record in which the message at _start begins
    private TlsStreamRange _newest;     // the newest record

    /// <summary>Whether the beginning of a message waits for its end.</summary>
    internal bool HasPartialMessage => _end > _start;

    /// <summary>Takes the content of a handshake record.</summary>
    internal void Append(in Record record)
    {
        _total += record.Plaintext.Length;
        if (_total > TlsBudgets.HandshakeTotal)
            throw new TlsException(TlsError.HandshakeMessageTooLong, $"more than {TlsBudgets.HandshakeTotal} bytes of handshake messages; that many are allowed");
        if (!HasPartialMessage)
        {
            (_start, _end) = (0, 0);
            _first = record.Range.First;
        }
        if (_buffer.Length - _end < record.Plaintext.Length) Array.Resize(ref _buffer, Math.Max(2 * _buffer.Length, _end + record.Plaintext.Length));
        record.Plaintext.Span.CopyTo(_buffer.AsSpan(_end));
        _end += record.Plaintext.Length;
        _newest = record.Range;
    }

    /// <summary>Takes the next complete message out; false when there is none.</summary>
    /// <exception cref="TlsException">It is too long, of an unknown type, or malformed.</exception>
    internal bool TryTake(out HandshakeMessage message)
    {
        message = default;
        ReadOnlySpan<byte> waiting = _buffer.AsSpan(_start, _end - _start);
        var reader = new TlsReader(waiting);
        if (!reader.TryReadByte(out byte code) || !reader.TryReadUInt24(out int length)) return false;
        var type = (HandshakeType)code;
        int limit = type == HandshakeType.Certificate ? TlsBudgets.CertificateMessage : TlsBudgets.HandshakeMessage;
        if (length > limit)    // said before it is collected
            throw new TlsException(TlsError.HandshakeMessageTooLong, $"the server announced a {type} message of {length} bytes; {limit} are allowed");
        if (!reader.TryReadBytes(length, out ReadOnlySpan<byte> body)) return false;

        if (!HandshakeBody.TryParse(type, body, out HandshakeBody? parsed, out TlsError error))
            throw new TlsException(error, Malformed(type, length, error));
        int size = HandshakeBody.HeaderSize + length;
        message = new HandshakeMessage(parsed, waiting[..size], new TlsStreamRange(_first, _newest.Last));
        _start += size;
        _first = _newest.First;     // what follows begins in this record: whole messages are taken as soon as they are there
        return true;
    }

    private static string Malformed(HandshakeType type, int length, TlsError error) => error switch
    {
        TlsError.UnexpectedMessage => $"the server sent a handshake message of type {type}, which was not asked for; one of RFC 5246 7.4 was wanted",
        TlsError.TrailingData => $"the server's {type} of {length} bytes has bytes behind its end; none were wanted",
        TlsError.DuplicateExtension => $"the server's {type} holds an extension twice; one of each type was wanted",
        TlsError.CurveType => $"the server's {type} does not name its curve; only named curves are allowed",
        _ => $"the server's {type} of {length} bytes is malformed: a length in it does not fit; vectors that end with the message were wanted",
    };
}
