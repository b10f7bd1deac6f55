using UserTcp.Wire;

namespace UserTcp.Tcp;

// What to send. Every segment leaves through TryTransmit.
internal sealed partial class TcpConnection
{
    private const int SackOverheadBytes = 4, SackBlockBytes = 8; // kind, length and two NOPs; two numbers (RFC 2018 3)

    private TcpHeader? _reset; // a RST that waits to be sent
    private bool _synDue;
    private bool _probeDue;
    private bool _keepAliveDue;
    private bool _waitsForMore; // the user has said that more follows, and nothing has arrived since
    private bool _uncorked; // what is queued leaves although the cork stays
    private SeqNum _repeatedEnd; // behind the last segment that was sent again
    private Instant _repeatedAt = Instant.Never; // and when
    private int _burstLeft; // what follows the last new segment at once
    private SegmentNote _ackNote; // why the next bare acknowledgment is sent, when there is a special reason

    /// <summary>Chooses the next segment to send. To be called until it returns false after every other call.</summary>
    /// <param name="now">The time.</param>
    /// <param name="segment">The segment; its payload is valid until the next call of any method.</param>
    internal bool TryTransmit(Instant now, out OutgoingSegment segment)
    {
        _now = now;
        if (_reset is TcpHeader reset)
        {
            _reset = null;
            // RFC 7323 3.2, reset-too: a RST of an open connection carries timestamps too (SHOULD).
            segment = Emit(reset, _timestamps && (reset.Flags & TcpFlags.Ack) != 0 ? TimestampOption : default, default, default, SegmentNote.None);
            return true;
        }
        segment = default;
        if (State == TcpState.Closed) return false;
        if (_synDue)
        {
            segment = BuildSyn();
            return true;
        }
        if (_sender.Space.SynAcknowledged)
        {
            if (_sender.Recovery.TailProbe.IsDue && TryProbeTail(out segment)) return true;
            if (_sender.Recovery.PrefersNewData && TrySendAfterTimeout(out segment)) return true;
            if (!_sender.Recovery.PrefersNewData && TryRetransmit(out segment)) return true;
            if (TrySendNew(out segment) || TryProbe(out segment)) return true;
            _uncorked = false;
            ArmProbeTimer();
            TellWriter();
            _sender.Limits.Note(Limit, _now);
        }
        if (_receiver.Acks.Due == 0) return false;
        segment = BuildData(_sender.Space.Acceptable, 0, TcpFlags.None, _ackNote);
        return true;
    }

    /// <summary>What loss recovery has marked as lost goes first.</summary>
    private bool TryRetransmit(out OutgoingSegment segment)
    {
        segment = default;
        int index = _sender.Sent.FirstLost();
        if (index < 0) return false;
        int length = _sender.Sent[index].Length;
        int room = _sender.Space.Unacknowledged + _sender.Space.Window - _sender.Sent[index].Start;
        // The oldest is not held back: its retransmission is what keeps the connection going (RFC 9293 3.8.6, MAY-7; RFC 6298 5.4). With SACK the window
        // has been made to let it through (RFC 9937 6.2), and later ones, found lost once more, wait their turn.
        if (index > 0 && room <= 0) return false; // RFC 9293 3.8.6, MUST-34, SHLD-16: a shrunk window
        bool free = index == 0 && (!_sender.Recovery.UsesSack || _sender.Pipe == 0);
        if (!free && _sender.Pipe + Math.Min(length, _sender.Mss) > _sender.Congestion.Window) return false;
        // Of a shrunk window what is left is used: Linux 6.17 and later refuse all of a segment that ends beyond it.
        int most = room > 0 ? Math.Min(room, _sender.Mss) : _sender.Mss;
        if (_sender.Sent[index].DataLength > most) _sender.Sent.Split(index, most);
        segment = Resend(index, SegmentNote.Retransmission, EndsRepeatedBurst(index));
        return true;
    }

    /// <summary>Segments that left in one burst leave so again, where all are lost; PSH marks the end of it, as it did the first time.</summary>
    private bool EndsRepeatedBurst(int index)
    {
        ref SentSegments sent = ref _sender.Sent;
        bool begins = !sent[index].Continues || _repeatedEnd != sent[index].Start || _repeatedAt != _now;
        (_repeatedEnd, _repeatedAt) = (sent[index].End, _now);
        if (begins) return false;
        if (index + 1 == sent.Count || !sent[index + 1].Lost || !sent[index + 1].Continues) return true;
        return _sender.Pipe + sent[index].Length + Math.Min(sent[index + 1].Length, _sender.Mss) > _sender.Congestion.Window;
    }

