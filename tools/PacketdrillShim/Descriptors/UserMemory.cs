using UserTcp.PacketdrillShim.Interface;

namespace UserTcp.PacketdrillShim.Descriptors;

/// <summary>The memory that a call was given to read from or write to, in one or more pieces.</summary>
/// <remarks>It belongs to the caller and is valid until the call returns, also when the call sleeps meanwhile.</remarks>
internal readonly unsafe struct UserMemory
{
    // Nothing is ever mapped there: a null pointer with a small offset (vm.mmap_min_addr is 4096 or more).
    private const nuint LowestAddress = 4096;

    private readonly (nint Base, int Length)[] _pieces;

    /// <summary>One piece.</summary>
    internal UserMemory(void* address, nuint length) => _pieces = [((nint)address, checked((int)length))];

    /// <summary>Several pieces.</summary>
    internal UserMemory(IoVector* vectors, int count)
    {
        _pieces = new (nint, int)[count];
        for (int i = 0; i < count; i++) _pieces[i] = ((nint)vectors[i].Base, checked((int)vectors[i].Length));
    }

    /// <summary>Bytes of all pieces.</summary>
    internal int Length => _pieces.Sum(piece => piece.Length);

    /// <summary>Whether a piece that is not empty lies where no memory is: EFAULT.</summary>
    internal bool IsBad => _pieces.Any(piece => piece.Length > 0 && (nuint)piece.Base < LowestAddress);

    /// <summary>Copies everything out of the pieces.</summary>
    internal byte[] Gather()
    {
        byte[] all = new byte[Length];
        int at = 0;
        foreach ((nint address, int length) in _pieces)
        {
            new ReadOnlySpan<byte>((void*)address, length).CopyTo(all.AsSpan(at));
            at += length;
        }
        return all;
    }

    /// <summary>Copies bytes into the pieces, as many as fit.</summary>
    /// <returns>How many that were.</returns>
    internal int Scatter(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        foreach ((nint address, int length) in _pieces)
        {
            int part = Math.Min(length, bytes.Length - at);
            bytes.Slice(at, part).CopyTo(new Span<byte>((void*)address, part));
            at += part;
        }
        return at;
    }
}
