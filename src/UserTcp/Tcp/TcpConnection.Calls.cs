using UserTcp.Wire;

namespace UserTcp.Tcp;

// The user's calls: RFC 9293 3.10.1 to 3.10.6.
internal sealed partial class TcpConnection
{
    /// <summary>Active OPEN (RFC 9293 3.10.1): CLOSED to SYN-SENT.</summary>
    /// <param name="tuple">The endpoints.</param>
    /// <param name="settings">What the user has set.</param>
    /// <param name="path">What the way is like.</param>
    /// <param name="initialSequence">ISS, from <see cref="InitialSequenceNumber"/>.</param>
    /// <param name="timestampOffset">What to add to the timestamp clock (RFC 7323 7.1).</param>
    /// <param name="events">Who listens, or null.</param>
    /// <param name="now">The time.</param>
    /// <param name="counters">The stack's counters; a connection without a stack has its own.</param>
    internal static TcpConnection Connect(
        in FourTuple tuple, TcpSettings settings, in PathProperties path, SeqNum initialSequence, uint timestampOffset, ITcpEventSink? events, Instant now,
        StackCounters? counters = null)
    {
        var connection = new TcpConnection(tuple, settings, path, initialSequence, timestampOffset, events, now, passive: false, counters);
        connection.Transition(TcpState.SynSent, "active open (RFC 9293 3.10.1)");
        connection._synDue = true;
        return connection;
    }

    /// <summary>A SYN has reached a listener, and <see cref="PassiveOpen"/> has found it good: LISTEN to SYN-RECEIVED (RFC 9293 3.10.7.2).</summary>
    /// <remarks>Data in the SYN is not kept: it comes again when it is not acknowledged. The parameters are those of <see cref="Connect"/>.</remarks>
    internal static TcpConnection Accept(
        in FourTuple tuple, in TcpSegment syn, TcpSettings settings, in PathProperties path, SeqNum initialSequence, uint timestampOffset,
        ITcpEventSink? events, Instant now, StackCounters? counters = null)
    {
        var connection = new TcpConnection(tuple, settings, path, initialSequence, timestampOffset, events, now, passive: true, counters);
        connection._segmentsReceived++;
        connection.Negotiate(syn);
        connection.Transition(TcpState.SynReceived, "SYN to a listener (RFC 9293 3.10.7.2, third)");
        connection._synDue = true;
        connection.TellReceived(syn);
        return connection;
    }

    /// <summary>A SYN cookie has come back, <see cref="SynCookies"/>: makes the half-open connection that was not kept. Its ACK is the next segment to arrive.</summary>
    /// <remarks>When the SYN-ACK was sent is not known: the round-trip time is first measured with data. The parameters are those of
    /// <see cref="Connect"/> with the SYN as the cookie remembers it, and the cookie as ISS.</remarks>
    internal static TcpConnection AcceptCookie(
        in FourTuple tuple, in TcpSegment syn, TcpSettings settings, in PathProperties path, SeqNum cookie, uint timestampOffset,
        ITcpEventSink? events, Instant now, StackCounters? counters = null)
    {
        var connection = new TcpConnection(tuple, settings, path, cookie, timestampOffset, events, now, passive: true, counters);
        connection.Negotiate(syn);
        connection.Transition(TcpState.SynReceived, "a SYN cookie has come back (RFC 4987 3.6)");
        connection._sender.Space.Next += 1;
        connection._synSentAt = Instant.Never;
        return connection;
    }

    /// <summary>Whether our direction is open: <see cref="Send"/> takes bytes, now or when there is room.</summary>
    internal bool MaySend => State is TcpState.SynSent or TcpState.SynReceived or TcpState.Established or TcpState.CloseWait && !_sender.FinQueued;

    /// <summary>SEND (RFC 9293 3.10.2). Before the connection is open the data waits for it.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="now">The time.</param>
    /// <param name="more">More belongs to it and follows at once: a segment that is not full waits for it, until the next acknowledgment at the latest.</param>
    /// <returns>The bytes taken; fewer than given when the buffer is full, 0 also when the state does not allow to send.</returns>
    internal int Send(ReadOnlySpan<byte> data, Instant now, bool more = false)
    {
        _now = now;
        if (!MaySend) return 0;
        _sender.MoreFollows = _waitsForMore = more;
        int taken = _sender.Enqueue(data);
        _writerWaits |= taken < data.Length;
        return taken;
    }