    private OutgoingSegment Resend(int index, SegmentNote note, bool push = false)
    {
        SentSegment again = _sender.Sent[index];
        _sender.NoteResent(index, _now);
        _counters.Retransmissions++;
        return BuildData(again.Start, again.DataLength, again.Flags | (push ? TcpFlags.Psh : 0), note);
    }

    /// <summary>The tail loss probe: one segment of new data, else the last one that may be missing again (RFC 8985 7.3). The congestion window does not
    /// hold it back.</summary>
    private bool TryProbeTail(out OutgoingSegment segment)
    {
        ref TailLossProbe probe = ref _sender.Recovery.TailProbe;
        segment = default;
        int length = Math.Min(Math.Min(_sender.Unsent, _sender.Space.Usable), _sender.Mss);
        if (length > 0 && probe.MayBeNewData && _sender.Recovery.State != RecoveryState.Recovery)
        {
            segment = SendNew(length, push: false, SegmentNote.TailLossProbe);
            probe.OnSent(_sender.Space.Next, retransmission: false);
            _sender.ScheduleTailLossProbe(_now);
            return true;
        }
        int last = _sender.Sent.LastMissing();
        if (last < 0 || _sender.Sent[last].End > _sender.Space.Unacknowledged + _sender.Space.Window)
        {
            probe.Cancel(); // there is nothing to ask; or RFC 9293 3.8.6, MUST-34: a shrunk window
            return false;
        }
        int tail = (_sender.Sent[last].DataLength - 1) / _sender.Mss * _sender.Mss;
        if (tail > 0) _sender.Sent.Split(last++, tail);
        segment = Resend(last, SegmentNote.TailLossProbe);
        probe.OnSent(_sender.Space.Next, retransmission: true);
        return true;
    }

    /// <summary>After a timeout F-RTO sends new data where it can, and repeats nothing until the acknowledgments for it come (RFC 5682 2.1, step 2b).</summary>
    private bool TrySendAfterTimeout(out OutgoingSegment segment)
    {
        if (TrySendNew(out segment)) return true;
        if (_sender.Space.Next == _sender.Recovery.Point) _sender.Recovery.NoNewData();
        return false;
    }

    /// <summary>New data and FIN, gathered into segments as large as possible (RFC 9293 3.9.1.2, MAY-16, SHLD-27, SHLD-28) and sent as far as the peer's window, the congestion window and the wish not to send crumbs allow.</summary>
    /// <remarks>The sender's side of silly window avoidance, RFC 9293 3.8.6.2.1, MUST-38; nothing waits for ever (RFC 9293 3.9.1.2, MUST-60). Send
    /// (1) a full-sized segment, or (2) all there is, or (3) half of the largest window ever offered, or (4) what fits when the override timer,
    /// here that of the window probe, has expired. (2) and (3) only when Nagle's rule does not hold them back.</remarks>
    private bool TrySendNew(out OutgoingSegment segment)
    {
        segment = default;
        int unsent = _sender.Unsent;
        bool finWaits = _sender.FinQueued && !_sender.FinSent;
        if (unsent == 0 && !finWaits) return false;
        int mss = _sender.Mss;
        int window = Math.Min(_sender.Space.Usable, Budgets.SegmentsInFlight * mss - _sender.Space.InFlight);
        if (window <= 0) return false; // RFC 9293 3.8.6, SHLD-15: nothing new beyond a shrunk window either
        _sender.RestartAfterIdle(_now);

        int congestionRoom = Math.Max(_sender.Congestion.Window - _sender.Pipe, 0);
        if (congestionRoom < Math.Min(unsent, mss)) // never a smaller segment only because cwnd says so
        {
            _sender.NoteWindowUse(limited: true);
            return false;
        }
        if (_sender.PathProbeLength(window, _now) is int probe and > 0)
        {
            _sender.PathMtu.OnProbeSent(_sender.Space.Next, probe);
            segment = SendNew(probe, push: false, SegmentNote.PathMtuProbe);
            return true;
        }
        int burst = LengthOfNew(unsent, Math.Min(window, congestionRoom), _burstLeft > 0 ? _burstLeft : _sender.Burst);
        if (burst == 0 && unsent > 0) return false;
        int length = Math.Min(burst, Math.Max(_path.MaximumSuperSegment / mss, 1) * mss);
        // The end of a burst carries PSH, so that a receiver that merges segments need not wait whether another one follows. As in Linux.
        bool push = length == burst && (_burstLeft > 0 || length > mss || _probeDue);
        bool continues = _burstLeft > 0;
        _burstLeft = burst - length;
        segment = SendNew(length, push, SegmentNote.None, continues);
        return true;
    }

