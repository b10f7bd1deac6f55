using System.Buffers.Binary;

namespace UserTcp.Tls.Wire;

/// <summary>Reads the presentation language of RFC 5246 4 from a span: big-endian numbers and vectors with a length in front.
/// Total: each method says whether what it wants is there, and none throws.</summary>
internal ref struct TlsReader(ReadOnlySpan<byte> data)
{
    private ReadOnlySpan<byte> _rest = data;

    /// <summary>True when every byte has been read: the check against trailing data.</summary>
    public readonly bool AtEnd => _rest.IsEmpty;

    public readonly int Remaining => _rest.Length;

    public bool TryReadByte(out byte value)
    {
        value = 0;
        if (!TryReadBytes(1, out ReadOnlySpan<byte> bytes)) return false;
        value = bytes[0];
        return true;
    }

    public bool TryReadUInt16(out ushort value)
    {
        value = 0;
        if (!TryReadBytes(2, out ReadOnlySpan<byte> bytes)) return false;
        value = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        return true;
    }

    public bool TryReadUInt24(out int value)
    {
        value = 0;
        if (!TryReadBytes(3, out ReadOnlySpan<byte> bytes)) return false;
        value = bytes[0] << 16 | bytes[1] << 8 | bytes[2];
        return true;
    }

    public bool TryReadUInt32(out uint value)
    {
        value = 0;
        if (!TryReadBytes(4, out ReadOnlySpan<byte> bytes)) return false;
        value = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        return true;
    }

    public bool TryReadBytes(int count, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (count > _rest.Length) return false;
        bytes = _rest[..count];
        _rest = _rest[count..];
        return true;
    }

    /// <summary>A vector with a length of one byte in front.</summary>
    public bool TryReadVector8(out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        return TryReadByte(out byte length) && TryReadBytes(length, out bytes);
    }

    /// <summary>A vector with a length of two bytes in front.</summary>
    public bool TryReadVector16(out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        return TryReadUInt16(out ushort length) && TryReadBytes(length, out bytes);
    }

    /// <summary>A vector with a length of three bytes in front.</summary>
    public bool TryReadVector24(out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        return TryReadUInt24(out int length) && TryReadBytes(length, out bytes);
    }

    /// <summary>A vector of 16-bit codes with a length of two bytes in front; an odd length or an empty vector is refused.</summary>
    public bool TryReadCodes(out ushort[] codes)
    {
        codes = [];
        if (!TryReadVector16(out ReadOnlySpan<byte> bytes) || bytes.IsEmpty || bytes.Length % 2 != 0) return false;
        codes = new ushort[bytes.Length / 2];
        for (int i = 0; i < codes.Length; i++) codes[i] = BinaryPrimitives.ReadUInt16BigEndian(bytes[(2 * i)..]);
        return true;
    }
}
