using UserTcp.PacketdrillShim.Linux;

namespace UserTcp.PacketdrillShim.Descriptors;

/// <summary>The bytes inside a pipe.</summary>
internal sealed class PipeContents
{
    /// <summary>What a pipe holds: 16 pages, as in Linux.</summary>
    internal const int Capacity = 65_536;

    internal Queue<byte> Bytes { get; } = new();

    internal int Room => Capacity - Bytes.Count;

    internal bool WriterGone { get; set; }

    internal bool ReaderGone { get; set; }

    /// <summary>Takes bytes out.</summary>
    internal byte[] Take(int most)
    {
        byte[] taken = new byte[Math.Min(most, Bytes.Count)];
        for (int i = 0; i < taken.Length; i++) taken[i] = Bytes.Dequeue();
        return taken;
    }

    /// <summary>Puts bytes in, as many as there is room for.</summary>
    internal int Put(ReadOnlySpan<byte> bytes)
    {
        int length = Math.Min(bytes.Length, Room);
        foreach (byte value in bytes[..length]) Bytes.Enqueue(value);
        return length;
    }
}

/// <summary>One end of a pipe, for splice. Its calls never wait: scripts splice what is there.</summary>
internal sealed class PipeEnd(PipeContents contents, bool isWriter) : Descriptor
{
    internal PipeContents Contents { get; } = contents;

    internal bool IsWriter { get; } = isWriter;

    /// <inheritdoc/>
    internal override Readiness Readiness
        => IsWriter
            ? (Contents.Room > 0 ? Readiness.Output | Readiness.NormalOutput : Readiness.None) | (Contents.ReaderGone ? Readiness.Error : Readiness.None)
            : (Contents.Bytes.Count > 0 ? Readiness.Input | Readiness.NormalInput : Readiness.None) | (Contents.WriterGone ? Readiness.HangUp : Readiness.None);

    /// <inheritdoc/>
    internal override long Read(UserMemory memory)
    {
        if (IsWriter) return -Errno.BadDescriptor;
        if (memory.IsBad) return -Errno.BadAddress;
        if (Contents.Bytes.Count == 0 && !Contents.WriterGone) return -Errno.TryAgain;
        return memory.Scatter(Contents.Take(memory.Length));
    }

    /// <inheritdoc/>
    internal override long Write(UserMemory memory)
    {
        if (!IsWriter) return -Errno.BadDescriptor;
        if (memory.IsBad) return -Errno.BadAddress;
        if (Contents.ReaderGone) return -Errno.BrokenPipe;
        int length = Contents.Put(memory.Gather());
        return length == 0 && memory.Length > 0 ? -Errno.TryAgain : length;
    }

    /// <inheritdoc/>
    internal override long Close()
    {
        if (IsWriter) Contents.WriterGone = true;
        else Contents.ReaderGone = true;
        return 0;
    }
}
