using System.Buffers.Binary;

namespace UserTcp.Tls.Wire;

/// <summary>Writes the presentation language of RFC 5246 4 into a buffer that grows. For handshake messages; records do not pass here.</summary>
internal ref struct TlsWriter(int capacity)
{
    private byte[] _buffer = new byte[capacity];
    private int _length;

    public readonly byte[] ToArray() => _buffer.AsSpan(0, _length).ToArray();

    public void WriteByte(byte value) => Grow(1)[0] = value;

    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Grow(2), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Grow(4), value);

    public void WriteBytes(scoped ReadOnlySpan<byte> bytes) => bytes.CopyTo(Grow(bytes.Length));

    public void WriteVector8(scoped ReadOnlySpan<byte> bytes)
    {
        int mark = OpenVector(1);
        WriteBytes(bytes);
        CloseVector(mark, 1);
    }

    public void WriteVector16(scoped ReadOnlySpan<byte> bytes)
    {
        int mark = OpenVector(2);
        WriteBytes(bytes);
        CloseVector(mark, 2);
    }

    /// <summary>Leaves room for a length of 1, 2 or 3 bytes and returns where it is, for <see cref="CloseVector"/>.</summary>
    public int OpenVector(int lengthBytes)
    {
        int mark = _length;
        Grow(lengthBytes);
        return mark;
    }

    /// <summary>Fills in the length of what was written since <see cref="OpenVector"/>.</summary>
    /// <exception cref="InvalidOperationException">More was written than the length can say: the caller's value cannot be encoded.</exception>
    public readonly void CloseVector(int mark, int lengthBytes)
    {
        int length = _length - mark - lengthBytes;
        if (length >> (8 * lengthBytes) != 0)
            throw new InvalidOperationException($"a vector of {length} bytes does not fit a length of {lengthBytes} bytes");
        for (int i = lengthBytes - 1; i >= 0; i--, length >>= 8) _buffer[mark + i] = (byte)length;
    }

    private Span<byte> Grow(int count)
    {
        if (_length + count > _buffer.Length) Array.Resize(ref _buffer, Math.Max(2 * _buffer.Length, _length + count));
        Span<byte> room = _buffer.AsSpan(_length, count);
        _length += count;
        return room;
    }
}
