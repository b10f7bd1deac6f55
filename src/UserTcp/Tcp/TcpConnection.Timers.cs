namespace UserTcp.Tcp;

// Timeouts: RFC 9293 3.10.8.
internal sealed partial class TcpConnection
{
    // How long emptied buffers keep their memory for the next burst. A second is longer than the pauses within a transfer.
    private static readonly TimeSpan SpareMemoryDelay = TimeSpan.FromSeconds(1);

    private Instant _spareDeadline = Instant.Never; // when a buffer that was emptied gives its memory back
    private Instant _lastHeard; // the last acceptable acknowledgment
    private int _keepAliveProbes; // keep-alives sent since then
    private Instant _keepAliveAt; // the last of them
    private Instant _lingerDeadline = Instant.Never; // of TIME-WAIT, of FIN-WAIT-2 without a user, and of what a user who has closed still wants delivered
    private Instant _synSentAt;
    private int _synRetransmissions;
    private string? _softError;

    /// <summary>When <see cref="Advance"/> must be called at the latest.</summary>
    internal Instant NextDeadline
    {
        get
        {
            Instant next = Instant.Min(_receiver.Acks.Deadline, _lingerDeadline);
            next = Instant.Min(next, Instant.Min(_sender.Timer.Deadline, _sender.ProbeTimer.Deadline));
            next = Instant.Min(next, Instant.Min(_sender.Recovery.ReorderingDeadline, _sender.Recovery.TailProbe.Deadline));
            return Instant.Min(Instant.Min(next, _spareDeadline), Instant.Min(KeepAliveDeadline, UserTimeoutDeadline));
        }
    }

    // The user timeout is for what is sent on an open connection; a SYN counts its retries. A peer that answers, and be it with a smaller window,
    // lets it start anew (RFC 9293 3.8.6, SHLD-17).
    private Instant UserTimeoutDeadline => _sender.Space.SynAcknowledged ? _sender.WaitingSince + _settings.UnacknowledgedTimeout : Instant.Never;

    /// <summary>Lets time pass: whatever is due is done, what it makes to send comes out of <see cref="TryTransmit"/>.</summary>
    internal void Advance(Instant now)
    {
        _now = now;
        if (now >= _receiver.Acks.Deadline)
        {
            _receiver.Acks.Expire(_sender.Rtt.Rto);
            Tell(TcpTimer.DelayedAck, 1);
        }
        if (now >= _spareDeadline) ReleaseSpare();
        if (now >= KeepAliveDeadline) KeepAliveExpired();
        if (now >= _lingerDeadline) LingerExpired();
        if (now >= UserTimeoutDeadline) UserTimeoutExpired();
        if (now >= _sender.Recovery.ReorderingDeadline) ReorderingExpired();
        if (now >= _sender.Recovery.TailProbe.Deadline) TailProbeExpired(); // before the retransmission, whose place it takes when both are due
        else if (now >= _sender.Timer.Deadline) RetransmissionExpired();
        if (now >= _sender.ProbeTimer.Deadline) ProbeExpired();
    }

    // Only while nothing is outstanding, for else the retransmission asks already (RFC 9293 3.8.4, MAY-5, MUST-24, MUST-26, MUST-27).
    private Instant KeepAliveDeadline
    {
        get
        {
            if (!_settings.KeepAlive || !CanKeepAlive || _sender.Space.InFlight != 0 || _sender.Unsent != 0) return Instant.Never;
            // Every question has its time to be answered, also when all of them are overdue: keep-alives were switched on late, or the process was stopped.
            return _keepAliveProbes == 0 ? _lastHeard + _settings.KeepAliveTime : _keepAliveAt + _settings.KeepAliveInterval;
        }
    }

    // As in Linux also after a half-close: who waits for the rest of an answer wants to know that nobody sends it. Without a user there is a timer of its own.
    private bool CanKeepAlive => State is TcpState.Established or TcpState.CloseWait || (State == TcpState.FinWait2 && !_userGone);

    private void KeepAliveExpired()
    {
        // RFC 9293 3.8.4, MUST-29: no single unanswered question means that the connection is dead.
        bool silentForTooLong = _settings.UserTimeout is TimeSpan limit ? _keepAliveProbes > 0 && _now - _lastHeard >= limit : _keepAliveProbes >= _settings.KeepAliveProbes;
        if (silentForTooLong)
        {
            Reset();
            GiveUp(
                $"the peer has been silent since {_lastHeard} and did not answer {_keepAliveProbes} keep-alives (RFC 9293 3.8.4); it is gone, or the path to it",
                "no answer to keep-alives (RFC 9293 3.8.4)");
            return;
        }
        Tell(TcpTimer.KeepAlive, ++_keepAliveProbes);
        _keepAliveDue = true;
        _keepAliveAt = _now;
    }

    private void NoteHeard()
    {
        _lastHeard = _now;
        _keepAliveProbes = 0;
    }

