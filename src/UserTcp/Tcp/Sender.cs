using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>The sending half of a connection: the sequence space, what is queued and in flight, the timers and the congestion state.</summary>
/// <remarks>It keeps the books; what to send next is decided in one place, <see cref="TcpConnection.TryTransmit"/>.</remarks>
internal sealed class Sender
{
    private const int InitialWindowSegments = 10, InitialWindowBytes = 14600; // RFC 6928 2
    private const int SegmentsBehindPathProbe = 4; // three that arrive tell that it did not (RFC 5681 3.2), and one more
    private const int LargestBurst = 65_536; // one super-segment

    // A peer that has reported the oldest segment by SACK and then does not acknowledge it has thrown it away. Linux waits as long.
    private static readonly TimeSpan LeastPatienceWithReneging = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan RtoAfterLostSyn = TimeSpan.FromSeconds(3); // RFC 6298 5.7

    private readonly StackCounters _counters;
    private int _initialBufferSize, _largestBufferSize, _notSentLowWaterMark;
    private readonly TimeSpan _maximumRto;
    private readonly int _leastBurst;
    private readonly bool _restartAfterIdle;
    private SeqNum _bufferStart; // the number of the first byte in Buffer
    private SeqNum _pushed; // behind the last segment that carried PSH
    private SeqNum _smallEnd; // behind the last segment smaller than the MSS
    private SeqNum _roundEnd; // the end of the round over which the use of the congestion window is watched
    private int _roundFlight; // the most in flight in this round
    private bool _roundLimited; // the congestion window held data back in this round

    internal Sender(SeqNum initial, TcpSettings settings, StackCounters counters)
    {
        Space = new(initial);
        Rtt = new(settings.InitialRto, settings.MinimumRto, settings.MaximumRto);
        Timer = new(settings.MaximumRto);
        ProbeTimer = new(settings.MaximumRto);
        Congestion = settings.CongestionControl == CongestionAlgorithm.Reno ? new RenoCongestionControl() : new CubicCongestionControl();
        _counters = counters;
        Sent = new(initial);
        Recovery = new(this, counters, initial, settings.SelectiveAcknowledgments);
        PathMtu = new(settings.PathMtuProbing);
        ChangeBuffer(settings);
        _maximumRto = settings.MaximumRto;
        _leastBurst = settings.LeastBurst;
        _restartAfterIdle = settings.RestartAfterIdle;
        _bufferStart = _pushed = _smallEnd = _roundEnd = initial + 1;
    }

    /// <summary>The sequence variables.</summary>
    internal SendSequenceSpace Space;

    /// <summary>The round-trip time and the RTO it gives.</summary>
    internal RttEstimator Rtt;

    /// <summary>Watches what is in flight (RFC 6298 5).</summary>
    internal RetransmissionTimer Timer;

    /// <summary>Asks for news of a window that is too small (RFC 9293 3.8.6.1).</summary>
    internal RetransmissionTimer ProbeTimer;

    /// <summary>How large segments may be.</summary>
    internal PathMtuDiscovery PathMtu;

    /// <summary>How long it was limited by what.</summary>
    internal Chronograph Limits = new();

    /// <summary>What was written and is not acknowledged.</summary>
    internal ByteRing Buffer = new();

    /// <summary>The segments in flight.</summary>
    internal SentSegments Sent;

    /// <summary>How much may be in flight.</summary>
    internal ICongestionControl Congestion { get; }

    /// <summary>What is lost of it, and what follows from that.</summary>
    internal LossRecovery Recovery { get; }

    /// <summary>Eff.snd.MSS: the most data in one segment, options deducted (RFC 9293 3.7.1, MUST-16).</summary>
    internal int Mss => PathMtu.Mss;

    /// <summary>Both sides use ECN (RFC 3168 6.1.1).</summary>
    internal bool EcnAgreed { get; set; }

    /// <summary>The shift of the windows that arrive (RFC 7323 2.2).</summary>
    internal int WindowShift { get; set; }

