using UserTcp.Tcp;

namespace UserTcp.PacketdrillShim.Sockets;

/// <summary>How much Linux would take from a writer, and when it would say that there is room again.</summary>
/// <remarks>Linux fills socket buffers (skb) up to a size that depends on the peer's window, asks for room only when it needs another one, and counts
/// each with its overhead. Scripts tell the figures that follow from it. Our stack counts bytes; here they are turned into Linux's measure.</remarks>
internal static class SendQueueModel
{
    /// <summary>More than this model ever lets in.</summary>
    internal const int StackBuffer = 64 << 20;

    private const int LargestBuffer = 65_535 - 320; // GSO_MAX_SIZE without room for headers
    private const int Overhead = 1_792; // of one skb: structure, header room and shared info
    private const int DefaultMss = 536; // below it the window does not limit a buffer

    /// <summary>Bytes that may be put into the last buffer, or a new one; 0 when the writer has to wait.</summary>
    internal static int Room(in TcpInfo info, SocketOptions options)
    {
        int size = BufferSize(info);
        int inLast = info.BytesNotSent % size;
        if (info.BytesNotSent > 0 && inLast > 0) return size - inLast;
        return MayAllocate(info, options) ? size : 0;
    }

    /// <summary>Whether poll tells that there is room: a third of the buffer is free, and not too much waits to be sent (sk_stream_is_writeable).</summary>
    internal static bool IsWritable(in TcpInfo info, SocketOptions options)
    {
        long used = Used(info);
        return SendBuffer(info, options) - used >= used / 2 && info.BytesNotSent < options.EffectiveNotSentLowWater;
    }

    private static bool MayAllocate(in TcpInfo info, SocketOptions options)
        => Used(info) < SendBuffer(info, options) && info.BytesNotSent < options.EffectiveNotSentLowWater;

    private static long Used(in TcpInfo info)
    {
        long bytes = (long)info.BytesInFlight + info.BytesNotSent;
        int size = BufferSize(info);
        return bytes + (bytes + size - 1) / size * Overhead;
    }

    // Without SO_SNDBUF it grows with the congestion window to the largest value of the sysctl.
    private static long SendBuffer(in TcpInfo info, SocketOptions options)
    {
        const int BytesPerSegment = 2_304, Expansion = 2, LeastSegments = 10;
        if (options.SendBuffer is int own) return own;
        long segments = Math.Max(info.CongestionWindow / Math.Max(info.SendMss, 1), LeastSegments);
        long grown = Expansion * segments * BytesPerSegment * ((info.SendMss + BytesPerSegment - 1) / BytesPerSegment);
        return Math.Max(options.Sysctls.Number("tcp_wmem", 1), Math.Min(grown, options.Sysctls.Number("tcp_wmem", 2)));
    }

    private static int BufferSize(in TcpInfo info)
    {
        int mss = Math.Max(info.SendMss, 1);
        int size = info.LargestSendWindow > DefaultMss ? Math.Min(LargestBuffer, info.LargestSendWindow / 2) : LargestBuffer;
        return Math.Max(size / mss, 1) * mss;
    }
}
