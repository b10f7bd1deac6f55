namespace UserTcp.Link;

/// <summary>The frames of one wake-up, in the order of arrival. Lives on the stack of the link that delivers it.</summary>
public readonly ref struct FrameBatch
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly ReadOnlySpan<FrameSlot> _slots;

    /// <summary>Makes a batch over the bytes of all its frames.</summary>
    public FrameBatch(ReadOnlySpan<byte> bytes, ReadOnlySpan<FrameSlot> slots)
    {
        _bytes = bytes;
        _slots = slots;
    }

    /// <summary>The number of frames.</summary>
    public int Count => _slots.Length;

    /// <summary>The bytes of one frame, from the Ethernet header on.</summary>
    public ReadOnlySpan<byte> Frame(int index) => _bytes.Slice(_slots[index].Offset, _slots[index].Length);

    /// <summary>What the sender of that frame left to offload.</summary>
    public FrameOffload Offload(int index) => _slots[index].Offload;
}

/// <summary>Where a frame lies in the bytes of its batch.</summary>
public readonly record struct FrameSlot(int Offset, int Length, FrameOffload Offload);
