using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>Finds out afterwards that a recovery was a mistake: nothing was lost, only late.</summary>
/// <remarks>Two witnesses: the acknowledgment echoes a timestamp from before the first repeat (Eifel, RFC 3522), or the peer has reported every
/// repeat as a duplicate (RFC 2883, RFC 3708). The third, F-RTO (RFC 5682), is part of the timeout's own course in <see cref="LossRecovery"/>.</remarks>
internal struct SpuriousRecovery
{
    private bool _watching;
    private bool _resent;
    private SeqNum _from; // SND.UNA when the recovery began
    private int _notDuplicated; // bytes repeated whose original has not been reported
    private Instant _firstResentAt = Instant.Never;

    public SpuriousRecovery()
    {
    }

    /// <summary>A recovery begins.</summary>
    /// <param name="unacknowledged">SND.UNA.</param>
    /// <param name="resent">Bytes of earlier repeats that are still in flight and may be reported later.</param>
    internal void Watch(SeqNum unacknowledged, int resent)
    {
        _watching = true;
        _resent = resent > 0;
        _from = unacknowledged;
        _notDuplicated = resent;
        _firstResentAt = Instant.Never;
    }

    /// <summary>Whether a recovery is being watched.</summary>
    internal readonly bool IsWatching => _watching;

    /// <summary>Nothing to be brought back.</summary>
    internal void Forget() => _watching = false;

    /// <summary>A segment is sent again.</summary>
    internal void OnResent(int bytes, Instant now)
    {
        if (!_watching) return;
        _resent = true;
        _notDuplicated += bytes;
        if (_firstResentAt == Instant.Never) _firstResentAt = now;
    }

    /// <summary>The peer reports a segment that came twice.</summary>
    internal void OnDuplicateSack(SackBlock block)
    {
        if (_watching && block.Right > _from) _notDuplicated = Math.Max(_notDuplicated - (block.Right - block.Left), 0);
    }

    /// <summary>Every repeat was one too many (RFC 3708 2).</summary>
    internal readonly bool AllWereDuplicates => _watching && _resent && _notDuplicated == 0;

    /// <summary>The acknowledgment was caused by an original (RFC 3522 3.2, step 4).</summary>
    internal readonly bool IsForOriginal(Instant? echoedAt)
        => _watching && echoedAt is Instant at && _firstResentAt != Instant.Never && at.Milliseconds < _firstResentAt.Milliseconds;
}