    /// <summary>What was written last is only a part: its end needs no PSH.</summary>
    internal bool MoreFollows { get; set; }

    /// <summary>FIN follows the last byte written.</summary>
    internal bool FinQueued { get; set; }

    /// <summary>FIN was sent at least once.</summary>
    internal bool FinSent { get; private set; }

    /// <summary>Since when something is owed by the peer without any progress; never when nothing is.</summary>
    internal Instant WaitingSince { get; set; } = Instant.Never;

    /// <summary>Retransmission timeouts in a row without progress.</summary>
    internal int Timeouts { get; private set; }

    /// <summary>When data was sent last, or the connection opened.</summary>
    internal Instant LastSent { get; private set; }

    internal long BytesSent { get; private set; }
    internal long BytesRetransmitted { get; private set; }
    internal long BytesAcknowledged { get; private set; }
    internal long Retransmissions { get; private set; }
    internal long DuplicateSacks { get; private set; }

    /// <summary>Room for the user to write: in the buffer, and below the low-water mark of what is not sent, which a full segment may pass.</summary>
    internal int Room
    {
        get
        {
            if (FinQueued || Unsent >= _notSentLowWaterMark) return 0;
            return Math.Clamp(BufferSize - Buffer.Count, 0, Math.Max(_notSentLowWaterMark - Unsent, Mss));
        }
    }

    /// <summary>Whether a writer who waits should be woken: a third of the buffer is free, and half of what may be unsent. As in Linux: waking for each
    /// segment is dear.</summary>
    internal bool IsRoomy => BufferSize - Buffer.Count >= BufferSize / 3 && Unsent <= _notSentLowWaterMark / 2;

    /// <summary>Bytes of the send buffer: what is in flight and as much again, so that the next window is there when this one is acknowledged.</summary>
    internal int BufferSize => (int)Math.Min(Math.Max(_initialBufferSize, 2L * Congestion.Window), _largestBufferSize);

    /// <summary>Takes over what the user has set for the buffer.</summary>
    internal void ChangeBuffer(TcpSettings settings)
    {
        _initialBufferSize = settings.InitialSendBufferSize;
        _largestBufferSize = settings.SendBufferSize;
        _notSentLowWaterMark = settings.NotSentLowWaterMark ?? int.MaxValue;
    }

    /// <summary>The number behind the last byte written.</summary>
    internal SeqNum WriteEnd => _bufferStart + Buffer.Count;

    /// <summary>Bytes written and not sent.</summary>
    internal int Unsent => FinSent ? 0 : Space.SynAcknowledged ? WriteEnd - Space.Next : Buffer.Count;

    /// <summary>Our FIN is sent and acknowledged.</summary>
    internal bool FinAcknowledged => FinSent && Space.Unacknowledged == Space.Next;

    /// <summary>How much is thought to be travelling: in flight, without what is lost and what is known to have arrived.</summary>
    internal int Pipe => Math.Max(Space.InFlight - Sent.LostBytes - Recovery.ArrivedAhead, 0);

    /// <summary>The peer has acknowledged our SYN: data may flow.</summary>
    /// <param name="synSentAt">When the SYN was sent for the first time; never when nobody knows (SYN cookies).</param>
    /// <param name="retransmissions">How often it was repeated.</param>
    /// <param name="echoedAt">When the timestamp that comes back was sent, if there is one.</param>
    /// <param name="now">The time.</param>
    internal void AcknowledgeSyn(Instant synSentAt, int retransmissions, Instant? echoedAt, Instant now)
    {
        Space.Unacknowledged = Space.Initial + 1;
        if (retransmissions > 0)
        {
            if (echoedAt is Instant at && EchoRtt(at, now) is TimeSpan rtt) Rtt.Measure(rtt, 1);
            else Rtt.FallBack(RtoAfterLostSyn);
        }
        else if (synSentAt != Instant.Never)
        {
            Rtt.Measure(now - synSentAt, 1);
        }
        Timer.Stop();
        Timer.ClearBackoff();
        WaitingSince = Instant.Never;
        // RFC 5681 3.1, initial-window, lost-syn: one segment when the SYN was lost. With an initial RTO of 1 s a single repeat is more often a long path than a loss (RFC 6298 appendix A).
        int window = Math.Min(InitialWindowSegments * Mss, Math.Max(2 * Mss, InitialWindowBytes));
        Congestion.Start(Mss, retransmissions > 1 ? Mss : window);
        LastSent = now;
    }

