using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>HyStart++ (RFC 9406): leaves the first slow start when the round-trip time shows that a queue is filling, before it overflows.</summary>
/// <remarks>A rise of the round-trip time starts conservative slow start (CSS), which grows a quarter as fast. If within five rounds the round-trip time
/// falls again, the rise was jitter and slow start resumes; else slow start is over.</remarks>
internal struct HyStart()
{
    // RFC 9406 4.3, the recommended values. L, the most segments that one acknowledgment may add, is infinite although nothing here paces: a peer
    // that merges segments acknowledges 44 at once, and with L = 8 a round would add a fifth instead of doubling. The burst that one
    // acknowledgment releases is at most twice what it acknowledges.
    private const int RttSamples = 8, RttDivisor = 8, CssGrowthDivisor = 4, CssRounds = 5;
    private static readonly TimeSpan LeastThreshold = TimeSpan.FromMilliseconds(4), MostThreshold = TimeSpan.FromMilliseconds(16);

    private bool _inRound;
    private SeqNum _windowEnd;
    private TimeSpan _lastRoundMinimum = TimeSpan.MaxValue;
    private TimeSpan _roundMinimum = TimeSpan.MaxValue;
    private TimeSpan _cssBaseline;
    private int _samples;
    private int _cssRounds; // rounds in CSS, the one in which it began included; 0 outside

    /// <summary>Conservative slow start is under way.</summary>
    internal readonly bool Conservative => _cssRounds > 0;

    /// <summary>Slow start is over: congestion avoidance begins at the window as it is.</summary>
    internal bool Finished { get; private set; }

    /// <summary>Takes an acknowledgment in slow start.</summary>
    /// <returns>By how many bytes the window grows.</returns>
    internal int OnAcknowledged(in AckSample ack)
    {
        if (!_inRound || ack.Acknowledged >= _windowEnd) StartRound(ack.Next);
        if (ack.Rtt is TimeSpan rtt) Measure(rtt);
        return Conservative ? ack.Bytes / CssGrowthDivisor : ack.Bytes; // RFC 9406 4.2
    }

    private void StartRound(SeqNum windowEnd)
    {
        _inRound = true;
        _windowEnd = windowEnd;
        _lastRoundMinimum = _roundMinimum;
        _roundMinimum = TimeSpan.MaxValue;
        _samples = 0;
        if (Conservative && _cssRounds++ == CssRounds) Finished = true; // RFC 9406 4.2: the partial round in which CSS began counts
    }

    private void Measure(TimeSpan rtt)
    {
        if (rtt < _roundMinimum) _roundMinimum = rtt;
        if (++_samples < RttSamples) return;
        if (Conservative)
        {
            if (_roundMinimum < _cssBaseline) _cssRounds = 0; // RFC 9406 4.2: it was jitter, resume slow start
        }
        else if (_lastRoundMinimum != TimeSpan.MaxValue && _roundMinimum >= _lastRoundMinimum + Threshold(_lastRoundMinimum))
        {
            _cssBaseline = _roundMinimum; // RFC 9406 4.2: enter CSS
            _cssRounds = 1;
        }
    }

    private static TimeSpan Threshold(TimeSpan minimum)
    {
        TimeSpan part = minimum / RttDivisor;
        return part < LeastThreshold ? LeastThreshold : part > MostThreshold ? MostThreshold : part;
    }
}