    /// <summary>How much of the unsent data goes out at once; 0 when it has to wait.</summary>
    private int LengthOfNew(int unsent, int room, int most)
    {
        int mss = _sender.Mss;
        int length = Math.Min(Math.Min(unsent, room), most);
        int crumb = length % mss;
        if (crumb == 0) return length;
        bool all = length == unsent;
        bool allowed = all || (length < mss && (length >= _sender.Space.LargestWindow / 2 || _probeDue));
        bool corked = (_settings.Cork || _waitsForMore) && !_probeDue && !_uncorked;
        bool held = (corked || (!_settings.NoDelay && _sender.SmallSegmentMustWait)) && !(all && _sender.FinQueued); // RFC 9293 3.7.4, MUST-17
        return allowed && !held ? length : length - crumb;
    }

    private OutgoingSegment SendNew(int length, bool push, SegmentNote note, bool continues = false)
    {
        bool fin = _sender.FinQueued && !_sender.FinSent && length == _sender.Unsent && length < _sender.Space.Usable;
        SeqNum start = _sender.Space.Next;
        TcpFlags flags = (fin ? TcpFlags.Fin : 0) | (length > 0 && _sender.MustPush(start + length) ? TcpFlags.Psh : 0);
        _sender.NoteSent(length, flags, continues, _now);
        if (push) flags |= TcpFlags.Psh; // of this burst only: sent again, it may stand alone
        _probeDue = false;
        if (length > 0) _receiver.Acks.OnDataSent(_now);
        return BuildData(start, length, flags, note);
    }

    /// <summary>Asks a peer whose window is closed for news (RFC 9293 3.8.6.1, MUST-35, MUST-36).</summary>
    /// <remarks>With an old sequence number and no data: no TCP accepts it, every TCP answers it with its window (RFC 9293 3.10.7.4, first), and no byte
    /// crosses that would have to be thrown away. Linux and gVisor do the same.</remarks>
    private bool TryProbe(out OutgoingSegment segment)
    {
        segment = default;
        if (!_probeDue && !_keepAliveDue) return false;
        SegmentNote note = _probeDue ? SegmentNote.WindowProbe : SegmentNote.KeepAlive; // RFC 9293 3.8.4, SHLD-12: no data
        _probeDue = _keepAliveDue = false;
        segment = BuildData(_sender.Space.Unacknowledged - 1, 0, TcpFlags.None, note);
        return true;
    }

    // Something to send, nothing in flight whose acknowledgment could bring news, and TrySendNew did not send: the window is too small.
    private void ArmProbeTimer()
    {
        bool blocked = _sender.Sent.Count == 0 && (_sender.Unsent > 0 || (_sender.FinQueued && !_sender.FinSent));
        if (blocked)
        {
            _sender.ProbeTimer.EnsureRunning(_sender.Rtt.Rto, _now); // RFC 9293 3.8.6.1, SHLD-29: the first after an RTO
        }
        else if (_sender.ProbeTimer.Running)
        {
            _sender.ProbeTimer.Stop();
            _sender.ProbeTimer.ClearBackoff();
        }
    }

    // What keeps the rest back, when everything has been sent that may be sent.
    private SendLimit Limit
    {
        get
        {
            int next = Math.Min(_sender.Unsent, _sender.Mss);
            if (_sender.Space.InFlight == 0 && next == 0) return SendLimit.Idle;
            if (_sender.Congestion.Window - _sender.Pipe < next) return SendLimit.Path;
            if (_sender.Space.Usable < next) return SendLimit.ReceiveWindow;
            return _writerWaits && next == 0 ? SendLimit.SendBuffer : SendLimit.Path;
        }
    }