    /// <summary>Takes bytes from the user.</summary>
    /// <returns>How many there was room for.</returns>
    internal int Enqueue(ReadOnlySpan<byte> data)
    {
        int length = Math.Min(data.Length, Room);
        Buffer.Append(data[..length]);
        return length;
    }

    /// <summary>Handles an acknowledgment: SEG.ACK =&lt; SND.NXT. It may be old and still carry news by SACK.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="windowChanged">It has changed SND.WND, so that it is no duplicate (RFC 5681 2).</param>
    /// <param name="echoedAt">When the timestamp that it echoes was sent.</param>
    /// <param name="now">The time.</param>
    /// <returns>What happened to the congestion state, when it is worth telling.</returns>
    internal string? Acknowledge(in TcpSegment segment, bool windowChanged, Instant? echoedAt, Instant now)
    {
        SeqNum ack = segment.Ack;
        bool advanced = ack > Space.Unacknowledged;
        // RFC 5681 2: data in flight, no data, no FIN, the same ACK, the same window.
        bool duplicate = ack == Space.Unacknowledged && Space.InFlight > 0 && segment.Length == 0 && !windowChanged;
        if (!advanced && !duplicate && segment.Options.SackCount == 0 && !(EcnAgreed && segment.Has(TcpFlags.Ece))) return null;

        int flight = Space.InFlight;
        bool full = Sent.Count > 0 && Sent[0].DataLength >= Mss && ack - Sent[0].Start >= Mss;
        Delivery delivery = new(now, Rtt.Minimum, Recovery.Point, Sent.HighestSacked);
        SackBlock? twice = Recovery.UsesSack ? ReadSacks(segment, ref delivery) : null;
        if (advanced) Advance(ack, ref delivery);

        // RFC 6298 3, once-per-round-trip: by the time of sending where it is unambiguous, else by the echoed timestamp, which always is (RFC 7323 4.1).
        TimeSpan? rtt = delivery.Rtt ?? (advanced && echoedAt is Instant at ? EchoRtt(at, now) : null);
        if (rtt is TimeSpan measured)
        {
            Rtt.Measure(measured, Math.Max(1, (flight + 2 * Mss - 1) / (2 * Mss))); // RFC 7323 appendix G: ExpectedSamples
            Timer.ClearBackoff(); // RFC 6298 5: until a measurement the backed-off RTO stays
        }
        if (advanced)
        {
            RestartTimers(now);
            if (PathMtu.OnAcknowledged(ack, full, now)) Congestion.ChangeMss(Mss);
        }
        bool reducing = Recovery.IsReducing;
        string? note = Recovery.OnAck(delivery, new(advanced, duplicate, twice, echoedAt, EcnAgreed && segment.Has(TcpFlags.Ece)), ack, out int delivered);
        if (advanced && !reducing && !Recovery.IsReducing && WindowInUse) Congestion.OnAcknowledged(new(delivered, ack, Space.Next, rtt, Rtt.Smoothed, now));
        if (advanced) Timeouts = 0;
        if (advanced || Recovery.State == RecoveryState.Recovery || !MayProbeTail) ScheduleTailLossProbe(now);
        return note;
    }

