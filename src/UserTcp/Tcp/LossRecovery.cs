using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>How a sender stands towards losses; Linux's ca_state, in its order.</summary>
public enum RecoveryState
{
    /// <summary>Everything arrives in order.</summary>
    Open,

    /// <summary>Something arrived ahead of a gap; it may only be late.</summary>
    Disorder,

    /// <summary>A router has marked a packet: cwnd is brought down, nothing is lost (RFC 3168 6.1.2).</summary>
    Reduced,

    /// <summary>Lost segments are sent again: fast recovery (RFC 5681 3.2).</summary>
    Recovery,

    /// <summary>The retransmission timer ran out: slow start from the oldest on (RFC 5681 3.1).</summary>
    Loss,
}

/// <summary>What follows from losses: when a recovery begins and ends, how much may be sent meanwhile, and the way back when it was a mistake.</summary>
/// <remarks>
/// <para>Which segments are lost is <see cref="ILossDetection"/>'s business: RACK with SACK, NewReno without. How much less is
/// <see cref="ICongestionControl"/>'s. This is what stands between, the same for both.</para>
/// </remarks>
internal sealed class LossRecovery(Sender sender, StackCounters counters, SeqNum initial, bool sack)
{
    private ILossDetection _detection = sack ? new RackDetection(sender, counters) : new NewRenoDetection(sender);
    private ProportionalRateReduction _reduction;
    private SpuriousRecovery _spurious = new();
    private bool _frto; // RFC 5682: the timeout may have been a mistake

    /// <summary>The tail loss probe's book.</summary>
    internal TailLossProbe TailProbe = new();

    /// <summary>The state.</summary>
    internal RecoveryState State { get; private set; }

    /// <summary>SND.NXT when the recovery began: acknowledged up to here, it is over (RFC 6582: recover).</summary>
    internal SeqNum Point { get; private set; } = initial; // RFC 6582 3.2 (1)

    /// <summary>Whether both sides use SACK.</summary>
    internal bool UsesSack => _detection is RackDetection;

    /// <summary>cwnd is being brought down: it does not grow by acknowledgments.</summary>
    internal bool IsReducing => State is RecoveryState.Reduced or RecoveryState.Recovery;

    /// <summary>Bytes in flight that are known to have arrived ahead of a gap.</summary>
    internal int ArrivedAhead => _detection.ArrivedAhead;

    /// <summary>When loss detection wants to look again although nothing has come (RFC 8985 6.3).</summary>
    internal Instant ReorderingDeadline => _detection.Deadline;

    /// <summary>F-RTO wants new data sent before repeats: their acknowledgments will tell whether the timeout was a mistake (RFC 5682 2.1, step 2b).</summary>
    internal bool PrefersNewData { get; private set; }

    /// <summary>The next new segment tells the peer that cwnd was reduced, for whatever reason: then it ends its echo of a mark (RFC 3168 6.1.2).</summary>
    internal bool ReductionToTell { get; set; }

    /// <summary>The path has been seen to reorder.</summary>
    internal bool ReorderingSeen => _detection is RackDetection { ReorderingSeen: true };

    /// <summary>How far segments have been seen to overtake each other, in segments.</summary>
    internal int ReorderingDegree => _detection is RackDetection rack ? rack.ReorderingDegree : RackDetection.UsualReordering;

    /// <summary>The peer has no SACK (RFC 2018 2), which would make for a better recovery (RFC 5681 4.3).</summary>
    internal void DoWithoutSack() => _detection = new NewRenoDetection(sender);

