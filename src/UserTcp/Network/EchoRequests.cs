using UserTcp.Wire;

namespace UserTcp.Network;

/// <summary>How an echo request of ours ended.</summary>
internal enum EchoOutcome
{
    /// <summary>The reply came.</summary>
    Replied,

    /// <summary>No reply came in time.</summary>
    TimedOut,

    /// <summary>An ICMP error came instead.</summary>
    Refused,
}

/// <summary>The end of one echo request.</summary>
/// <param name="Identifier">Whose request it was.</param>
/// <param name="Sequence">Which request.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="RoundTrip">The time from request to reply, error or time-out.</param>
/// <param name="DataLength">Bytes of data in the reply.</param>
/// <param name="TimeToLive">The reply's TTL.</param>
/// <param name="Error">What <see cref="EchoOutcome.Refused"/> was.</param>
internal readonly record struct EchoResult(
    ushort Identifier, ushort Sequence, EchoOutcome Outcome, TimeSpan RoundTrip, int DataLength, byte TimeToLive, IcmpErrorReport Error);

/// <summary>Our echo requests that wait for their replies ("ping"; RFC 792, RFC 1122 3.2.2.6).</summary>
internal sealed class EchoRequests
{
    private readonly Dictionary<Key, Waiting> _waiting = [];
    private readonly Queue<EchoResult> _results = new();
    private readonly List<Key> _expired = [];

    private readonly record struct Key(IpAddress Remote, ushort Identifier, ushort Sequence);

    private readonly record struct Waiting(Instant SentAt, Instant Deadline);

    /// <summary>When <see cref="Advance"/> wants to be called.</summary>
    internal Instant NextDeadline { get; private set; } = Instant.Never;

    /// <summary>Notes a request that is being sent.</summary>
    /// <returns>False when too many wait already, or the same one does.</returns>
    internal bool TryAdd(IpAddress remote, ushort identifier, ushort sequence, TimeSpan timeout, Instant now)
    {
        if (_waiting.Count >= Budgets.EchoesOutstanding || !_waiting.TryAdd(new(remote, identifier, sequence), new(now, now + timeout))) return false;
        NextDeadline = Instant.Min(NextDeadline, now + timeout);
        return true;
    }

    /// <summary>Takes an echo reply.</summary>
    /// <returns>Whether it answers a request that waits.</returns>
    internal bool Replied(in Ipv4Header header, in IcmpMessage message, ReadOnlySpan<byte> data, Instant now)
    {
        if (!_waiting.Remove(new(header.Source, message.EchoIdentifier, message.EchoSequence), out Waiting waiting)) return false;
        _results.Enqueue(new(
            message.EchoIdentifier, message.EchoSequence, EchoOutcome.Replied, now - waiting.SentAt, data.Length, header.TimeToLive, default));
        return true;
    }

    /// <summary>Takes an error that quotes an echo request.</summary>
    /// <returns>Whether it is about a request that waits.</returns>
    internal bool Failed(in IcmpErrorReport report, Instant now)
    {
        if (!_waiting.Remove(new(report.Remote.Address, report.EchoIdentifier, report.EchoSequence), out Waiting waiting)) return false;
        _results.Enqueue(new(report.EchoIdentifier, report.EchoSequence, EchoOutcome.Refused, now - waiting.SentAt, 0, 0, report));
        return true;
    }

    /// <summary>Ends the requests whose time is over.</summary>
    internal void Advance(Instant now)
    {
        if (now < NextDeadline) return;
        NextDeadline = Instant.Never;
        foreach ((Key key, Waiting waiting) in _waiting)
        {
            if (waiting.Deadline > now) NextDeadline = Instant.Min(NextDeadline, waiting.Deadline);
            else _expired.Add(key);
        }
        foreach (Key key in _expired)
        {
            _waiting.Remove(key, out Waiting waiting);
            _results.Enqueue(new(key.Identifier, key.Sequence, EchoOutcome.TimedOut, now - waiting.SentAt, 0, 0, default));
        }
        _expired.Clear();
    }

    /// <summary>Gives the next result.</summary>
    internal bool TryTakeResult(out EchoResult result) => _results.TryDequeue(out result);
}
