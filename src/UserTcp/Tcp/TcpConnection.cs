using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>One TCP connection (RFC 9293), without threads, clock or I/O: segments, calls and the time go in; segments, signals and a deadline come out.</summary>
/// <remarks>
/// <para>Read it beside the RFC: <c>SegmentArrives</c> is 3.10.7 in the RFC's order, <c>Calls</c> is 3.10.1–6, <c>Timers</c> is 3.10.8, and
/// <c>Output</c> holds the one method that decides what to send. <see cref="Sender"/> and <see cref="Receiver"/> own the variables of 3.3.1.</para>
/// <para>After every call the owner pulls <see cref="TryTransmit"/> until it says no, takes <see cref="TakeSignals"/> and notes
/// <see cref="NextDeadline"/>. That includes the call after which the connection is closed: its last segment may be a RST.</para>
/// </remarks>
internal sealed partial class TcpConnection
{
    /// <summary>The largest shift of a window (RFC 7323 2.3).</summary>
    internal const int LargestWindowShift = 14;

    private const int TimestampOptionBytes = 12; // two NOPs in front (RFC 7323 appendix A)

    private readonly PathProperties _path;
    private readonly uint _timestampOffset;
    private readonly ITcpEventSink? _events;
    private readonly StackCounters _counters;
    private readonly Sender _sender;
    private readonly Receiver _receiver;
    private readonly bool _passive; // RFC 9293 3.5, MUST-11: SYN-RECEIVED remembers where it came from

    private TcpSettings _settings;
    private Instant _now;
    private TcpSignals _signals;
    private bool _writerWaits;
    private bool _userGone; // the user has closed both ways: nobody reads what arrives

    private bool _windowScaling; // both sides have agreed (RFC 7323 2.2)
    private bool _timestamps; // both sides have agreed (RFC 7323 3.2)
    private bool _sack; // both sides have agreed (RFC 2018 2)
    private uint _recentTimestamp; // TS.Recent (RFC 7323 4.3)
    private Instant _recentTimestampAt;
    private SeqNum _lastAckSent; // Last.ACK.sent (RFC 7323 4.3)

    private long _segmentsSent;
    private long _segmentsReceived;
    private long _dataSegmentsSent;
    private long _dataSegmentsReceived;
    private long _duplicateSegmentsReceived;

    private TcpConnection(
        in FourTuple tuple, TcpSettings settings, in PathProperties path, SeqNum initialSequence, uint timestampOffset, ITcpEventSink? events, Instant now,
        bool passive, StackCounters? counters)
    {
        Tuple = tuple;
        _settings = settings;
        // The user may want less than the path allows.
        _path = settings.MaximumSegmentSize is int most ? path with { Mtu = Math.Min(path.Mtu, path.HeaderBytes + TcpHeader.MinimumSize + most) } : path;
        _timestampOffset = timestampOffset;
        _events = events;
        _counters = counters ?? new();
        _now = now;
        _passive = passive;
        _sender = new Sender(initialSequence, settings, _counters);
        _receiver = new Receiver(settings, _path.MaximumSegmentSize);
        State = passive ? TcpState.Listen : TcpState.Closed;
    }

    /// <summary>The two endpoints.</summary>
    internal FourTuple Tuple { get; }

    /// <summary>ISS: the number of our SYN.</summary>
    internal SeqNum InitialSequence => _sender.Space.Initial;

    /// <summary>The state. Only <see cref="Transition"/> changes it.</summary>
    internal TcpState State { get; private set; }

    /// <summary>Why the connection failed, or null.</summary>
    internal TcpFailure? Failure { get; private set; }

    /// <summary>Whether the connection ended otherwise than by both FINs.</summary>
    internal bool Failed => Failure is not null;

    /// <summary>Bytes that <see cref="Receive"/> would give now.</summary>
    internal int AvailableToRead => _receiver.Available;

    /// <inheritdoc cref="Receiver.OutOfOrderReach"/>
    internal int OutOfOrderReach => _receiver.OutOfOrderReach;