    /// <summary>Takes in an acknowledgment. <see cref="Sender.Sent"/> knows already what it covers.</summary>
    /// <param name="delivery">What it covers.</param>
    /// <param name="ack">What else it says.</param>
    /// <param name="acknowledged">SEG.ACK.</param>
    /// <param name="delivered">Bytes that have newly left the network.</param>
    /// <returns>What happened, when it is worth telling.</returns>
    internal string? OnAck(in Delivery delivery, in AckFacts ack, SeqNum acknowledged, out int delivered)
    {
        SeqNum unacknowledged = sender.Space.Unacknowledged;
        if (ack.DuplicateSack is SackBlock twice) _spurious.OnDuplicateSack(twice);
        delivered = _detection.OnAck(delivery, ack);
        string? note = null;
        PrefersNewData = false;

        if (TailProbe.HasRepairedLoss(unacknowledged, acknowledged, ack, delivery.SackedBytes > 0) && State <= RecoveryState.Disorder)
            note = RepairedByProbe(delivery.Now);
        if (State is RecoveryState.Reduced && unacknowledged > Point) End(RecoveryState.Open);
        if (State is RecoveryState.Recovery && unacknowledged >= Point) note = Recovered(ack);
        else if (State is RecoveryState.Recovery) note = UndoWithin(ack) ?? note;
        else if (State is RecoveryState.Loss) note = OnAckAfterTimeout(delivery, ack) ?? note;
        if (State <= RecoveryState.Disorder)
        {
            note = UndoIfAllWereDuplicates() ?? note;
            if (unacknowledged > Point) Point = unacknowledged - 1; // keeps up, lest it seem ahead after 2 GiB
        }

        int lost = _detection.MarkLost(delivery.Now);
        if (MustBegin) note = Begin(delivery, delivered);
        else if (State <= RecoveryState.Disorder) State = IsQuiet ? RecoveryState.Open : RecoveryState.Disorder;
        if (ack.EcnEcho && State <= RecoveryState.Disorder) note = Reduce(delivery.Now);

        if (IsReducing && delivered > 0)
        {
            sender.Congestion.Window = _reduction.Window(
                delivered, sender.Pipe, sender.Congestion.SlowStartThreshold, ack.Advanced && lost == 0, sender.Mss);
        }
        return note;
    }

    /// <summary>The deadline of loss detection has passed (RFC 8985 6.3).</summary>
    internal string? OnReorderingTimeout(Instant now)
    {
        if (_detection.MarkLost(now) == 0 || !MustBegin) return null;
        return Begin(new(now, default, Point, Point), 0);
    }

    /// <summary>The retransmission timer ran out (RFC 6298 5.4 to 5.6, RFC 8985 6.3).</summary>
    /// <param name="again">It had run out before, and nothing was acknowledged since.</param>
    /// <param name="now">The time.</param>
    internal void OnTimeout(bool again, Instant now)
    {
        bool first = State < RecoveryState.Recovery;
        bool reduce = first || sender.Space.Unacknowledged >= Point || (State == RecoveryState.Loss && !again);
        sender.Congestion.OnTimeout(sender.Space.InFlight, !reduce, now);
        if (reduce) _spurious.Watch(sender.Space.Unacknowledged, sender.Sent.ResentBytes);
        ReductionToTell = sender.EcnAgreed;
        _detection.OnTimeout(now);
        sender.Congestion.Window = sender.Pipe + sender.Mss; // RFC 5681 3.1: the loss window, beyond what is not given up
        TailProbe.Forget();
        State = RecoveryState.Loss;
        Point = sender.Space.Next; // RFC 6582 3.2 (4)
        _frto = first || again; // RFC 5682 2.1, step 1: not when the timeout interrupts a fast recovery
        PrefersNewData = false;
    }

    /// <summary>Data leaves.</summary>
    internal void OnSent(int bytes) => _reduction.OnSent(bytes);

    /// <summary>A segment leaves again.</summary>
    internal void OnResent(int bytes, Instant now)
    {
        _reduction.OnSent(bytes);
        _spurious.OnResent(bytes, now);
    }

    /// <summary>There was no new data to send for F-RTO: the usual way (RFC 5682 2.1, step 2b).</summary>
    internal void NoNewData()
    {
        PrefersNewData = false;
        _frto = false;
    }

    // What was too large for the path is sent again, but it is no sign of congestion (RFC 4821 7.6.2).
    private bool MustBegin => State < RecoveryState.Recovery && sender.Sent.LostBytes > 0 && !sender.PathMtu.Explains(ref sender.Sent);

    // Nothing that could still disturb: no gap, no repeat in flight, no mistake that could come to light.
    private bool IsQuiet => ArrivedAhead == 0 && sender.Sent.LostBytes == 0 && sender.Sent.ResentBytes == 0;

