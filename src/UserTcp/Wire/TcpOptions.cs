using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace UserTcp.Wire;

/// <summary>A block of data that the receiver holds beyond the acknowledgment: [Left, Right) (RFC 2018 3).</summary>
public readonly record struct SackBlock(SeqNum Left, SeqNum Right);

/// <summary>Up to four SACK blocks, in place: as many as fit into 40 bytes of options (RFC 2018 3).</summary>
[InlineArray(Capacity)]
public struct SackBlocks
{
    /// <summary>The most blocks that fit.</summary>
    public const int Capacity = 4;

    private SackBlock _first;
}

/// <summary>The options of a TCP header (RFC 9293 3.2, RFC 7323, RFC 2018, RFC 5482).</summary>
/// <remarks>A plain value: what is null or empty is absent. Unknown options are skipped.</remarks>
public struct TcpOptions : IEquatable<TcpOptions>
{
    private const byte EndOfList = 0, NoOperation = 1; // RFC 9293 3.2, MUST-4: these two and MSS at least
    private const byte KindMss = 2, KindWindowScale = 3, KindSackPermitted = 4, KindSack = 5, KindTimestamps = 8, KindUserTimeout = 28;

    private SackBlocks _sackBlocks;

    /// <summary>The largest segment the sender takes, in bytes of payload (RFC 9293 3.7.1, MUST-14); only on SYN.</summary>
    public ushort? MaximumSegmentSize { get; set; }

    /// <summary>The shift of the sender's window (RFC 7323 2); only on SYN.</summary>
    public byte? WindowScale { get; set; }

    /// <summary>The sender understands SACK (RFC 2018 2); only on SYN.</summary>
    public bool SackPermitted { get; set; }

    /// <summary>The sender's clock and its echo of ours (RFC 7323 3).</summary>
    public TcpTimestamps? Timestamps { get; set; }

    /// <summary>The user timeout option as on the wire: granularity bit and 15 bits (RFC 5482 3).</summary>
    public ushort? UserTimeout { get; set; }

    /// <summary>The number of SACK blocks.</summary>
    public int SackCount { readonly get; private set; }

    /// <summary>One of the SACK blocks.</summary>
    public readonly SackBlock Sack(int index) => _sackBlocks[index];

    /// <summary>Adds a SACK block while there is room for it.</summary>
    public bool AddSack(SackBlock block)
    {
        int fits = Timestamps is null ? SackBlocks.Capacity : SackBlocks.Capacity - 1; // RFC 2018 3: timestamps take the room of one
        if (SackCount >= fits) return false;
        _sackBlocks[SackCount++] = block;
        return true;
    }

    /// <summary>Reads the options, byte by byte and so aligned or not (RFC 9293 3.2, MUST-64). An impossible length ends the reading with an error; what
    /// was read before it stays.</summary>
    public static ParseError TryParse(ReadOnlySpan<byte> bytes, out TcpOptions options)
    {
        options = default;
        while (bytes.Length > 0)
        {
            byte kind = bytes[0];
            if (kind == EndOfList) return ParseError.None;
            if (kind == NoOperation)
            {
                bytes = bytes[1..];
                continue;
            }
            // RFC 9293 3.1, MUST-7: be ready for an illegal length (zero would loop for ever).
            if (bytes.Length < 2 || bytes[1] < 2 || bytes[1] > bytes.Length) return ParseError.Option;
            ReadOnlySpan<byte> value = bytes[2..bytes[1]];
            if (!options.Take(kind, value)) return ParseError.Option;
            bytes = bytes[bytes[1]..];
        }
        return ParseError.None;
    }

    private bool Take(byte kind, ReadOnlySpan<byte> value)
    {
        switch (kind)
        {
            case KindMss:
                if (value.Length != 2) return false;
                MaximumSegmentSize = BinaryPrimitives.ReadUInt16BigEndian(value);
                return true;
            case KindWindowScale:
                if (value.Length != 1) return false;
                WindowScale = value[0];
                return true;
            case KindSackPermitted:
                if (value.Length != 0) return false;
                SackPermitted = true;
                return true;
            case KindSack:
                if (value.Length == 0 || value.Length % 8 != 0 || value.Length / 8 > SackBlocks.Capacity) return false;
                SackCount = 0;
                for (; value.Length > 0; value = value[8..])
                {
                    _sackBlocks[SackCount++] = new(
                        new SeqNum(BinaryPrimitives.ReadUInt32BigEndian(value)), new SeqNum(BinaryPrimitives.ReadUInt32BigEndian(value[4..])));
                }
                return true;
            case KindTimestamps:
                if (value.Length != 8) return false;
                Timestamps = new(BinaryPrimitives.ReadUInt32BigEndian(value), BinaryPrimitives.ReadUInt32BigEndian(value[4..]));
                return true;
            case KindUserTimeout:
                if (value.Length != 2) return false;
                UserTimeout = BinaryPrimitives.ReadUInt16BigEndian(value);
                return true;
            default:
                return true; // RFC 9293 3.1, MUST-6: unknown, skipped by its length
        }
    }

