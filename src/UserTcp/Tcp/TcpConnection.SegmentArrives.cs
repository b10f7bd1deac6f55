using UserTcp.Wire;

namespace UserTcp.Tcp;

// SEGMENT ARRIVES: RFC 9293 3.10.7, in the RFC's order. CLOSED (3.10.7.1) is ClosedConnection, LISTEN (3.10.7.2) is PassiveOpen.
internal sealed partial class TcpConnection
{
    private static readonly TimeSpan TimestampLife = TimeSpan.FromDays(24); // RFC 7323 5.5: TS.Recent is believed no longer when idle

    private SegmentNote _note; // what became of the segment that is being handled
    private string? _noteReason;

    /// <summary>Handles a segment of this connection whose checksum is right.</summary>
    internal void SegmentArrives(in TcpSegment segment, Instant now)
    {
        _now = now;
        _segmentsReceived++;
        if (!segment.Payload.IsEmpty) _dataSegmentsReceived++;
        _note = SegmentNote.None;
        _noteReason = null;
        switch (State)
        {
            case TcpState.Closed:
                if (ClosedConnection.TryAnswer(segment, out TcpHeader reset)) _reset = reset;
                break;
            case TcpState.SynSent:
                ArrivesInSynSent(segment);
                break;
            default:
                ArrivesInOtherStates(segment);
                break;
        }
        if (_note == SegmentNote.Duplicate && segment.Length > 0) _duplicateSegmentsReceived++;
        TellReceived(segment);
    }

    /// <summary>RFC 9293 3.10.7.3.</summary>
    private void ArrivesInSynSent(in TcpSegment segment)
    {
        // First, check the ACK bit.
        bool acknowledges = segment.Has(TcpFlags.Ack);
        if (acknowledges && (segment.Ack <= _sender.Space.Initial || segment.Ack > _sender.Space.Next))
        {
            if (!segment.Has(TcpFlags.Rst)) ResetFor(segment); // <SEQ=SEG.ACK><CTL=RST>
            Refuse("ACK of something never sent (RFC 9293 3.10.7.3, first)");
            return;
        }

        // Second, check the RST bit. Without an acceptable ACK it can come from anybody.
        if (segment.Has(TcpFlags.Rst))
        {
            if (acknowledges)
            {
                Fail(
                    TcpFailureReason.Refused,
                    $"{Tuple.Remote} refused the connection: our SYN was answered with RST (RFC 9293 3.10.7.3). Nothing listens on port {Tuple.Remote.Port} there, or a firewall rejects it.",
                    "our SYN was answered with RST (RFC 9293 3.10.7.3, second)");
            }
            else
            {
                Refuse("RST without ACK before the peer has answered (RFC 9293 3.10.7.3, second)");
            }
            return;
        }

        // Third, check the security: obsolete (RFC 9293 appendix A.1).

        // Fourth, check the SYN bit.
        if (!segment.Has(TcpFlags.Syn))
        {
            Refuse("neither SYN nor RST in SYN-SENT (RFC 9293 3.10.7.3, fifth)");
            return;
        }
        Negotiate(segment);
        if (!acknowledges)
        {
            // RFC 9293 3.5, MUST-10: simultaneous open. Both SYNs are answered.
            Transition(TcpState.SynReceived, "SYN crossed ours: simultaneous open (RFC 9293 3.10.7.3, fourth)");
            _synDue = true;
            return;
        }
        AcknowledgeSyn(segment);
        Transition(TcpState.Established, "SYN-ACK (RFC 9293 3.10.7.3, fourth)");
        _receiver.Acks.Now(); // <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>
        // "If there are other controls or text in the segment, then continue processing at the sixth step."
        if (!segment.Payload.IsEmpty || segment.Has(TcpFlags.Fin)) TakeTextAndFin(segment.Seq + 1, segment);
    }

