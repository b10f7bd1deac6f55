using System.Buffers.Binary;

namespace UserTcp.Fuzz.Stack;

/// <summary>Reads an input that may end anywhere: what is not there is zero, or shorter.</summary>
internal ref struct StoryReader(ReadOnlySpan<byte> input)
{
    private ReadOnlySpan<byte> _rest = input;

    internal readonly bool AtEnd => _rest.IsEmpty;

    internal byte Byte() => Bytes(1) is [byte value] ? value : (byte)0;

    internal ushort Number() => Bytes(2) is { Length: 2 } bytes ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : (ushort)0;

    internal ReadOnlySpan<byte> Bytes(int count)
    {
        ReadOnlySpan<byte> bytes = _rest[..Math.Min(count, _rest.Length)];
        _rest = _rest[bytes.Length..];
        return bytes;
    }
}