    // RFC 2018 5: the scoreboard. RFC 2883 4: a first block below SND.UNA, or inside the second, reports what came twice.
    private SackBlock? ReadSacks(in TcpSegment segment, ref Delivery delivery)
    {
        TcpOptions options = segment.Options;
        if (options.SackCount == 0) return null;
        SackBlock? twice = null;
        SackBlock first = options.Sack(0);
        if (first.Left < first.Right && first.Right <= Space.Next && first.Left >= Space.Unacknowledged - Space.LargestWindow
            && (first.Left < segment.Ack || (options.SackCount > 1 && first.Left >= options.Sack(1).Left && first.Right <= options.Sack(1).Right)))
        {
            twice = first;
            _counters.DuplicateSacksReceived++;
            DuplicateSacks++;
        }
        for (int i = twice is null ? 0 : 1; i < options.SackCount; i++)
        {
            SackBlock block = options.Sack(i);
            // Old blocks are common, when acknowledgments overtake each other. Blocks of what was never sent are a lie.
            if (block.Left < block.Right && block.Left >= Space.Unacknowledged && block.Right <= Space.Next) Sent.MarkSacked(block, Mss, ref delivery);
        }
        Sent.RememberBlocks(options);
        return twice;
    }

    private void Advance(SeqNum ack, ref Delivery delivery)
    {
        Space.Unacknowledged = ack;
        int data = Math.Min(ack - _bufferStart, Buffer.Count); // without FIN
        Buffer.Skip(data);
        _bufferStart += data;
        BytesAcknowledged += data;
        if (_smallEnd < ack) _smallEnd = ack;
        if (_pushed < ack) _pushed = ack;
        Sent.Acknowledge(ack, ref delivery);
    }

    // A clock of 1 ms knows nothing less than 1 ms, and the peer's echo need not be true.
    private TimeSpan? EchoRtt(Instant echoedAt, Instant now)
    {
        TimeSpan rtt = TimeSpan.FromMilliseconds(Math.Max(now.Milliseconds - echoedAt.Milliseconds, 1));
        return rtt <= _maximumRto ? rtt : null;
    }

    private void RestartTimers(Instant now)
    {
        if (Space.InFlight == 0)
        {
            Timer.Stop(); // RFC 6298 5.2
            WaitingSince = Instant.Never;
            return;
        }
        Timer.Restart(Rtt.Rto, now); // RFC 6298 5.3
        WaitingSince = now;
        // RFC 2018 8: what it had reported it cannot take back, and yet the oldest is still not acknowledged. It gets little time to explain.
        if (Sent[0].Sacked) Timer.Hurry(now + Max(Rtt.Smoothed / 2, LeastPatienceWithReneging));
    }

    /// <summary>The retransmission timer ran out.</summary>
    /// <returns>Whether the MSS has shrunk for it.</returns>
    internal PathMtuVerdict TimeOut(Instant now)
    {
        bool again = Timeouts++ > 0;
        PathMtuVerdict verdict = PathMtu.OnTimeout(Timeouts, Sent[0], Space, now);
        if (verdict != PathMtuVerdict.Unchanged) Congestion.ChangeMss(Mss);
        Recovery.OnTimeout(again, now);
        Timer.BackOff(Rtt.Rto, now); // RFC 6298 5.5, 5.6
        return verdict;
    }

    /// <summary>A router says that a packet in flight was too large (RFC 1191 4). What was too large leaves again at once.</summary>
    /// <returns>Whether the path is narrower than was known.</returns>
    internal bool PacketTooBig(int mtu, SeqNum quoted, Instant now)
    {
        int before = Mss;
        if (PathMtu.OnTooBig(mtu, quoted, Space, now)) PathMtu.MarkTooLarge(ref Sent);
        if (Mss == before) return false;
        Congestion.ChangeMss(Mss);
        return true;
    }

    /// <summary>Another connection has found that the path is narrower.</summary>
    /// <returns>Whether that is news.</returns>
    internal bool PathNarrowed(int mtu, Instant now)
    {
        if (!PathMtu.OnNarrowed(mtu, Space, now)) return false;
        PathMtu.MarkTooLarge(ref Sent);
        Congestion.ChangeMss(Mss);
        return true;
    }

