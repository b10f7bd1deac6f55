using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Records;

/// <summary>The sending half of the record layer: frames and protects what is to be sent, and keeps it until it is.</summary>
internal sealed class RecordWriter(ITlsEventSink? events)
{
    /// <summary>Room for one full record and small ones around it.</summary>
    private const int BufferSize = 32 * 1024;

    private const int HandshakeSize = 1024;

    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private long _streamOffset;         // of the next record
    private RecordProtection? _protection;
    private int _limit = RecordLimits.Plaintext;
    private int _rampBytes;             // application data sent while records grow
    private int _rampRecords;
    private TlsVersion _version = TlsVersion.Tls10;      // RFC 5246 E.1: old servers choke on a ClientHello in a record that says more

    /// <summary>Records that wait to be sent.</summary>
    internal ReadOnlyMemory<byte> Output => _buffer.AsMemory(_start, _end - _start);

    internal bool HasOutput => _end > _start;

    /// <summary>Whether what is written from now on is protected.</summary>
    internal bool IsEncrypted => _protection is not null;

    /// <summary>Changes to new keys: what is written after this is protected with them.</summary>
    internal void Protect(RecordProtection protection) => _protection = protection;

    /// <summary>From now on records have TLS 1.2's version.</summary>
    internal void VersionNegotiated() => _version = TlsVersion.Tls12;

    /// <summary>The server takes no more than that much content in a record.</summary>
    internal void Limit(int plaintext) => _limit = plaintext;

    /// <summary>Takes back what was sent.</summary>
    internal void Sent(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_end - _start));
        _start += count;
        if (_start == _end) _start = _end = 0;
    }

    /// <summary>Writes a message, in several records when it is long, and says where they lie in the stream. The buffer grows: for handshake and alerts.</summary>
    internal TlsStreamRange WriteMessage(ContentType type, ReadOnlySpan<byte> message)
    {
        long first = _streamOffset;
        do
        {
            ReadOnlySpan<byte> fragment = message[..Math.Min(message.Length, _limit)];
            message = message[fragment.Length..];
            Reserve(RecordHeader.Size + ProtectedLength(fragment.Length));
            WriteRecord(type, fragment);
        }
        while (!message.IsEmpty);
        return new TlsStreamRange(first, _streamOffset - 1);
    }

    /// <summary>Writes at most one record of application data; as much of it as there is room for. Returns how many bytes were taken: 0 until output is sent.</summary>
    internal int WriteApplicationData(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return 0;
        if (_buffer.Length < BufferSize) Reserve(BufferSize);
        int room = _buffer.Length - _end - RecordHeader.Size - (_protection?.MaxOverhead ?? 0);
        int count = Math.Min(Math.Min(room, data.Length), GrowingLimit());
        if (count <= 0) return 0;
        WriteRecord(ContentType.ApplicationData, data[..count]);
        if (_rampBytes < RecordLimits.RampUp) (_rampBytes, _rampRecords) = (_rampBytes + count, _rampRecords + 1);
        return count;
    }

    /// <summary>Most content of the next record. A record can be opened only when all of it is there: while the congestion window is small, small ones arrive sooner.</summary>
    private int GrowingLimit()
        => _rampBytes < RecordLimits.RampUp
            ? Math.Min(_limit, (RecordLimits.FirstRecord - RecordHeader.Size - (_protection?.MaxOverhead ?? 0)) * (_rampRecords + 1))
            : _limit;

    private void WriteRecord(ContentType type, ReadOnlySpan<byte> fragment)
    {
        int payload = ProtectedLength(fragment.Length);
        int length = RecordHeader.Size + payload;
        Span<byte> record = _buffer.AsSpan(_end, length);
        new RecordHeader(type, _version, (ushort)payload).Write(record);
        fragment.CopyTo(record[(RecordHeader.Size + (_protection?.PrefixSize ?? 0))..]);
        _protection?.Seal(type, record[RecordHeader.Size..], fragment.Length);
        events?.Raise(new RecordPassed(TlsDirection.Sent, type, new TlsStreamRange(_streamOffset, _streamOffset + length - 1), fragment.Length, IsEncrypted));
        _end += length;
        _streamOffset += length;
    }

    private int ProtectedLength(int plaintextLength) => _protection?.ProtectedLength(plaintextLength) ?? plaintextLength;

    private void Reserve(int count)
    {
        if (_buffer.Length - _end >= count) return;
        // The handshake needs 600 bytes, an idle connection none: the full size comes with the first data.
        byte[] larger = new byte[Math.Max(_buffer.Length == 0 ? HandshakeSize : BufferSize, _end - _start + count)];
        Output.Span.CopyTo(larger);
        (_start, _end) = (0, _end - _start);
        _buffer = larger;
    }
}
