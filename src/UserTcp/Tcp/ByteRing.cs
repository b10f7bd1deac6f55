using System.Buffers;
using System.Numerics;

namespace UserTcp.Tcp;

/// <summary>A queue of bytes in a ring that grows when it is used and goes back to the pool when it is not.</summary>
/// <remarks>
/// <para>Bytes can be placed behind the end of the queue, ahead of a gap, and join it later: so a receive buffer keeps what comes out of order.
/// How much may be put in is the owner's business (the window, the room to send).</para>
/// <para>An empty ring keeps its memory for the next burst until <see cref="ReleaseSpare"/>: giving it back after each would make the pool, which is
/// shared by threads, allocate.</para>
/// </remarks>
internal struct ByteRing()
{
    private const int LeastCapacity = 2048; // one full segment on Ethernet

    private byte[]? _bytes;
    private int _mask = -1; // capacity - 1, the capacity being a power of two
    private int _head;
    private int _extent; // bytes from the head to the last one written, ahead of gaps too

    /// <summary>Bytes in the queue.</summary>
    internal int Count { get; private set; }

    /// <summary>Bytes of memory held.</summary>
    internal readonly int Capacity => _mask + 1;

    /// <summary>Puts bytes at a distance from the head; what lies between the queue's end and them is undefined until it is written.</summary>
    internal void WriteAt(int offset, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return;
        _extent = Math.Max(_extent, offset + data.Length);
        if (_extent > Capacity) Grow(_extent);
        int at = (_head + offset) & _mask;
        int first = Math.Min(data.Length, _mask + 1 - at);
        data[..first].CopyTo(_bytes.AsSpan(at));
        data[first..].CopyTo(_bytes);
    }

    /// <summary>Takes bytes that are already written into the queue.</summary>
    internal void Extend(int count) => Count += count;

    /// <summary>Puts bytes at the queue's end.</summary>
    internal void Append(ReadOnlySpan<byte> data)
    {
        WriteAt(Count, data);
        Extend(data.Length);
    }

    /// <summary>Shows a part of the queue, in two pieces when it wraps.</summary>
    internal readonly void Slice(int offset, int length, out ReadOnlySpan<byte> first, out ReadOnlySpan<byte> rest)
    {
        int at = (_head + offset) & _mask;
        int firstLength = Math.Min(length, _mask + 1 - at);
        first = _bytes.AsSpan(at, firstLength);
        rest = _bytes.AsSpan(0, length - firstLength);
    }

    /// <summary>Moves bytes from the head to a destination.</summary>
    /// <returns>How many.</returns>
    internal int Read(Span<byte> destination)
    {
        int length = Math.Min(destination.Length, Count);
        if (length == 0) return 0;
        Slice(0, length, out ReadOnlySpan<byte> first, out ReadOnlySpan<byte> rest);
        first.CopyTo(destination);
        rest.CopyTo(destination[first.Length..]);
        Skip(length);
        return length;
    }

    /// <summary>Forgets bytes at the head.</summary>
    internal void Skip(int count)
    {
        _extent -= count;
        Count -= count;
        _head = _extent == 0 ? 0 : (_head + count) & _mask; // an empty ring starts again where it was used last: there the processor's cache is warm
    }

    /// <summary>Forgets what was placed ahead of gaps, behind the queue's end.</summary>
    internal void Truncate() => _extent = Count;

    /// <summary>Gives the memory back if nothing is in it.</summary>
    internal void ReleaseSpare()
    {
        if (_extent == 0) Release();
    }

    /// <summary>Forgets everything and gives the memory back.</summary>
    internal void Release()
    {
        if (_bytes is not null) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = null;
        _mask = -1;
        _head = _extent = 0;
        Count = 0;
    }

    private void Grow(int needed)
    {
        int capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(needed, LeastCapacity));
        byte[] bytes = ArrayPool<byte>.Shared.Rent(capacity);
        if (_bytes is not null)
        {
            // All of the old ring, not only the queue: bytes ahead of a gap lie behind it.
            int old = _mask + 1;
            _bytes.AsSpan(_head, old - _head).CopyTo(bytes);
            _bytes.AsSpan(0, _head).CopyTo(bytes.AsSpan(old - _head));
            ArrayPool<byte>.Shared.Return(_bytes);
        }
        _bytes = bytes;
        _mask = capacity - 1;
        _head = 0;
    }
}