    /// <summary>RFC 9293 3.10.7.4.</summary>
    private void ArrivesInOtherStates(in TcpSegment segment)
    {
        // First, check the sequence number.
        if (!CheckTimestamps(segment)) return;
        bool crossingSynAck = IsCrossingSynAck(segment);
        // RFC 9293 3.4, MUST-66: with a closed window the text is refused, but valid ACKs and RSTs count.
        bool textRefused = _receiver.Space.Window == 0 && segment.Length > 0 && segment.Seq == _receiver.Space.Next;
        if (!crossingSynAck && (IsSynAgain(segment) || !textRefused && !_receiver.Space.Acceptable(segment.Seq, segment.Length)))
        {
            ArrivesOutsideWindow(segment);
            return;
        }

        // Second, check the RST bit.
        if (segment.Has(TcpFlags.Rst))
        {
            ResetArrives(segment);
            return;
        }

        // Third, check security: obsolete (RFC 9293 appendix A.1).

        // Fourth, check the SYN bit.
        if (segment.Has(TcpFlags.Syn) && !crossingSynAck)
        {
            if (State == TcpState.SynReceived && _passive)
            {
                Refuse("SYN inside the window of a half-open connection (RFC 9293 3.10.7.4, fourth)");
                Fail(TcpFailureReason.Reset, $"{Tuple.Remote} started its half-open connection anew.", "SYN in SYN-RECEIVED: back to LISTEN (RFC 9293 3.10.7.4, fourth)");
            }
            else
            {
                Challenge("SYN on an open connection (RFC 5961 4)"); // RFC 9293 3.10.7.4, fourth
            }
            return;
        }

        // Fifth, check the ACK field.
        if (!segment.Has(TcpFlags.Ack))
        {
            Refuse("no ACK (RFC 9293 3.10.7.4, fifth)");
            return;
        }
        if (!CheckAck(segment)) return;
        UpdateRecentTimestamp(segment); // not before: a guess that acknowledges what was never sent must not make the peer's segments look old

        // RFC 9293 3.10.7.4, sixth: check the URG bit. Urgent data is read in line with the rest (3.8.5 discourages its use; RFC 6093).

        // Seventh, process the segment text; eighth, check the FIN bit.
        if (textRefused)
        {
            _receiver.Acks.Now();
            Refuse("text into a closed window (RFC 9293 3.10.7.4, first)");
            return;
        }
        if (!segment.Payload.IsEmpty || segment.Has(TcpFlags.Fin)) TakeTextAndFin(crossingSynAck ? segment.Seq + 1 : segment.Seq, segment);
    }

    /// <summary>The segment lies outside the window: "send an acknowledgment, unless the RST bit is set" (RFC 9293 3.10.7.4, first).</summary>
    private void ArrivesOutsideWindow(in TcpSegment segment)
    {
        if (segment.Has(TcpFlags.Rst))
        {
            Refuse("RST outside the window (RFC 9293 3.10.7.4, first; RFC 5961 3.2)");
            return;
        }
        if (IsSynAgain(segment))
        {
            _synDue |= MayAnswerInvalid(); // its SYN again: our SYN-ACK was lost, and an ACK without SYN would mean nothing to it
            _note = SegmentNote.Duplicate;
            return;
        }
        _counters.OutOfWindow++;
        if (State == TcpState.TimeWait && segment.Has(TcpFlags.Fin) && segment.Seq + segment.Length == _receiver.Space.Next)
        {
            // RFC 9293 3.10.7.4, eighth: the peer's FIN again. Our last ACK was lost; the 2 MSL start anew.
            _lingerDeadline = _now + 2 * _settings.MaximumSegmentLifetime;
        }
        AnswerUnacceptable(segment);
        NoteDuplicate(segment);
        if (segment.Seq < _receiver.Space.Next) _note = SegmentNote.Duplicate;
        else Refuse("outside the window (RFC 9293 3.10.7.4, first)");
    }