    /// <inheritdoc cref="Receiver.ForgetOutOfOrder"/>
    internal void ForgetOutOfOrder() => _receiver.ForgetOutOfOrder();

    /// <summary>The peer has closed and everything before its FIN is read.</summary>
    internal bool EndOfStream => _receiver.FinReached && _receiver.Available == 0;

    /// <summary>Bytes that <see cref="Send"/> would take now.</summary>
    internal int SendRoom => MaySend ? _sender.Room : 0;

    /// <summary>Whether a sequence number is in flight: what an ICMP error must quote to be believed (RFC 5927 4.1).</summary>
    internal bool IsInFlight(SeqNum seq) => seq >= _sender.Space.Unacknowledged && seq < _sender.Space.Next;

    /// <summary>The largest IP packet that is sent, in bytes.</summary>
    internal int PathMtu => _sender.PathMtu.PathMtu;

    /// <summary>What has happened since the last call.</summary>
    internal TcpSignals TakeSignals()
    {
        TcpSignals signals = _signals;
        _signals = TcpSignals.None;
        return signals;
    }

    /// <summary>The connection's figures.</summary>
    internal TcpInfo Info => new()
    {
        State = State,
        SendMss = _sender.Mss,
        PathMtu = _sender.PathMtu.PathMtu,
        AdvertisedMss = _path.MaximumSegmentSize,
        Timestamps = _timestamps,
        SelectiveAcknowledgments = _sack,
        Ecn = _sender.EcnAgreed,
        SendWindowScale = _sender.WindowShift,
        ReceiveWindowScale = _receiver.WindowShift,
        SmoothedRtt = _sender.Rtt.Smoothed,
        RttVariation = _sender.Rtt.Variation,
        MinimumRtt = _sender.Rtt.Minimum,
        Rto = _sender.Timer.Interval(_sender.Rtt.Rto),
        Backoff = _sender.Timeouts,
        RtoDoublings = _sender.Timer.Backoff,
        Probes = _sender.ProbeTimer.Backoff + _keepAliveProbes,
        CongestionWindow = _sender.Congestion.Window,
        SlowStartThreshold = _sender.Congestion.SlowStartThreshold,
        Recovery = _sender.Recovery.State,
        BytesInFlight = _sender.Space.InFlight,
        BytesSacked = _sender.Sent.SackedBytes,
        BytesLost = _sender.Sent.LostBytes,
        BytesResent = _sender.Sent.ResentBytes,
        BytesNotSent = _sender.Unsent,
        LargestSendWindow = _sender.Space.LargestWindow,
        SendWindow = _sender.Space.Window,
        ReceiveWindow = _receiver.Space.Window,
        SendBufferSize = _sender.BufferSize,
        ReceiveBufferSize = _receiver.Tuning.Size,
        ReceiverRtt = _receiver.Tuning.Rtt,
        BytesReadPerRoundTrip = _receiver.Tuning.ReadPerRound,
        DelayedAckTimeout = _receiver.Acks.Delay,
        LastDataSent = _sender.LastSent,
        LastAcknowledgmentReceived = _lastHeard,
        LastDataReceived = _receiver.Acks.LastData,
        PeerSegmentSize = _receiver.Acks.PeerSegment,
        BytesToRead = _receiver.Available,
        BytesSent = _sender.BytesSent,
        BytesAcknowledged = _sender.BytesAcknowledged,
        BytesRetransmitted = _sender.BytesRetransmitted,
        BytesReceived = _receiver.BytesReceived,
        SegmentsSent = _segmentsSent,
        SegmentsReceived = _segmentsReceived,
        DataSegmentsSent = _dataSegmentsSent,
        DataSegmentsReceived = _dataSegmentsReceived,
        DuplicateSegmentsReceived = _duplicateSegmentsReceived,
        Retransmissions = _sender.Retransmissions,
        DuplicateSacks = _sender.DuplicateSacks,
        ReorderingSeen = _sender.Recovery.ReorderingSeen,
        BytesOutOfOrder = _receiver.BytesOutOfOrder,
        ReorderingDegree = _sender.Recovery.ReorderingDegree,
        Limit = _sender.Limits.Limit,
        LimitSince = _sender.Limits.Since,
        BusyTime = _sender.Limits.Busy,
        ReceiveWindowLimitedTime = _sender.Limits.ReceiveWindow,
        SendBufferLimitedTime = _sender.Limits.SendBuffer,
    };

