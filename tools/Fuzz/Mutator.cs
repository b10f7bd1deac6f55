using System.Buffers.Binary;

namespace UserTcp.Fuzz;

/// <summary>Changes inputs at random, the same for the same seed: for runs without coverage guidance.</summary>
internal sealed class Mutator(int seed)
{
    private static readonly byte[] EdgeBytes = [0, 1, 2, 0x7f, 0x80, 0xc0, 0xfe, 0xff];
    private static readonly ushort[] EdgeNumbers = [0, 1, 0xff, 0x100, 0x3fff, 0x4000, 0x4001, 0x7fff, 0x8000, 0xffff];

    private readonly Random _random = new(seed);

    /// <summary>A changed copy of one of the inputs, perhaps with a piece of another.</summary>
    internal byte[] Mutate(IReadOnlyList<byte[]> inputs)
    {
        List<byte> bytes = [.. inputs[_random.Next(inputs.Count)]];
        for (int changes = _random.Next(1, 5); changes > 0 && bytes.Count > 1; changes--) Change(bytes, inputs[_random.Next(inputs.Count)]);
        return [.. bytes];
    }

    private void Change(List<byte> bytes, byte[] other)
    {
        int at = _random.Next(bytes.Count);
        int length = Math.Min(_random.Next(1, 20), bytes.Count - at);
        switch (_random.Next(9))
        {
            case 0: bytes[at] ^= (byte)(1 << _random.Next(8)); break;
            case 1: bytes[at] = (byte)_random.Next(256); break;
            case 2: bytes[at] = EdgeBytes[_random.Next(EdgeBytes.Length)]; break;
            case 3: bytes[at] += (byte)_random.Next(-2, 3); break;
            case 4 when at + 1 < bytes.Count:
                Span<byte> number = stackalloc byte[2];
                BinaryPrimitives.WriteUInt16BigEndian(number, EdgeNumbers[_random.Next(EdgeNumbers.Length)]);
                (bytes[at], bytes[at + 1]) = (number[0], number[1]);
                break;
            case 5: bytes.RemoveRange(at, length); break;
            case 6: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
            case 7 when other.Length > 0:
                int from = _random.Next(other.Length);
                bytes.InsertRange(at, other.AsSpan(from, Math.Min(length, other.Length - from)));
                break;
            case 8 when _random.Next(4) == 0: bytes.RemoveRange(at, bytes.Count - at); break;
            default: break;
        }
    }
}
