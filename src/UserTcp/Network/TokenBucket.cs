namespace UserTcp.Network;

/// <summary>Limits a rate and allows a burst: a bucket of tokens that refills steadily.</summary>
internal struct TokenBucket(int perSecond, int burst)
{
    private readonly long _ticksPerToken = TimeSpan.TicksPerSecond / perSecond;

    // The moment at which the bucket would be full: taking a token moves it ahead, time catches up with it.
    private Instant _fullAt;

    /// <summary>Takes a token if there is one.</summary>
    internal bool TryTake(Instant now)
    {
        Instant fullAt = Instant.Max(_fullAt, now);
        if ((fullAt - now).Ticks > (burst - 1) * _ticksPerToken) return false;
        _fullAt = fullAt + new TimeSpan(_ticksPerToken);
        return true;
    }
}