    // A buffer has been emptied. Ten thousand idle connections must not hold the memory of their busiest moment.
    private void NoteSpare()
    {
        if (State == TcpState.Closed) ReleaseSpare(); // the last of what had arrived has been read
        else _spareDeadline = _now + SpareMemoryDelay;
    }

    private void ReleaseSpare()
    {
        _spareDeadline = Instant.Never;
        _sender.ReleaseSpare();
        _receiver.ReleaseSpare();
    }

    /// <summary>RETRANSMISSION TIMEOUT (RFC 9293 3.10.8, RFC 6298 5).</summary>
    private void RetransmissionExpired()
    {
        if (!_sender.Space.SynAcknowledged)
        {
            SynExpired();
            return;
        }
        Tell(TcpTimer.Retransmission, _sender.Timeouts + 1);
        _counters.RetransmissionTimeouts++;
        TellCongestion(_sender.TimeOut(_now) switch
        {
            PathMtuVerdict.Reported => $"retransmission timeout; a router had said that only {_sender.PathMtu.PathMtu} bytes fit (RFC 5927 7.2)",
            PathMtuVerdict.BlackHole => $"retransmission timeout; full segments vanish, now {_sender.Mss} bytes (RFC 4821 7.7)",
            _ => "retransmission timeout (RFC 5681 3.1)",
        });
    }

    private void ReorderingExpired()
    {
        Tell(TcpTimer.Reordering, 1);
        TellCongestion(_sender.Recovery.OnReorderingTimeout(_now));
    }

    private void TailProbeExpired()
    {
        Tell(TcpTimer.TailLossProbe, 1);
        _counters.TailLossProbes++;
        _sender.Recovery.TailProbe.Expire();
        _sender.Timer.Restart(_sender.Rtt.Rto, _now); // RFC 8985 7.3, rto-after-probe
    }

    private void SynExpired()
    {
        Tell(TcpTimer.Retransmission, _synRetransmissions + 1);
        // RFC 9293 3.8.3, MUST-22, MUST-23: by default 63 s in all, with the last wait. The RFC asks for 3 minutes, for which nobody waits.
        if (_synRetransmissions < (State == TcpState.SynSent ? _settings.SynRetries : _settings.SynAckRetries))
        {
            _synRetransmissions++;
            _counters.SynRetransmissions++;
            _counters.Retransmissions++;
            _synDue = true;
            _sender.Timer.BackOff(_sender.Rtt.Rto, _now);
            return;
        }
        GiveUp(
            $"sent {(State == TcpState.SynSent ? "SYN" : "SYN-ACK")} {_synRetransmissions + 1} times and had no answer (RFC 9293 3.8.3); check that the peer is up and that no firewall drops the segments",
            "no answer to SYN (RFC 9293 3.8.3)");
    }

    /// <summary>USER TIMEOUT (RFC 9293 3.10.8; RFC 9293 3.8.3, MUST-20, R2).</summary>
    private void UserTimeoutExpired()
    {
        Tell(TcpTimer.UserTimeout, 1);
        GiveUp(
            $"nothing that was sent since SND.UNA {_sender.Space.Unacknowledged} was acknowledged for {_settings.UnacknowledgedTimeout} (RFC 9293 3.8.3); check the path to the peer",
            "user timeout (RFC 9293 3.10.8)");
    }

    private void GiveUp(string what, string reason)
    {
        _counters.ConnectionsTimedOut++;
        Fail(
            _softError is null ? TcpFailureReason.TimedOut : TcpFailureReason.HostUnreachable,
            $"The connection {Tuple} timed out in {State}: {what}.{(_softError is null ? "" : $" A router had said: {_softError}.")}",
            reason);
    }

    /// <summary>The window is still too small: ask, and wait twice as long for the next time (RFC 9293 3.8.6.1, SHLD-30).</summary>
    private void ProbeExpired()
    {
        Tell(TcpTimer.Persist, _sender.ProbeTimer.Backoff + 1);
        _probeDue = true;
        if (_sender.WaitingSince == Instant.Never) _sender.WaitingSince = _now;
        _sender.ProbeTimer.BackOff(_sender.Rtt.Rto, _now);
    }

    private void LingerExpired()
    {
        if (State == TcpState.TimeWait)
        {
            Tell(TcpTimer.TimeWait, 1);
            Transition(TcpState.Closed, "2 MSL have passed (RFC 9293 3.10.8)");
            return;
        }
        Tell(TcpTimer.UserTimeout, 1);
        if (State == TcpState.FinWait2) Transition(TcpState.Closed, "nobody is left to wait for the peer's FIN");
        else Abort(_now, $"not everything was delivered within {_settings.Linger}, the linger time that is set");
    }

    private void Tell(TcpTimer timer, int count) => _events?.TimerFired(new(_now, Tuple, timer, count));
}