    private void TellWriter()
    {
        if (!_writerWaits || !_sender.IsRoomy) return;
        _writerWaits = false;
        _signals |= TcpSignals.Writable;
    }

    /// <summary>RECEIVE (RFC 9293 3.10.3).</summary>
    /// <returns>The bytes given; 0 when there are none now (or, with <see cref="EndOfStream"/>, ever).</returns>
    internal int Receive(Span<byte> destination, Instant now)
    {
        _now = now;
        int given = _receiver.Read(destination, now);
        if (given > 0 && _receiver.Available == 0) NoteSpare();
        if (given == 0 || !MayReceive) return given;
        _receiver.Acks.OnRead(nothingLeft: _receiver.Available == 0);
        if (_receiver.WindowUpdateDue)
        {
            _receiver.Acks.Now();
            _ackNote = SegmentNote.WindowUpdate;
        }
        return given;
    }

    /// <summary>Looks at what <see cref="Receive"/> would give and leaves it there.</summary>
    /// <returns>The bytes shown.</returns>
    internal int Peek(Span<byte> destination) => _receiver.Peek(destination);

    private bool MayReceive => State is TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2;

    /// <summary>CLOSE (RFC 9293 3.10.4): FIN follows what is queued. What the peer still sends can be read.</summary>
    internal void CloseWrite(Instant now)
    {
        _now = now;
        switch (State)
        {
            case TcpState.SynSent:
                Transition(TcpState.Closed, "close before the peer has answered (RFC 9293 3.10.4)");
                break;
            case TcpState.SynReceived: // the FIN waits until our SYN is acknowledged, the state does not
            case TcpState.Established:
                _sender.FinQueued = true;
                Transition(TcpState.FinWait1, "close by our user (RFC 9293 3.10.4)");
                break;
            case TcpState.CloseWait:
                _sender.FinQueued = true;
                Transition(TcpState.LastAck, "close by our user after the peer's (RFC 9293 3.10.4)");
                break;
        }
    }

    /// <summary>The user wants to read no more either: CLOSE, and data that is unread or comes later is answered with RST, because the peer must
    /// not believe that it was read (RFC 9293 3.6.1, MAY-1, SHLD-3; RFC 2525 2.17).</summary>
    internal void Close(Instant now)
    {
        _now = now;
        _userGone = true;
        if (_settings.Linger == TimeSpan.Zero && State != TcpState.TimeWait)
        {
            Abort(now, "it was closed with a linger time of zero");
            return;
        }
        bool unread = _receiver.Available > 0;
        _receiver.Release();
        if (unread && State is not (TcpState.Closed or TcpState.TimeWait))
        {
            Reset();
            Transition(TcpState.Closed, "closed by our user with data unread (RFC 9293 3.6.1, SHLD-3; RFC 2525 2.17)");
            return;
        }
        CloseWrite(now);
        if (State == TcpState.FinWait2) _lingerDeadline = now + _settings.FinWait2Timeout;
        else if (State is TcpState.FinWait1 or TcpState.Closing or TcpState.LastAck && _settings.Linger is TimeSpan linger) _lingerDeadline = now + linger;
    }

    /// <summary>ABORT (RFC 9293 3.10.5): everything queued is forgotten and the peer gets a RST where the state says so.</summary>
    internal void Abort(Instant now, string reason)
    {
        _now = now;
        if (State == TcpState.Closed) return;
        // RFC 9293 3.10.5: SYN-SENT, CLOSING, LAST-ACK and TIME-WAIT are only deleted.
        if (State is TcpState.SynReceived or TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2 or TcpState.CloseWait) Reset();
        Fail(TcpFailureReason.Aborted, $"The connection {Tuple} was aborted: {reason}.", "abort by our user (RFC 9293 3.10.5)");
    }