    /// <summary>RST in a state other than SYN-SENT, inside the window. What it carries is not looked at (RFC 9293 3.5.3, SHLD-2).</summary>
    /// <remarks>RFC 9293 3.10.7.4, second, with RFC 5961 3.2: exactly RCV.NXT resets, elsewhere in the window it is challenged. RFC 793 let any RST in
    /// the window kill the connection, which somebody off the path can guess.</remarks>
    private void ResetArrives(in TcpSegment segment)
    {
        if (State == TcpState.TimeWait)
        {
            Refuse("RST in TIME-WAIT, which must last (RFC 1337 3)");
            return;
        }
        if (segment.Seq != _receiver.Space.Next)
        {
            Challenge("RST inside the window but not at RCV.NXT (RFC 5961 3.2)");
            return;
        }
        if (State == TcpState.SynReceived && !_passive)
        {
            Fail(
                TcpFailureReason.Refused, $"{Tuple.Remote} refused the connection with RST after both sides had sent SYN (RFC 9293 3.10.7.4).",
                "RST in SYN-RECEIVED after an active open (RFC 9293 3.10.7.4, second)");
            return;
        }
        if (State is TcpState.Closing or TcpState.LastAck && _sender.Buffer.Count == 0)
        {
            Transition(TcpState.Closed, "RST after both have closed (RFC 9293 3.10.7.4, second)"); // all data has arrived: nothing failed
            return;
        }
        string reason = State == TcpState.SynReceived ? "RST in SYN-RECEIVED: back to LISTEN (RFC 9293 3.10.7.4, second)" : "RST at RCV.NXT (RFC 9293 3.10.7.4, second)";
        Fail(
            TcpFailureReason.Reset, // RFC 9293 3.6, MUST-12: the user is told
            $"{Tuple.Remote} reset the connection in {State} at SEQ {segment.Seq} (RFC 9293 3.10.7.4). Its process died, or it refuses what we sent.", reason);
    }

    /// <summary>Fifth, check the ACK field.</summary>
    /// <returns>Whether to go on with the text.</returns>
    private bool CheckAck(in TcpSegment segment)
    {
        ref SendSequenceSpace space = ref _sender.Space;
        if (State == TcpState.SynReceived)
        {
            // SND.UNA < SEG.ACK =< SND.NXT, or a reset: <SEQ=SEG.ACK><CTL=RST>. SYN cookies and the accept queue have no place here, but before.
            if (!(space.Unacknowledged < segment.Ack && segment.Ack <= space.Next))
            {
                ResetFor(segment);
                Refuse("ACK of something never sent in SYN-RECEIVED (RFC 9293 3.10.7.4, fifth)");
                return false;
            }
            AcknowledgeSyn(segment);
            space.SetWindow(segment.Seq, segment.Ack, WindowOf(segment));
            Transition(TcpState.Established, "our SYN is acknowledged (RFC 9293 3.10.7.4, fifth)");
            return true;
        }

        // RFC 9293 3.10.7.4, MAY-12; RFC 5961 5: (SND.UNA - MAX.SND.WND) =< SEG.ACK =< SND.NXT, or data could be injected blindly.
        if (segment.Ack > space.Next || segment.Ack < space.Unacknowledged - space.LargestWindow)
        {
            Challenge("ACK outside of what could be acknowledged (RFC 5961 5)");
            return false;
        }
        NoteHeard();
        _waitsForMore = false;
        if (!space.SynAcknowledged)
        {
            if (segment.Ack <= space.Unacknowledged) return true;
            AcknowledgeSyn(segment); // FIN-WAIT-1 straight from SYN-RECEIVED
        }
        bool advances = segment.Ack > space.Unacknowledged;
        bool windowChanged = segment.Ack >= space.Unacknowledged && space.UpdateWindow(segment.Seq, segment.Ack, WindowOf(segment));
        TellCongestion(_sender.Acknowledge(segment, windowChanged, EchoedAt(segment), _now));
        if (advances)
        {
            _softError = null;
            if (_sender.HoldsSpare) NoteSpare();
            TellWriter();
        }
        // RFC 9293 3.8.6.1, MUST-37: a peer that answers may keep its window closed for ever, but only while somebody is left who could give up
        // (RFC 6429 2: else a peer that never opens it holds our memory for nothing), and who has not said when he does.
        bool patient = !_userGone && _settings.UserTimeout is null;
        if (space.InFlight == 0 && (patient || space.Window > 0)) _sender.WaitingSince = Instant.Never;
        else if (patient && space.Window == 0) _sender.WaitingSince = _now;

        switch (State)
        {
            case TcpState.FinWait1 when _sender.FinAcknowledged:
                Transition(TcpState.FinWait2, "our FIN is acknowledged (RFC 9293 3.10.7.4, fifth)");
                break;
            case TcpState.Closing when _sender.FinAcknowledged:
                Transition(TcpState.TimeWait, "our FIN is acknowledged, the peer's had come before (RFC 9293 3.10.7.4, fifth)");
                break;
            case TcpState.LastAck when _sender.FinAcknowledged:
                Transition(TcpState.Closed, "our FIN is acknowledged (RFC 9293 3.10.7.4, fifth)");
                return false;
        }
        return true;
    }

