using UserTcp.PacketdrillShim.Linux;
using UserTcp.PacketdrillShim.Sockets;

namespace UserTcp.PacketdrillShim.Descriptors;

/// <summary>Flags of splice.</summary>
[Flags]
internal enum SpliceFlags : uint
{
    None = 0,
    NonBlocking = 2,
    More = 4,
}

/// <summary>splice: bytes from a socket into a pipe, or out of a pipe into a socket.</summary>
internal static class Splicing
{
    /// <summary>Moves bytes.</summary>
    internal static unsafe long Move(Descriptor source, Descriptor target, int length, SpliceFlags flags)
    {
        if (source is TcpSocket from && target is PipeEnd { IsWriter: true } pipe)
        {
            byte[] bytes = new byte[Math.Min(length, pipe.Contents.Room)];
            if (bytes.Length == 0) return -Errno.TryAgain;
            fixed (byte* memory = bytes)
            {
                long taken = from.Receive(new(memory, (nuint)bytes.Length), (flags & SpliceFlags.NonBlocking) != 0 ? MessageFlags.DontWait : MessageFlags.None);
                return taken > 0 ? pipe.Contents.Put(bytes.AsSpan(0, (int)taken)) : taken;
            }
        }
        if (source is PipeEnd { IsWriter: false } reader && target is TcpSocket to)
        {
            byte[] bytes = [.. reader.Contents.Bytes.Take(length)];
            if (bytes.Length == 0) return reader.Contents.WriterGone ? 0 : -Errno.TryAgain;
            fixed (byte* memory = bytes)
            {
                long sent = to.Send(new(memory, (nuint)bytes.Length), (flags & SpliceFlags.More) != 0 ? MessageFlags.More : MessageFlags.None);
                if (sent > 0) reader.Contents.Take((int)sent);
                return sent;
            }
        }
        return -Errno.InvalidArgument;
    }
}
