using System.Buffers.Binary;

namespace UserTcp.Link;

/// <summary>The frames of one direction of an impaired link, between being accepted and being due. Not thread-safe.</summary>
internal sealed class ImpairedDirection
{
    // What a long fat wire may hold: 1 Gbit/s for half a second. Only a mistake in the settings needs more.
    private const long MostBytesUnderWay = 64 << 20;

    private const int EthernetHeader = 14;
    private const ushort EtherTypeIPv4 = 0x0800, EtherTypeIPv6 = 0x86DD;

    private readonly Impairment _impairment;
    private readonly SeededRandom _random;

    // Frames that are due at the same time leave in the order in which they came.
    private readonly PriorityQueue<Held, (long Due, long Order)> _underWay = new();
    private readonly Stack<byte[]> _spare = new();
    private long _order, _bytesUnderWay;
    private Instant _wireFree;
    private bool _losing;
    private ImpairmentCounters _counters;

    public ImpairedDirection(Impairment impairment, ulong seed)
    {
        impairment.Validate();
        _impairment = impairment;
        _random = new SeededRandom(seed);
    }

    public ImpairmentCounters Counters => _counters;

    /// <summary>When the next frame is due.</summary>
    public Instant NextDue => _underWay.TryPeek(out _, out (long Due, long Order) priority) ? new Instant(priority.Due) : Instant.Never;

    /// <summary>Takes a frame and decides what becomes of it.</summary>
    /// <returns>False when it was dropped because too many wait; a frame lost on the way was accepted.</returns>
    public bool Accept(in OutgoingFrame frame, Instant now)
    {
        _counters = _counters with { Frames = _counters.Frames + 1 };
        if (IsLost())
        {
            _counters = _counters with { Lost = _counters.Lost + 1 };
            return true;
        }

        if (_bytesUnderWay + frame.Length > MostBytesUnderWay || !TryPassWire(frame.Length, now, out Instant sent))
        {
            _counters = _counters with { Overflowed = _counters.Overflowed + 1 };
            return false;
        }

        Hold(frame, sent);
        if (_random.Chance(_impairment.Duplicate))
        {
            _counters = _counters with { Duplicated = _counters.Duplicated + 1 };
            Hold(frame, sent);
        }

        return true;
    }

    /// <summary>Takes out the next frame that is due. The caller gives it back with <see cref="Return"/>.</summary>
    public bool TryTakeDue(Instant now, out Held frame)
    {
        frame = default;
        if (NextDue > now || !_underWay.TryDequeue(out frame, out _))
            return false;
        _bytesUnderWay -= frame.Length;
        return true;
    }

    /// <summary>Gives the memory of a frame back.</summary>
    public void Return(Held frame) => _spare.Push(frame.Bytes);

    // Gilbert: a good state that loses nothing and a bad one that loses all. The bad one lasts LossBurst frames on average; how often
    // it begins follows from the share of frames that are to be lost in all.
    private bool IsLost()
    {
        if (_impairment.LossBurst <= 1 || _impairment.Loss >= 1)
            return _random.Chance(_impairment.Loss);
        double end = 1 / _impairment.LossBurst;
        double begin = Math.Min(1, end * _impairment.Loss / (1 - _impairment.Loss));
        _losing = _random.Chance(_losing ? 1 - end : begin);
        return _losing;
    }

    private bool TryPassWire(int length, Instant now, out Instant sent)
    {
        sent = now;
        if (_impairment.BitsPerSecond == 0)
            return true;
        double ticksPerByte = 8.0 * TimeSpan.TicksPerSecond / _impairment.BitsPerSecond;
        Instant start = Instant.Max(now, _wireFree);
        if ((start - now).Ticks > _impairment.QueueBytes * ticksPerByte)
            return false;
        sent = _wireFree = new Instant(start.Ticks + (long)Math.Ceiling(length * ticksPerByte));
        return true;
    }

    private void Hold(in OutgoingFrame frame, Instant sent)
    {
        if (!_spare.TryPop(out byte[]? bytes) || bytes.Length < frame.Length)
            bytes = new byte[Math.Max(frame.Length, 2048)];
        int length = frame.CopyTo(bytes);
        MaybeCorrupt(bytes.AsSpan(0, length));
        _bytesUnderWay += length;
        _underWay.Enqueue(new Held(bytes, length, frame.Offload), ((sent + Delay()).Ticks, _order++));
    }

    private TimeSpan Delay()
    {
        long ticks = _impairment.Delay.Ticks;
        if (_impairment.Jitter > TimeSpan.Zero)
            ticks = Math.Max(0, ticks - _impairment.Jitter.Ticks + _random.Below(2 * _impairment.Jitter.Ticks + 1));
        if (_random.Chance(_impairment.Reorder))
        {
            _counters = _counters with { Reordered = _counters.Reordered + 1 };
            ticks += 1 + _random.Below(_impairment.ReorderBy.Ticks);
        }

        return new TimeSpan(ticks);
    }

    // Only IP: its checksums notice one flipped bit. ARP has none, and on a real wire the CRC guards it; a wrong neighbour would stop
    // all traffic for as long as the entry lives.
    private void MaybeCorrupt(Span<byte> frame)
    {
        if (frame.Length <= EthernetHeader || !_random.Chance(_impairment.Corrupt))
            return;
        if (BinaryPrimitives.ReadUInt16BigEndian(frame[(EthernetHeader - 2)..]) is not (EtherTypeIPv4 or EtherTypeIPv6))
            return;
        long bit = _random.Below((frame.Length - EthernetHeader) * 8L);
        frame[EthernetHeader + (int)(bit / 8)] ^= (byte)(1 << (int)(bit % 8));
        _counters = _counters with { Corrupted = _counters.Corrupted + 1 };
    }

    /// <summary>A frame under way.</summary>
    internal readonly record struct Held(byte[] Bytes, int Length, FrameOffload Offload)
    {
        public OutgoingFrame Frame => new(Bytes.AsSpan(0, Length), default, default, Offload);
    }
}