    /// <summary>Seventh, process the segment text; eighth, check the FIN bit.</summary>
    private void TakeTextAndFin(SeqNum seq, in TcpSegment segment)
    {
        if (!MayReceive && State != TcpState.SynReceived)
        {
            _receiver.Acks.Now();
            Refuse("data after the peer's FIN (RFC 9293 3.10.7.4, seventh)"); // "This should not occur"
            return;
        }
        bool fin = segment.Has(TcpFlags.Fin);
        if (_userGone && !segment.Payload.IsEmpty && seq + segment.Payload.Length > _receiver.Space.Next)
        {
            ResetFor(segment);
            Refuse("data that nobody will read");
            Transition(TcpState.Closed, "data after our user has closed (RFC 1122 4.2.2.13, RFC 9293 3.6.1, SHLD-3)");
            return;
        }
        TakeMarks(segment);
        bool hadGap = _receiver.OutOfOrder.Count > 0;
        int before = _receiver.Available;
        _note = _receiver.Take(seq, segment.Payload, fin);
        int delivered = _receiver.Available - before;
        if (delivered > 0)
        {
            _signals |= TcpSignals.Readable;
            _receiver.Tuning.OnData(_receiver.Space.Next, _receiver.Space.Window, segment.Payload.Length >= _receiver.Acks.PeerSegment ? _now - EchoedAt(segment) : null, _now);
            _receiver.Acks.OnData(segment.Payload.Length, delivered, hadGap, _receiver.Space.Window, _sender.Rtt, _now);
        }
        switch (_note)
        {
            case SegmentNote.OutOfOrder:
                _counters.OutOfOrder++;
                _receiver.Acks.OnOutOfOrder();
                break;
            case SegmentNote.Duplicate or SegmentNote.Refused:
                _receiver.Acks.Now();
                _receiver.Acks.BeQuick(AckSchedule.MostQuick, _receiver.Space.Window); // acknowledgments were lost, or the peer is impatient
                break;
        }
        if (_receiver.FinReached) FinArrives();
    }

    /// <summary>Eighth, check the FIN bit: the peer's FIN has been reached.</summary>
    private void FinArrives()
    {
        _signals |= TcpSignals.PeerClosed;
        _receiver.Acks.Now();
        switch (State)
        {
            case TcpState.SynReceived or TcpState.Established:
                Transition(TcpState.CloseWait, "the peer's FIN (RFC 9293 3.10.7.4, eighth)");
                break;
            case TcpState.FinWait1: // had our FIN been acknowledged, the fifth step would have left this state
                Transition(TcpState.Closing, "the peer's FIN crossed ours: simultaneous close (RFC 9293 3.10.7.4, eighth)");
                break;
            case TcpState.FinWait2:
                Transition(TcpState.TimeWait, "the peer's FIN (RFC 9293 3.10.7.4, eighth)");
                break;
        }
    }