    /// <summary>How large a segment to send as a probe of the path, or 0.</summary>
    /// <param name="usable">What the peer's window still allows.</param>
    /// <param name="now">The time.</param>
    internal int PathProbeLength(int usable, Instant now)
    {
        int length = PathMtu.ProbeLength(now);
        // RFC 4821 7.4: when enough follows that its loss is seen, and nothing else is amiss. Without SACK its loss could not be told from that of its neighbours.
        if (length == 0 || !Recovery.UsesSack || Recovery.State != RecoveryState.Open) return 0;
        int withFollowers = length + SegmentsBehindPathProbe * Mss;
        return withFollowers <= Math.Min(Unsent, usable) && withFollowers <= Congestion.Window && length <= Congestion.Window - Pipe ? length : 0;
    }

    /// <summary>Sets the time for a tail loss probe, while everything seems in order and something is in flight (RFC 8985 7.2), and in a recovery too.</summary>
    /// <remarks>The RFC leaves recoveries out. But nothing else than the retransmission timeout finds that a repeat was lost and nothing follows it, or that
    /// the one acknowledgment for a burst was; QUIC probes whenever something is in flight (RFC 9002 6.2). In between, the reordering timer is on watch.</remarks>
    internal void ScheduleTailLossProbe(Instant now)
    {
        if (!MayProbeTail) Recovery.TailProbe.Cancel();
        else Recovery.TailProbe.Schedule(Rtt, Sent.Count == 1 && Sent[0].DataLength <= Mss, Timer.Deadline, now);
    }

    private bool MayProbeTail // RFC 8985 7.2, not-in-recovery
        => Recovery.UsesSack && Space.InFlight > Sent.SackedBytes && Recovery.State is RecoveryState.Open or RecoveryState.Reduced or RecoveryState.Recovery;

    /// <summary>Whether a segment smaller than the MSS has to wait (Nagle, RFC 9293 3.7.4, SHLD-7).</summary>
    /// <remarks>Only while an earlier small one is unacknowledged (Minshall's form, as in Linux): so the tail of a large write does not wait for the
    /// peer's delayed acknowledgment.</remarks>
    internal bool SmallSegmentMustWait => _smallEnd > Space.Unacknowledged;

    /// <summary>The most that is handed to the link as one piece, whole or cut already: at most half of cwnd, so that two are under way and the
    /// acknowledgments of one clock out the next; and about what the path takes in a millisecond, at least two segments. As in Linux.</summary>
    internal int Burst
    {
        get
        {
            int bytes = LargestBurst;
            if (Rtt.Measured)
            {
                long rate = 2L * Congestion.Window * TimeSpan.TicksPerSecond / Math.Max(Rtt.Smoothed.Ticks, 1); // bytes per second; doubled as cwnd may double in a round trip
                int near = (int)Math.Min(Rtt.Minimum.Ticks / (TimeSpan.TicksPerMicrosecond * 512), 31); // what is near may have more
                bytes = (int)Math.Min((rate >> 10) + (LargestBurst >> near), LargestBurst);
            }
            return Math.Max(Math.Min(Math.Max(bytes, _leastBurst * Mss), Congestion.Window / 2) / Mss, 1) * Mss;
        }
    }

    /// <summary>Whether a segment that ends at a number carries PSH: at the end of what was written (RFC 9293 3.9.1.2, MUST-61) unless more follows, and
    /// after half of the peer's largest window, so that a receiver that waits for it is never stuck.</summary>
    internal bool MustPush(SeqNum end) => (end == WriteEnd && !MoreFollows) || end - _pushed > Space.LargestWindow / 2;

    /// <summary>A connection that was silent for an RTO has lost its rhythm and starts slowly (RFC 5681 4.1, SHOULD).</summary>
    internal void RestartAfterIdle(Instant now)
    {
        if (!_restartAfterIdle || Sent.Count > 0 || now - LastSent <= Rtt.Rto) return;
        Congestion.OnIdle((now - LastSent).Ticks / Rtt.Rto.Ticks, now);
        LastSent = now;
    }

