namespace UserTcp.Link;

/// <summary>Frames one behind the other in one array that grows on demand up to a bound, so that a steady flow allocates nothing. Not thread-safe.</summary>
/// <param name="capacity">The bound in bytes of all frames together.</param>
internal sealed class FrameBuffer(int capacity)
{
    private byte[] _bytes = [];
    private FrameSlot[] _slots = new FrameSlot[16];
    private int _used;

    /// <summary>The number of frames.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes of all frames.</summary>
    public long Bytes { get; private set; }

    /// <summary>The bytes still free under the bound.</summary>
    public int Room => capacity - _used;

    /// <summary>The frames; valid until the next <see cref="Clear"/>.</summary>
    public FrameBatch Batch => new(_bytes, _slots.AsSpan(0, Count));

    /// <summary>The bytes of one frame, to be changed in place.</summary>
    public Span<byte> Frame(int index) => _bytes.AsSpan(_slots[index].Offset, _slots[index].Length);

    /// <summary>Copies a frame in.</summary>
    /// <returns>False when it does not fit under the bound.</returns>
    public bool TryAdd(in OutgoingFrame frame, FrameOffload offload)
    {
        int length = frame.Length;
        if (length > Room)
            return false;
        frame.CopyTo(Reserve(length));
        Commit(0, length, offload);
        return true;
    }

    /// <summary>Gives room for a frame of up to <paramref name="length"/> bytes that the caller fills and then commits.</summary>
    public Span<byte> Reserve(int length)
    {
        if (_bytes.Length - _used < length)
            Array.Resize(ref _bytes, Math.Max(_used + length, Math.Min(capacity, Math.Max(2 * _bytes.Length, 16 * 1024))));
        return _bytes.AsSpan(_used, length);
    }

    /// <summary>Appends what was written into the reserved room.</summary>
    /// <param name="skip">Bytes in front of the frame that do not belong to it.</param>
    /// <param name="length">The bytes of the frame itself.</param>
    /// <param name="offload">What its sender left to offload.</param>
    public void Commit(int skip, int length, FrameOffload offload)
    {
        if (Count == _slots.Length)
            Array.Resize(ref _slots, 2 * _slots.Length);
        _slots[Count++] = new FrameSlot(_used + skip, length, offload);
        _used += skip + length;
        Bytes += length;
    }

    /// <summary>Forgets all frames and keeps the memory.</summary>
    public void Clear()
    {
        _used = 0;
        Count = 0;
        Bytes = 0;
    }
}
