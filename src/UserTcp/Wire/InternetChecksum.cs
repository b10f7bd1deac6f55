using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace UserTcp.Wire;

/// <summary>The Internet checksum (RFC 1071): the complement of the one's complement sum of 16-bit words.</summary>
/// <remarks>
/// The sum is kept in the machine's byte order, 32 bits at a time in a 64-bit accumulator, and swapped once at the end: RFC 1071 2 (B) and (C)
/// show that neither the order nor the word size changes the result. Parts can be added one after the other; a part that
/// starts at an odd offset is summed apart and swapped.
/// </remarks>
public struct InternetChecksum
{
    private ulong _sum;
    private bool _odd;

    /// <summary>The checksum of one piece; 0 when the piece contains a correct one.</summary>
    public static ushort Of(ReadOnlySpan<byte> bytes)
    {
        InternetChecksum checksum = default;
        checksum.Add(bytes);
        return checksum.Finish();
    }

    /// <summary>Starts with the pseudo header of TCP or UDP over IPv4 (RFC 9293 3.1).</summary>
    public static InternetChecksum PseudoHeader(IpAddress source, IpAddress destination, IpProtocol protocol, int length)
    {
        Span<byte> pseudo = stackalloc byte[12];
        source.WriteV4(pseudo);
        destination.WriteV4(pseudo[4..]);
        pseudo[8] = 0;
        pseudo[9] = (byte)protocol;
        BinaryPrimitives.WriteUInt16BigEndian(pseudo[10..], (ushort)length);
        InternetChecksum checksum = default;
        checksum.Add(pseudo);
        return checksum;
    }

    /// <summary>Adds the next bytes of the message.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        ulong sum = Vector256.IsHardwareAccelerated && bytes.Length >= 2 * Vector256<byte>.Count ? SumVector(bytes) : SumScalar(bytes);
        if (_odd) sum = BinaryPrimitives.ReverseEndianness(Fold(sum));
        _sum = Fold(_sum) + (ulong)Fold(sum);
        _odd ^= (bytes.Length & 1) != 0;
    }

    /// <summary>The checksum as it goes into the header, a number to be written in network order.</summary>
    public readonly ushort Finish() => (ushort)~Sum();

    /// <summary>The sum without the complement: what offload wants in the checksum field (only the pseudo header summed).</summary>
    public readonly ushort Sum()
    {
        ushort folded = Fold(_sum);
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(folded) : folded;
    }

    private static ushort Fold(ulong sum)
    {
        sum = (sum & 0xffff_ffff) + (sum >> 32);
        sum = (sum & 0xffff_ffff) + (sum >> 32);
        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)((sum & 0xffff) + (sum >> 16));
    }

    /// <summary>The plain loop, also the tail of the vectors.</summary>
    internal static ulong SumScalar(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        while (bytes.Length >= sizeof(uint))
        {
            sum += Unsafe.ReadUnaligned<uint>(ref MemoryMarshal.GetReference(bytes));
            bytes = bytes[sizeof(uint)..];
        }
        if (bytes.Length >= sizeof(ushort))
        {
            sum += Unsafe.ReadUnaligned<ushort>(ref MemoryMarshal.GetReference(bytes));
            bytes = bytes[sizeof(ushort)..];
        }
        if (bytes.Length != 0) sum += BitConverter.IsLittleEndian ? bytes[0] : (ulong)bytes[0] << 8; // padded with a zero on the right
        return sum;
    }

    /// <summary>Eight 32-bit words at a time, widened to 64 bits so that no carry is lost.</summary>
    internal static ulong SumVector(ReadOnlySpan<byte> bytes)
    {
        ref byte start = ref MemoryMarshal.GetReference(bytes);
        Vector256<ulong> even = default, odd = default;
        int at = 0;
        for (; at <= bytes.Length - Vector256<byte>.Count; at += Vector256<byte>.Count)
        {
            Vector256<ulong> words = Vector256.LoadUnsafe(ref start, (nuint)at).AsUInt64();
            even += words & Vector256.Create(0xffff_fffful);
            odd += words >>> 32;
        }
        return Vector256.Sum(even + odd) + SumScalar(bytes[at..]);
    }
}
