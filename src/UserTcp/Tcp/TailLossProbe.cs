using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>Asks for an acknowledgment when the last segments of a flight get none, instead of waiting for the retransmission timeout (RFC 8985 7).</summary>
internal struct TailLossProbe
{
    private static readonly TimeSpan LongestDelayedAck = TimeSpan.FromMilliseconds(200); // RFC 8985 7.2, WCDelAckT: as in Linux

    private SeqNum? _end; // RFC 8985 7.1, TLP.end_seq: SND.NXT when the probe was sent; null without a probe in flight
    private bool _isRetransmission; // TLP.is_retrans

    public TailLossProbe()
    {
    }

    /// <summary>When a probe is to be sent: PTO.</summary>
    internal Instant Deadline { get; private set; } = Instant.Never;

    /// <summary>The deadline has passed and the probe is not sent yet.</summary>
    internal bool IsDue { get; private set; }

    /// <summary>The next probe may be new data. It may not after such a one: the peer may take its time to acknowledge one more segment in order
    /// (RFC 9293 3.8.6.3), while a repeat is answered at once.</summary>
    internal readonly bool MayBeNewData => _end is null;

    /// <summary>RFC 8985 7.2. The retransmission timer stays the last resort: one repeat at a time.</summary>
    internal void Schedule(in RttEstimator rtt, bool oneSegment, Instant retransmissionDeadline, Instant now)
    {
        Cancel(); // an acknowledgment may have come between the deadline and the probe
        if (_end is not null && _isRetransmission) return; // RFC 8985 7.3, one-probe
        TimeSpan timeout = rtt.Measured ? 2 * rtt.Smoothed + (oneSegment ? LongestDelayedAck : TimeSpan.Zero) : rtt.Rto;
        Deadline = Instant.Min(now + timeout, retransmissionDeadline);
    }

    /// <summary>The deadline has passed.</summary>
    internal void Expire()
    {
        Deadline = Instant.Never;
        IsDue = true;
    }

    /// <summary>The probe has been sent.</summary>
    internal void OnSent(SeqNum next, bool retransmission)
    {
        IsDue = false;
        Deadline = Instant.Never;
        _end = next;
        _isRetransmission = retransmission;
    }

    /// <summary>No probe is wanted now.</summary>
    internal void Cancel()
    {
        Deadline = Instant.Never;
        IsDue = false;
    }

    /// <summary>What becomes of a probe that was sent matters no more: the loss is known.</summary>
    internal void Forget()
    {
        Cancel();
        _end = null;
    }

    /// <summary>Whether an acknowledgment tells that the probe has repaired a loss, to which congestion control must react (RFC 8985 7.4.2).</summary>
    internal bool HasRepairedLoss(SeqNum unacknowledged, SeqNum acknowledged, in AckFacts ack, bool sacked)
    {
        if (_end is not SeqNum end || acknowledged < end) return false;
        if (!_isRetransmission || ack.DuplicateSack is not null)
        {
            _end = null; // the probe was new data, or the peer says that it had the original
            return false;
        }
        if (acknowledged > end)
        {
            _end = null; // acknowledged beyond it, and never reported twice: the original had been lost
            return true;
        }
        if (unacknowledged == acknowledged && ack.Duplicate && !sacked) _end = null; // two acknowledgments: both have arrived
        return false;
    }
}