    /// <summary>Whether a segment opens a new connection between the endpoints of this one, which is in TIME-WAIT.</summary>
    /// <remarks>RFC 9293 3.6.1, MAY-2, SHLD-4, with RFC 6191 2: a SYN whose timestamp, or else whose number, is above all of the old connection cannot be of
    /// its past. Without this a client that takes the same port again would be kept waiting for 2 MSL. Linux does the same.</remarks>
    internal bool MayBeFollowedBy(in TcpSegment segment)
    {
        if (State != TcpState.TimeWait || (segment.Header.Flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst)) != TcpFlags.Syn) return false;
        int newer = _timestamps && segment.Options.Timestamps is TcpTimestamps timestamps ? unchecked((int)(timestamps.Value - _recentTimestamp)) : 0;
        return newer > 0 || (newer == 0 && segment.Seq > _receiver.Space.Next);
    }

    /// <summary>An initial sequence number for the connection that follows in TIME-WAIT: above all that this one has used, and above what may still
    /// be thought to lie in a window of 64 KiB (RFC 9293 3.6.1, MAY-2).</summary>
    internal SeqNum FollowingInitialSequence => _sender.Space.Next + (ushort.MaxValue + 2);

    /// <summary>Ends TIME-WAIT before its time.</summary>
    internal void MakeWay(Instant now, string reason)
    {
        _now = now;
        Transition(TcpState.Closed, reason);
    }

    /// <summary>An ICMP error came back. The caller has checked that it quotes a number in flight, <see cref="IsInFlight"/> (RFC 5927 4.1).</summary>
    /// <param name="hard">Whether the error means that trying again is useless.</param>
    /// <param name="what">The error in words, such as "port unreachable from 192.0.2.1".</param>
    /// <param name="now">The time.</param>
    /// <param name="reason">What to tell the user when the connection fails for it.</param>
    internal void IcmpError(bool hard, string what, Instant now, TcpFailureReason reason = TcpFailureReason.HostUnreachable)
    {
        _now = now;
        if (hard && State is TcpState.SynSent or TcpState.SynReceived)
        {
            Fail(reason, $"Connecting {Tuple} failed: {what}. Check the address, the port and the route to it.", "ICMP error while opening (RFC 1122 4.2.3.9; RFC 9293 3.9.2.2, SHLD-26)");
            return;
        }
        // RFC 5927 5.2, RFC 5461: a synchronized connection survives every ICMP error; it may help to explain a timeout later
        // (RFC 9293 3.9.2.2, MUST-56, SHLD-25).
        _softError = what;
    }

    /// <summary>A router says that a packet was too large (RFC 1191). The caller has checked that it quotes a number in flight (RFC 5927 4.1).</summary>
    /// <param name="mtu">The bytes that fit.</param>
    /// <param name="quoted">The sequence number of the packet.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether it is believed, and the path narrower than was known.</returns>
    internal bool PacketTooBig(int mtu, SeqNum quoted, Instant now)
    {
        _now = now;
        return _sender.Space.SynAcknowledged && TellPath(_sender.PacketTooBig(mtu, quoted, now)); // no path is too narrow for a SYN
    }

    /// <summary>Another connection to the same destination has found the path to be narrower.</summary>
    /// <param name="mtu">The bytes that fit.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether that is news.</returns>
    internal bool PathNarrowed(int mtu, Instant now)
    {
        _now = now;
        return _sender.Space.SynAcknowledged && TellPath(_sender.PathNarrowed(mtu, now));
    }

    private bool TellPath(bool narrowed)
    {
        if (narrowed) TellCongestion($"packets of {_sender.PathMtu.PathMtu} bytes fit, segments of {_sender.Mss} (RFC 1191 3)");
        return narrowed;
    }

    // RFC 9293 3.10.5: <SEQ=SND.NXT><CTL=RST>, or what the peer accepts in its place. With an acknowledgment, as everybody sends it.
    private void Reset()
        => _reset = new(
            Tuple.Local.Port, Tuple.Remote.Port, _sender.Space.Acceptable, _receiver.Space.Next, TcpFlags.Rst | TcpFlags.Ack, 0);
}
