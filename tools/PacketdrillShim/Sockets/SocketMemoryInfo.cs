using System.Runtime.InteropServices;

namespace UserTcp.PacketdrillShim.Sockets;

/// <summary>What SO_MEMINFO tells: nine numbers of 32 bits, of which ours are the bytes without the kernel's own overhead.</summary>
internal static class SocketMemoryInfo
{
    private const int Count = 9; // SK_MEMINFO_VARS
    private const int ReceiveAllocated = 0, ReceiveBuffer = 1, SendAllocated = 2, SendBuffer = 3, SendQueued = 5;

    /// <summary>Writes the numbers.</summary>
    internal static byte[] Of(SocketOptions options, int available, int unacknowledged)
    {
        int[] info = new int[Count];
        info[ReceiveAllocated] = available;
        info[ReceiveBuffer] = options.EffectiveReceiveBuffer;
        info[SendAllocated] = unacknowledged;
        info[SendBuffer] = options.EffectiveSendBuffer;
        info[SendQueued] = unacknowledged;
        return MemoryMarshal.AsBytes(info.AsSpan()).ToArray();
    }
}