    /// <summary>Notes new data or FIN as sent.</summary>
    /// <param name="dataLength">Bytes of data.</param>
    /// <param name="flags">Its flags.</param>
    /// <param name="continues">It follows the one before in the same burst.</param>
    /// <param name="now">The time.</param>
    internal void NoteSent(int dataLength, TcpFlags flags, bool continues, Instant now)
    {
        bool fin = (flags & TcpFlags.Fin) != 0;
        int length = dataLength + (fin ? 1 : 0);
        Sent.Add(new SentSegment { Start = Space.Next, Length = length, Flags = flags & (TcpFlags.Psh | TcpFlags.Fin), SentAt = now, Continues = continues });
        Space.Next += length;
        if ((flags & TcpFlags.Psh) != 0) _pushed = Space.Next;
        if (dataLength % Mss != 0) _smallEnd = Space.Next;
        FinSent |= fin;
        BytesSent += dataLength;
        Recovery.OnSent(length);
        NoteLeft(now);
        NoteWindowUse(limited: false);
        ScheduleTailLossProbe(now);
    }

    /// <summary>Notes a segment as sent again.</summary>
    internal void NoteResent(int index, Instant now)
    {
        int length = Sent[index].DataLength;
        Sent.MarkResent(index, now);
        Retransmissions++;
        BytesSent += length;
        BytesRetransmitted += length;
        Recovery.OnResent(Sent[index].Length, now);
        PathMtu.OnResent(Sent[index].Start, now);
        NoteLeft(now);
        if (index == 0) Timer.Restart(Rtt.Rto, now); // its acknowledgment is what the timer waits for
        ScheduleTailLossProbe(now);
    }

    /// <summary>Watches whether the congestion window is what limits us: it must not grow by acknowledgments while it is not in use (RFC 7661 4,
    /// RFC 9438 5.8), or a slow talker would one day burst.</summary>
    internal void NoteWindowUse(bool limited)
    {
        bool newRound = Space.Unacknowledged >= _roundEnd;
        if (!newRound && !limited && (_roundLimited || Space.InFlight <= _roundFlight)) return;
        _roundLimited = limited;
        _roundFlight = Space.InFlight;
        _roundEnd = Space.Next;
    }

    /// <summary>Shows the bytes of a segment.</summary>
    internal void Slice(SeqNum start, int length, out ReadOnlySpan<byte> first, out ReadOnlySpan<byte> rest)
        => Buffer.Slice(start - _bufferStart, length, out first, out rest);

    /// <summary>Whether there is memory that holds nothing.</summary>
    internal bool HoldsSpare => Buffer.Count == 0 && Buffer.Capacity > 0;

    /// <summary>Gives back the memory that holds nothing.</summary>
    internal void ReleaseSpare()
    {
        Buffer.ReleaseSpare();
        if (Sent.Count == 0) Sent.Clear();
    }

    /// <summary>Stops everything and gives the memory back.</summary>
    internal void Release(Instant now)
    {
        Limits.Note(SendLimit.Idle, now);
        Timer.Stop();
        ProbeTimer.Stop();
        Recovery.TailProbe.Cancel();
        WaitingSince = Instant.Never;
        Buffer.Release();
        Sent.Clear();
    }

    // In slow start half a window in use is enough: the acknowledgments of a doubling round come before its data can be sent.
    private bool WindowInUse => _roundLimited || (Congestion.Window < Congestion.SlowStartThreshold && Congestion.Window < 2L * _roundFlight);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private void NoteLeft(Instant now)
    {
        LastSent = now;
        Timer.EnsureRunning(Rtt.Rto, now); // RFC 6298 5.1
        if (WaitingSince == Instant.Never) WaitingSince = now;
    }
}
