using System.Buffers.Binary;
using System.Text;

namespace UserTcp.Link;

/// <summary>Writes capture files in pcapng (draft-ietf-opsawg-pcapng): a section, an interface, packets with direction and comment, TLS secrets.</summary>
/// <remarks>Little-endian, one section, one Ethernet interface, times in nanoseconds since 1970 UTC. Allocates nothing per packet. Not thread-safe.</remarks>
internal sealed class PcapngWriter : IDisposable
{
    private const uint SectionHeader = 0x0A0D0D0A, InterfaceDescription = 1, InterfaceStatistics = 5, EnhancedPacket = 6, DecryptionSecrets = 10;
    private const uint ByteOrderMagic = 0x1A2B3C4D, TlsKeyLog = 0x544C534B;
    private const ushort EndOfOptions = 0, Comment = 1;
    private const ushort UserApplication = 4;                               // in a section header
    private const ushort InterfaceName = 2, TimestampResolution = 9;        // in an interface description
    private const ushort PacketFlags = 2, PacketDropCount = 4;              // in an enhanced packet
    private const ushort FramesReceived = 4, FramesDropped = 5;             // in interface statistics
    private const ushort LinkTypeEthernet = 1;
    private const byte Nanoseconds = 9;
    private const int LongestComment = 10_000; // characters; an option's length has 16 bits

    private readonly Stream _output;
    private byte[] _block = new byte[4096];
    private int _length;

    /// <summary>Writes the section header and the interface; the stream is closed in the end.</summary>
    public PcapngWriter(Stream output, string interfaceName)
    {
        _output = output;

        Begin(SectionHeader);
        Put(ByteOrderMagic);
        Put(1, 0);                 // version 1.0
        Put(ulong.MaxValue);       // length of the section: not known
        PutOption(UserApplication, "UserTcp");
        End(hasOptions: true);

        Begin(InterfaceDescription);
        Put(LinkTypeEthernet, 0);
        Put(0u);                   // no snap length: frames are whole
        PutOption(InterfaceName, interfaceName);
        PutOption(TimestampResolution, [Nanoseconds]);
        End(hasOptions: true);
    }

    /// <summary>Writes one frame.</summary>
    /// <param name="frame">All its bytes from the Ethernet header on.</param>
    /// <param name="direction">Which way it went.</param>
    /// <param name="utc">When.</param>
    /// <param name="missing">How many frames between the one before and this one are not in the file.</param>
    /// <param name="comment">A remark that Wireshark shows with the packet; null for none.</param>
    public void WritePacket(ReadOnlySpan<byte> frame, FrameDirection direction, DateTime utc, long missing, string? comment)
    {
        Begin(EnhancedPacket);
        Put(0u);                   // the interface
        PutTime(utc);
        Put((uint)frame.Length);   // captured
        Put((uint)frame.Length);   // on the wire
        PutPadded(frame);
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt32LittleEndian(number, direction == FrameDirection.Received ? 1u : 2u);
        PutOption(PacketFlags, number[..sizeof(uint)]);
        if (missing > 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, missing);
            PutOption(PacketDropCount, number);
        }

        if (!string.IsNullOrEmpty(comment))
            PutOption(Comment, comment);
        End(hasOptions: true);
    }

    /// <summary>Writes TLS secrets in the NSS key log format. Readers use them for the packets after them.</summary>
    public void WriteTlsSecrets(ReadOnlySpan<byte> keyLog)
    {
        Begin(DecryptionSecrets);
        Put(TlsKeyLog);
        Put((uint)keyLog.Length);
        PutPadded(keyLog);
        End(hasOptions: false);
    }

    /// <summary>Writes how many frames there were and how many of them are not in the file.</summary>
    public void WriteStatistics(DateTime utc, long frames, long missing)
    {
        Begin(InterfaceStatistics);
        Put(0u);                   // the interface
        PutTime(utc);
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteInt64LittleEndian(number, frames);
        PutOption(FramesReceived, number);
        BinaryPrimitives.WriteInt64LittleEndian(number, missing);
        PutOption(FramesDropped, number);
        End(hasOptions: true);
    }

    /// <summary>Hands everything to the file.</summary>
    public void Flush() => _output.Flush();

    /// <inheritdoc/>
    public void Dispose() => _output.Dispose();

    private void Begin(uint type)
    {
        _length = 0;
        Put(type);
        Put(0u);                   // the block's length, known at the end
    }

    private void End(bool hasOptions)
    {
        if (hasOptions)
            Put(EndOfOptions, 0);
        uint total = (uint)_length + sizeof(uint);
        BinaryPrimitives.WriteUInt32LittleEndian(_block.AsSpan(sizeof(uint)), total);
        Put(total);                // again, for readers that go backwards
        _output.Write(_block, 0, _length);
    }

    private void Put(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Extend(sizeof(uint)), value);

    private void Put(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Extend(sizeof(ulong)), value);

    private void Put(ushort first, ushort second) => Put(first | (uint)second << 16);

    private void PutTime(DateTime utc)
    {
        ulong nanoseconds = (ulong)(utc - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        Put((uint)(nanoseconds >> 32)); // the high half comes first
        Put((uint)nanoseconds);
    }

    private void PutPadded(ReadOnlySpan<byte> bytes)
    {
        Span<byte> room = Extend((bytes.Length + 3) & ~3);
        bytes.CopyTo(room);
        room[bytes.Length..].Clear();
    }

    private void PutOption(ushort code, ReadOnlySpan<byte> value)
    {
        Put(code, (ushort)value.Length);
        PutPadded(value);
    }

    private void PutOption(ushort code, string value)
    {
        ReadOnlySpan<char> text = value.AsSpan(0, Math.Min(value.Length, LongestComment));
        int length = Encoding.UTF8.GetByteCount(text);
        Put(code, (ushort)length);
        Span<byte> room = Extend((length + 3) & ~3);
        Encoding.UTF8.GetBytes(text, room);
        room[length..].Clear();
    }

    private Span<byte> Extend(int length)
    {
        if (_block.Length - _length < length)
            Array.Resize(ref _block, Math.Max(2 * _block.Length, _length + length));
        _length += length;
        return _block.AsSpan(_length - length, length);
    }
}