    /// <summary>Writes the options in the order and with the padding that Linux uses, a multiple of 4 bytes and at most 40: SACK blocks that do not fit are left out.</summary>
    /// <returns>The bytes written.</returns>
    public readonly int Write(Span<byte> destination)
    {
        int at = 0; // RFC 9293 3.1, MUST-68: kind, then length, then value
        if (MaximumSegmentSize is ushort mss)
        {
            destination[at++] = KindMss;
            destination[at++] = 4;
            BinaryPrimitives.WriteUInt16BigEndian(destination[at..], mss);
            at += 2;
        }
        if (SackPermitted)
        {
            // In front of the timestamps it stands where their padding would.
            if (Timestamps is null) Pad(destination, ref at, 2);
            destination[at++] = KindSackPermitted;
            destination[at++] = 2;
        }
        if (Timestamps is TcpTimestamps timestamps)
        {
            if (!SackPermitted) Pad(destination, ref at, 2);
            destination[at++] = KindTimestamps;
            destination[at++] = 10;
            BinaryPrimitives.WriteUInt32BigEndian(destination[at..], timestamps.Value);
            BinaryPrimitives.WriteUInt32BigEndian(destination[(at + 4)..], timestamps.EchoReply);
            at += 8;
        }
        if (WindowScale is byte shift)
        {
            Pad(destination, ref at, 1);
            destination[at++] = KindWindowScale;
            destination[at++] = 3;
            destination[at++] = shift;
        }
        if (UserTimeout is ushort timeout)
        {
            destination[at++] = KindUserTimeout;
            destination[at++] = 4;
            BinaryPrimitives.WriteUInt16BigEndian(destination[at..], timeout);
            at += 2;
        }
        int blocks = Math.Min(SackCount, (TcpHeader.MaximumOptions - at - 4) / 8); // the first blocks are the newest news (RFC 2018 4)
        if (blocks > 0)
        {
            Pad(destination, ref at, 2);
            destination[at++] = KindSack;
            destination[at++] = (byte)(2 + blocks * 8);
            for (int i = 0; i < blocks; i++, at += 8)
            {
                BinaryPrimitives.WriteUInt32BigEndian(destination[at..], _sackBlocks[i].Left.Value);
                BinaryPrimitives.WriteUInt32BigEndian(destination[(at + 4)..], _sackBlocks[i].Right.Value);
            }
        }
        return at;
    }

    // RFC 9293 3.1, MUST-69: whole words. The padding goes in front, as no-operations, so that no end of list with zeros behind it is needed.
    private static void Pad(Span<byte> destination, ref int at, int count)
    {
        destination.Slice(at, count).Fill(NoOperation);
        at += count;
    }

    /// <inheritdoc/>
    public readonly bool Equals(TcpOptions other)
        => MaximumSegmentSize == other.MaximumSegmentSize && WindowScale == other.WindowScale && SackPermitted == other.SackPermitted
            && Timestamps == other.Timestamps && UserTimeout == other.UserTimeout && SackCount == other.SackCount
            && ((ReadOnlySpan<SackBlock>)_sackBlocks)[..SackCount].SequenceEqual(((ReadOnlySpan<SackBlock>)other._sackBlocks)[..SackCount]);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is TcpOptions other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => HashCode.Combine(MaximumSegmentSize, WindowScale, SackPermitted, Timestamps, UserTimeout, SackCount);

    /// <summary>Whether two sets of options say the same.</summary>
    public static bool operator ==(TcpOptions left, TcpOptions right) => left.Equals(right);

    /// <summary>Whether two sets of options differ.</summary>
    public static bool operator !=(TcpOptions left, TcpOptions right) => !left.Equals(right);
}

/// <summary>The timestamps option (RFC 7323 3.2).</summary>
/// <param name="Value">TSval: the sender's clock.</param>
/// <param name="EchoReply">TSecr: the last clock value seen from the other side, when ACK is set.</param>
public readonly record struct TcpTimestamps(uint Value, uint EchoReply);