    private OutgoingSegment BuildSyn()
    {
        _synDue = false;
        bool answer = State != TcpState.SynSent; // SYN-RECEIVED, or FIN-WAIT-1 when the user has closed in it
        if (_sender.Space.Next == _sender.Space.Initial)
        {
            _sender.Space.Next += 1;
            _synSentAt = _now;
        }
        _sender.Timer.EnsureRunning(_sender.Rtt.Rto, _now);
        TcpOptions options = default;
        options.MaximumSegmentSize = (ushort)_path.MaximumSegmentSize; // RFC 9293 3.7.1, MUST-14, MAY-3, SHLD-5, 3.2, MUST-65: here and nowhere else
        if (answer ? _timestamps : _settings.Timestamps) options.Timestamps = new(TimestampNow, answer ? _recentTimestamp : 0);
        options.SackPermitted = answer ? _sack : _settings.SelectiveAcknowledgments; // RFC 2018 2
        // RFC 7323 2.2, scale-answer: only when the peer has offered it.
        if (answer ? _windowScaling : _settings.WindowScaling) options.WindowScale = (byte)_receiver.OfferedShift;
        TcpHeader header = new(
            Tuple.Local.Port, Tuple.Remote.Port, _sender.Space.Initial, answer ? _receiver.Space.Next : default,
            (answer ? TcpFlags.Syn | TcpFlags.Ack : TcpFlags.Syn) | SynEcnFlags(answer), _receiver.SynWindow);
        if (answer) NoteAckSent();
        return Emit(header, options, default, default, _synRetransmissions > 0 ? SegmentNote.Retransmission : SegmentNote.None);
    }

    /// <summary>A segment of the open connection: always with ACK (RFC 9293 3.1) and the current window.</summary>
    private OutgoingSegment BuildData(SeqNum start, int length, TcpFlags flags, SegmentNote note)
    {
        ReadOnlySpan<byte> first = default, rest = default;
        if (length > 0)
        {
            _dataSegmentsSent++;
            _sender.Slice(start, length, out first, out rest);
        }
        flags |= TcpFlags.Ack | EcnFlags(length, note, out bool ecnCapable);
        TcpHeader header = new(Tuple.Local.Port, Tuple.Remote.Port, start, _receiver.Space.Next, flags, _receiver.AnnounceWindow());
        TcpOptions options = _timestamps ? TimestampOption : default; // RFC 7323 3.2, every-segment
        bool sackDue = _sack && _receiver.HasSackNews;
        if (sackDue) ReportSack(ref options, length);
        NoteAckSent(whole: !sackDue || options.SackCount > 0);
        return Emit(header, options, first, rest, note, ecnCapable);
    }

    private TcpOptions TimestampOption => new() { Timestamps = new(TimestampNow, _recentTimestamp) };

    /// <summary>Puts SACK blocks into the room that the data leaves.</summary>
    /// <remarks>With the MSS reached there is none: a segment must not be longer than the path and the peer take (RFC 6691 3). Linux sends less data then.
    /// Here the data stays whole, so that the segments in flight keep their size, and the acknowledgment that is due follows on its own.</remarks>
    private void ReportSack(ref TcpOptions options, int dataLength)
    {
        int blocks = dataLength == 0 ? SackBlocks.Capacity : Math.Min((_sender.Mss - dataLength - SackOverheadBytes) / SackBlockBytes, SackBlocks.Capacity);
        if (blocks > 0 && _receiver.ReportSack(ref options, blocks)) _counters.DuplicateSacksSent++;
    }

    private void NoteAckSent(bool whole = true)
    {
        _lastAckSent = _receiver.Space.Next;
        _receiver.Acks.OnSent(whole);
        _ackNote = SegmentNote.None;
    }

    private OutgoingSegment Emit(
        scoped in TcpHeader header, scoped in TcpOptions options, ReadOnlySpan<byte> first, ReadOnlySpan<byte> rest, SegmentNote note, bool ecnCapable = false)
    {
        _segmentsSent++;
        int length = first.Length + rest.Length;
        _events?.SegmentSent(new(
            _now, Tuple, header, options, length, note, null, State, _sender.Space.Unacknowledged, _sender.Space.Next, _receiver.Space.Next));
        return new(header, options, first, rest, length > _sender.Mss && note != SegmentNote.PathMtuProbe ? _sender.Mss : 0, ecnCapable)
        {
            DifferentiatedServices = _settings.DifferentiatedServices,
            TimeToLive = _settings.TimeToLive,
        };
    }
}