    private string Begin(in Delivery delivery, int delivered)
    {
        bool reducing = State == RecoveryState.Reduced; // the window is being reduced for a mark already: once per round trip is enough (RFC 3168 6.1.2)
        State = RecoveryState.Recovery;
        counters.FastRetransmits++;
        Point = sender.Space.Next;
        _spurious.Forget(); // a mark is no mistake
        TailProbe.Forget();
        if (!reducing)
        {
            _spurious.Watch(sender.Space.Unacknowledged, sender.Sent.ResentBytes);
            ReductionToTell = sender.EcnAgreed;
            // RFC 9937 6.1: what was in flight, without what SACK had reported before this acknowledgment.
            int flight = sender.Space.InFlight - sender.Sent.SackedBytes + delivery.Bytes;
            sender.Congestion.OnCongestion(sender.Space.InFlight, CongestionSignal.Loss, delivery.Now);
            _reduction.Begin(flight);
        }
        if (delivered == 0) sender.Congestion.Window = sender.Pipe + sender.Mss; // a timer has found the loss: the fast retransmit alone
        return UsesSack ? "loss found by RACK (RFC 8985 6.2)" : "third duplicate acknowledgment (RFC 5681 3.2)";
    }

    private string Reduce(Instant now)
    {
        State = RecoveryState.Reduced;
        Point = sender.Space.Next;
        _spurious.Forget(); // a mark is no mistake
        sender.Congestion.OnCongestion(sender.Space.InFlight, CongestionSignal.Ecn, now);
        _reduction.Begin(sender.Space.InFlight);
        ReductionToTell = true;
        return "the peer echoes a mark of congestion (RFC 3168 6.1.2)";
    }

    // RFC 8985 7.4.2: the probe has hidden a loss from everybody but the congestion control.
    private string RepairedByProbe(Instant now)
    {
        sender.Congestion.OnCongestion(sender.Space.InFlight, CongestionSignal.Loss, now);
        sender.Congestion.Window = sender.Congestion.SlowStartThreshold;
        _spurious.Forget();
        ReductionToTell = sender.EcnAgreed;
        return "a tail loss probe has repaired a loss (RFC 8985 7.4.2)";
    }

    private string? Recovered(in AckFacts ack)
    {
        if (_spurious.IsForOriginal(ack.EchoedAt) || _spurious.AllWereDuplicates) return Undo(RecoveryState.Open, unmark: false);
        End(RecoveryState.Open);
        return "all that was in flight when the loss was noticed is acknowledged (RFC 6582 3.2)";
    }

    private void End(RecoveryState next)
    {
        sender.Congestion.Window = sender.Congestion.SlowStartThreshold; // RFC 9937 6.3; RFC 5681 3.2 (6)
        TailProbe.Forget(); // what a probe has repaired, this reduction has answered
        _detection.OnRecovered();
        State = next;
    }

    // Within a recovery: the original has arrived after all, and no repeat is on its way that would have to be explained.
    private string? UndoWithin(in AckFacts ack)
    {
        if (ack.Advanced && _spurious.IsForOriginal(ack.EchoedAt) && sender.Sent.ResentBytes == 0) return Undo(RecoveryState.Disorder, unmark: true);
        return UndoIfAllWereDuplicates();
    }

    private string? UndoIfAllWereDuplicates() => _spurious.AllWereDuplicates ? Undo(RecoveryState.Disorder, unmark: false) : null;

    private string? OnAckAfterTimeout(in Delivery delivery, in AckFacts ack)
    {
        bool recovered = sender.Space.Unacknowledged >= Point;
        if (ack.Advanced && (_spurious.IsForOriginal(ack.EchoedAt) || _spurious.AllWereDuplicates)) return Undo(RecoveryState.Open, unmark: true); // RFC 4015 3
        if (_frto)
        {
            // RFC 5682 2.1, step 3b; with SACK 3.1, step 3: what was never repeated has arrived, so not all was lost.
            if (delivery.OriginalArrived && (UsesSack || !delivery.CoversRepeats)) return Undo(RecoveryState.Open, unmark: true);
            if (sender.Space.Next > Point)
            {
                if (delivery.SackedBytes > 0 || ack.Duplicate) _frto = false; // step 3a: the loss was real
            }
            else if (ack.Advanced && !recovered)
            {
                Point = sender.Space.Next;
                PrefersNewData = true; // step 2b
                return null;
            }
        }
        if (!recovered) return null;
        _detection.OnRecovered();
        State = RecoveryState.Open;
        return null;
    }

    private string Undo(RecoveryState next, bool unmark)
    {
        counters.SpuriousRecoveriesUndone++;
        if (_spurious.IsWatching) // else the reduction was for a mark
        {
            sender.Congestion.Undo();
            ReductionToTell = false;
        }
        if (unmark) sender.Sent.ForgetLosses();
        _spurious.Forget();
        _detection.OnRecovered();
        _frto = false;
        State = next;
        return "nothing had been lost: the reduction is undone (RFC 4015 3, RFC 3708 2, RFC 5682 2.1)";
    }
}
