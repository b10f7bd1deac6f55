using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>Answers SYNs without keeping anything, when a listener has no room for more half-open connections (RFC 4987 3.6).</summary>
/// <remarks>
/// <para>All that a connection would have to remember of the SYN goes to the peer in the SYN-ACK and comes back in the ACK:</para>
/// <code>
///   sequence number  = ISN clock of RFC 6528, in steps of 67 s  +  24 bits: mark(4-tuple, peer's ISN, step) + index of the MSS
///   timestamp        = our clock, its last 5 bits: SACK | shift of the peer's window, 15 for none
/// </code>
/// <para>A cookie is good until the step after its own ends, 67 to 134 s. Of the 2^32 numbers 16 are good at a time (two steps, eight sizes), and they
/// differ for each 4-tuple: who guesses needs 2^28 segments on average, as with Linux's. Without timestamps window scaling and SACK are not offered; ECN never is.</para>
/// <para>Against RFC 9293 nothing is lost but the repeats of the SYN-ACK: when it is lost, the peer repeats its SYN.</para>
/// </remarks>
internal sealed class SynCookies(InitialSequenceNumber initialSequence, TcpSettings settings, in PathProperties path)
{
    // As many as 3 bits can tell. The first is the least that a sender uses; then RFC 9293's default, tunnels of several depths, PPPoE, Ethernet.
    private static ReadOnlySpan<ushort> Sizes => [48, 536, 1200, 1300, 1360, 1400, 1440, 1460];

    private const int MarkBits = 24;
    private const uint MarkMask = (1 << MarkBits) - 1;
    private const uint StampMask = 0b11111, NoScale = 0b1111, SackBit = 0b10000;

    private readonly TcpSettings _settings = settings;
    private readonly PathProperties _path = path;
    private readonly Receiver _receiver = new(settings, path.MaximumSegmentSize); // receives nothing: it knows which window our SYN-ACKs offer

    /// <summary>For how long a cookie may come back after it was sent, at the longest.</summary>
    internal static TimeSpan Lifetime { get; } = 2 * TimeSpan.FromMicroseconds(4L << MarkBits);

    /// <summary>Makes the SYN-ACK for a SYN.</summary>
    internal void Answer(in FourTuple tuple, in TcpSegment syn, Instant now, out TcpHeader header, out TcpOptions options)
    {
        bool timestamps = _settings.Timestamps && syn.Options.Timestamps is not null;
        options = new() { MaximumSegmentSize = (ushort)_path.MaximumSegmentSize };
        if (timestamps)
        {
            options.Timestamps = new(Stamp(tuple, syn.Options, now), syn.Options.Timestamps!.Value.Value);
            options.SackPermitted = _settings.SelectiveAcknowledgments && syn.Options.SackPermitted;
            if (_settings.WindowScaling && syn.Options.WindowScale is not null) options.WindowScale = (byte)_receiver.OfferedShift;
        }
        header = new(
            tuple.Local.Port, tuple.Remote.Port, Make(tuple, syn.Seq, syn.Options.MaximumSegmentSize ?? Sizes[1], Step(now)), syn.Seq + 1,
            TcpFlags.Syn | TcpFlags.Ack, _receiver.SynWindow);
    }

    /// <summary>Reads the cookie in an ACK that belongs to no connection.</summary>
    /// <param name="tuple">The endpoints.</param>
    /// <param name="ack">The segment.</param>
    /// <param name="now">The time.</param>
    /// <param name="syn">The SYN that was answered with it, as far as it is remembered.</param>
    /// <returns>False when there is none of ours in it, or it is too old.</returns>
    internal bool TryRead(in FourTuple tuple, in TcpSegment ack, Instant now, out TcpSegment syn)
    {
        syn = default;
        SeqNum cookie = ack.Ack - 1, peerInitial = ack.Seq - 1;
        long step = Step(now);
        int size = IndexOf(tuple, cookie, peerInitial, step);
        if (size < 0) size = IndexOf(tuple, cookie, peerInitial, step - 1);
        if (size < 0) return false;
        TcpOptions options = new() { MaximumSegmentSize = Sizes[size] };
        if (_settings.Timestamps && ack.Options.Timestamps is TcpTimestamps timestamps)
        {
            options.Timestamps = timestamps;
            options.SackPermitted = (timestamps.EchoReply & SackBit) != 0;
            if ((timestamps.EchoReply & NoScale) != NoScale) options.WindowScale = (byte)(timestamps.EchoReply & NoScale);
        }
        syn = new(new(tuple.Remote.Port, tuple.Local.Port, peerInitial, default, TcpFlags.Syn, ack.Header.Window), options, default);
        return true;
    }

    private static long Step(Instant now) => InitialSequenceNumber.Clock(now) >> MarkBits;

    private SeqNum Make(in FourTuple tuple, SeqNum peerInitial, ushort announced, long step)
    {
        int size = Sizes.Length - 1;
        while (size > 0 && Sizes[size] > announced) size--;
        return initialSequence.At(tuple, step << MarkBits) + (int)((Mark(tuple, peerInitial, step) + (uint)size) & MarkMask);
    }

    private int IndexOf(in FourTuple tuple, SeqNum cookie, SeqNum peerInitial, long step)
    {
        uint mark = cookie.Value - initialSequence.At(tuple, step << MarkBits).Value;
        uint size = (mark - Mark(tuple, peerInitial, step)) & MarkMask;
        return mark <= MarkMask && size < Sizes.Length ? (int)size : -1;
    }

    private uint Mark(in FourTuple tuple, SeqNum peerInitial, long step) => (uint)initialSequence.Mark(tuple, peerInitial, (uint)step);

    // The clock must not seem to run back when the connection goes on with it (RFC 7323 5.4): what the bits add is taken from before.
    private uint Stamp(in FourTuple tuple, in TcpOptions offered, Instant now)
    {
        uint bits = offered.WindowScale is byte scale ? Math.Min((uint)scale, TcpConnection.LargestWindowShift) : NoScale;
        if (offered.SackPermitted) bits |= SackBit;
        uint clock = unchecked((uint)now.Milliseconds + initialSequence.TimestampOffset(tuple));
        uint stamp = (clock & ~StampMask) | bits;
        return (clock & StampMask) >= bits ? stamp : unchecked(stamp - (StampMask + 1));
    }
}