    private void AcknowledgeSyn(in TcpSegment segment) => _sender.AcknowledgeSyn(_synSentAt, _synRetransmissions, EchoedAt(segment), _now);

    /// <summary>PAWS (RFC 7323 5.3).</summary>
    /// <returns>Whether the segment may go on.</returns>
    private bool CheckTimestamps(in TcpSegment segment)
    {
        if (!_timestamps || segment.Has(TcpFlags.Rst)) return true; // RFC 7323 5.3: RST is not subject to PAWS
        if (segment.Options.Timestamps is not TcpTimestamps timestamps)
        {
            if (segment.Has(TcpFlags.Syn) || !_settings.TimestampsRequired) return true;
            _counters.TimestampMissing++;
            Refuse("no timestamps although they were agreed on (RFC 7323 3.2, drop-without)"); // SHOULD drop silently
            return false;
        }
        // R1: older than the last one, unless that one is so old that the peer's clock may have wrapped.
        if (unchecked((int)(timestamps.Value - _recentTimestamp)) >= 0 || _now - _recentTimestampAt > TimestampLife) return true;
        _counters.PawsRejected++;
        AnswerUnacceptable(segment);
        NoteDuplicate(segment);
        Refuse("timestamp older than the last: a segment of the past (RFC 7323 5.3, R1)");
        return false;
    }

    // A copy is not looked at, but DSACK tells the peer that it sent too much: the delayed original of a needless retransmission comes here.
    private void NoteDuplicate(in TcpSegment segment)
    {
        if (segment.Length == 0 || segment.Seq >= _receiver.Space.Next || segment.Has(TcpFlags.Syn)) return;
        _receiver.NoteDuplicate(segment.Seq, segment.Seq + segment.Length);
        _receiver.Acks.BeQuick(AckSchedule.MostQuick, _receiver.Space.Window);
    }

    // RFC 7323 4.3 (2): from the segment at the left edge only, so that a delayed acknowledgment echoes the oldest; R1 has seen that it is not older.
    private void UpdateRecentTimestamp(in TcpSegment segment)
    {
        if (_timestamps && segment.Options.Timestamps is TcpTimestamps timestamps && segment.Seq <= _lastAckSent && !segment.Has(TcpFlags.Rst))
            SetRecentTimestamp(timestamps.Value);
    }

    // RFC 7323 4.1: when the timestamp that comes back was sent.
    private Instant? EchoedAt(in TcpSegment segment)
    {
        if (!_timestamps || segment.Options.Timestamps is not TcpTimestamps timestamps || timestamps.EchoReply == 0) return null;
        uint age = unchecked(TimestampNow - timestamps.EchoReply);
        return age <= int.MaxValue ? _now - TimeSpan.FromMilliseconds(age) : null;
    }

    // The other side's SYN-ACK when two SYNs have crossed: its SYN is known already and lies outside the window, its ACK opens the connection
    // (RFC 9293 3.5, figure 7).
    private bool IsCrossingSynAck(in TcpSegment segment)
        => State == TcpState.SynReceived && !_passive && segment.Has(TcpFlags.Syn) && segment.Has(TcpFlags.Ack)
            && segment.Seq == _receiver.Space.Initial && segment.Ack == _sender.Space.Next;

    // The SYN that we have answered, again. With data it reaches into the window, where a SYN would end the half-open connection.
    private bool IsSynAgain(in TcpSegment segment)
        => State == TcpState.SynReceived && segment.Has(TcpFlags.Syn) && segment.Seq == _receiver.Space.Initial;

    private int WindowOf(in TcpSegment segment) => segment.Header.Window << (segment.Has(TcpFlags.Syn) ? 0 : _sender.WindowShift); // RFC 7323 2.3, scale-always

    private void TellReceived(in TcpSegment segment)
        => _events?.SegmentReceived(new(
            _now, Tuple, segment.Header, segment.Options, segment.Payload.Length, _note, _noteReason, State, _sender.Space.Unacknowledged, _sender.Space.Next,
            _receiver.Space.Next));
}