    /// <summary>The only place that changes the state.</summary>
    private void Transition(TcpState to, string reason)
    {
        TcpState from = State;
        State = to;
        _counters.Count(from, to);
        switch (to)
        {
            case TcpState.Established:
                _signals |= TcpSignals.Established;
                NoteHeard();
                break;
            case TcpState.FinWait2:
                _signals |= TcpSignals.Delivered;
                if (_userGone) _lingerDeadline = _now + _settings.FinWait2Timeout;
                break;
            case TcpState.TimeWait:
                _signals |= TcpSignals.EnteredTimeWait;
                _sender.Release(_now);
                ReleaseSpare();
                _lingerDeadline = _now + 2 * _settings.MaximumSegmentLifetime; // RFC 9293 3.6.1, MUST-13
                break;
            case TcpState.Closed:
                _signals |= TcpSignals.Closed;
                _synDue = false;
                _sender.Release(_now);
                _receiver.Acks.Cancel();
                if (_userGone) _receiver.Release();
                else _receiver.OutOfOrder.Clear(); // what has arrived in order may still be read; what lies ahead of a gap never
                _lingerDeadline = _spareDeadline = Instant.Never;
                break;
        }
        _events?.StateChanged(new(_now, Tuple, from, to, reason));
    }

    private void Fail(TcpFailureReason reason, string message, string transitionReason)
    {
        Failure = new(reason, message);
        _signals |= TcpSignals.Failed;
        Transition(TcpState.Closed, transitionReason);
    }

    /// <summary>Takes over the options of the peer's SYN.</summary>
    private void Negotiate(in TcpSegment syn)
    {
        TcpOptions options = syn.Options;
        _timestamps = _settings.Timestamps && options.Timestamps is not null; // RFC 7323 3.2, both-syns
        _sack = _settings.SelectiveAcknowledgments && options.SackPermitted; // RFC 2018 2
        if (!_sack) _sender.Recovery.DoWithoutSack();
        _sender.EcnAgreed = AgreesOnEcn(syn);
        if (options.Timestamps is TcpTimestamps timestamps) SetRecentTimestamp(timestamps.Value);
        if (_settings.WindowScaling && options.WindowScale is byte shift) // RFC 7323 2.2, both-sides
        {
            _windowScaling = true;
            _sender.WindowShift = Math.Min((int)shift, LargestWindowShift); // RFC 7323 2.3, shift-limit
            _receiver.WindowShift = _receiver.OfferedShift;
        }
        _receiver.Begin(syn.Seq);
        _lastAckSent = _receiver.Space.Next;
        _sender.PathMtu.Settle(options.MaximumSegmentSize, _path, _timestamps ? TimestampOptionBytes : 0, _now);
        _sender.Space.SetWindow(syn.Seq, syn.Ack, syn.Header.Window); // RFC 7323 2.2, unscaled-syn
    }

    private void SetRecentTimestamp(uint value)
    {
        _recentTimestamp = value;
        _recentTimestampAt = _now;
    }

    // RFC 7323 5.4: a clock of 1 ms, from an offset of its own for each connection (7.1).
    private uint TimestampNow => unchecked((uint)_now.Milliseconds + _timestampOffset);

    private void TellCongestion(string? reason)
    {
        if (reason is not null) _events?.CongestionChanged(new(_now, Tuple, _sender.Congestion.Window, _sender.Congestion.SlowStartThreshold, reason));
    }
}
