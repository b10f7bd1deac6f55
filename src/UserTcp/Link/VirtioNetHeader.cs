using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace UserTcp.Link;

/// <summary>The ten bytes that stand before every frame on a TAP opened with IFF_VNET_HDR (VIRTIO 1.2, 5.1.6; struct virtio_net_hdr).</summary>
/// <remarks>The TAP uses the legacy form: fields in the byte order of the machine, no num_buffers.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct VirtioNetHeader(
    byte Flags, byte SegmentationType, ushort HeaderLength, ushort SegmentSize, ushort ChecksumStart, ushort ChecksumOffset)
{
    /// <summary>The length of the header in bytes.</summary>
    public const int Size = 10;

    private const byte NeedsChecksum = 1;        // VIRTIO_NET_HDR_F_NEEDS_CSUM
    private const byte DataValid = 2;            // VIRTIO_NET_HDR_F_DATA_VALID
    private const byte SegmentationTcpV4 = 1;    // VIRTIO_NET_HDR_GSO_TCPV4
    private const byte SegmentationTcpV6 = 4;    // VIRTIO_NET_HDR_GSO_TCPV6

    private const int EtherTypeAt = 12;
    private const ushort EtherTypeIPv6 = 0x86DD;
    private const int TcpDataOffsetAt = 12;

    /// <summary>What the header says of its frame.</summary>
    public FrameOffload ToOffload() => new(
        (Flags & NeedsChecksum) != 0, (Flags & DataValid) != 0, ChecksumStart, ChecksumOffset, SegmentationType == 0 ? (ushort)0 : SegmentSize);

    /// <summary>The header for a frame on its way to the kernel.</summary>
    public static VirtioNetHeader For(in OutgoingFrame frame)
    {
        FrameOffload offload = frame.Offload;
        if (!offload.NeedsChecksum)
            return new((byte)(offload.ChecksumValid ? DataValid : 0), 0, 0, 0, 0, 0);
        if (offload.SegmentSize == 0)
            return new(NeedsChecksum, 0, 0, 0, offload.ChecksumStart, offload.ChecksumOffset);
        bool v6 = frame.Head.Length >= EtherTypeAt + 2 && BinaryPrimitives.ReadUInt16BigEndian(frame.Head[EtherTypeAt..]) == EtherTypeIPv6;
        return new(
            NeedsChecksum, v6 ? SegmentationTcpV6 : SegmentationTcpV4, HeadersOf(frame.Head, offload.ChecksumStart), offload.SegmentSize,
            offload.ChecksumStart, offload.ChecksumOffset);
    }

    // The kernel keeps this much in one piece of memory: with the payload counted in it would look for 64 KiB in a row.
    private static ushort HeadersOf(ReadOnlySpan<byte> head, int tcpStart)
    {
        if (head.Length <= tcpStart + TcpDataOffsetAt)
            return (ushort)head.Length;
        int end = tcpStart + (head[tcpStart + TcpDataOffsetAt] >> 4) * 4;
        return (ushort)Math.Min(head.Length, end);
    }
}
