using UserTcp.Wire;

namespace UserTcp.Dns;

/// <summary>One question of a caller on its way: the names still to try, the servers still to ask, what was sent.</summary>
internal sealed class DnsLookup(int ticket, string typed, List<DnsName> candidates)
{
    /// <summary>A query that an answer can still come to. A late answer to an earlier try is as good as one to the last.</summary>
    internal sealed class Sent(DnsLookup lookup, DnsQuestion question, IpEndpoint server, ushort id, ushort port, Instant at)
    {
        internal DnsLookup Lookup { get; } = lookup;
        internal DnsQuestion Question { get; } = question;
        internal IpEndpoint Server { get; } = server;
        internal ushort Id { get; } = id;
        internal ushort Port { get; } = port;
        internal Instant At { get; } = at;

        /// <summary>Messages that came to this port and did not fit.</summary>
        internal int Forgeries { get; set; }
    }

    private readonly List<DnsName> _candidates = candidates;
    private int _candidate;

    /// <summary>What the caller knows the question by.</summary>
    internal int Ticket { get; } = ticket;

    /// <summary>The name as the caller gave it.</summary>
    internal string Typed { get; } = typed;

    /// <summary>The full name that is being looked up; the cache's key.</summary>
    internal DnsName Name => _candidates[_candidate];

    /// <summary>The name in the current query: <see cref="Name"/> or an alias of it.</summary>
    internal DnsName Asked { get; private set; } = candidates[0];

    /// <summary>Aliases followed so far.</summary>
    internal int Aliases { get; private set; }

    /// <summary>The least TTL of the aliases followed so far, in seconds.</summary>
    internal uint TimeToLive { get; private set; } = uint.MaxValue;

    /// <summary>Tries for <see cref="Asked"/> so far.</summary>
    internal int Tries { get; set; }

    /// <summary>When the current try is over.</summary>
    internal Instant Deadline { get; set; }

    /// <summary>What went wrong in the tries for <see cref="Asked"/>: the most telling.</summary>
    internal (DnsError Error, string Reason) Trouble { get; private set; }

    /// <summary>What went wrong with earlier candidates: what is reported when no candidate is found.</summary>
    internal (DnsError Error, DnsName Name, string Reason)? Verdict { get; private set; }

    /// <summary>The queries that can still be answered.</summary>
    internal List<Sent> Outstanding { get; } = [];

    /// <summary>The last of them: its failure starts the next try at once, that of an earlier one changes nothing.</summary>
    internal Sent? Current { get; set; }

    /// <summary>The exchange over TCP that is under way; 0 for none.</summary>
    internal int Exchange { get; set; }

    /// <summary>Whether nothing else is under way than this query.</summary>
    internal bool IsWaitingFor(Sent sent) => Exchange == 0 && Current == sent;

    /// <summary>Goes on with an alias.</summary>
    internal void Follow(DnsName alias, int followed, uint timeToLive)
    {
        Aliases += followed;
        TimeToLive = Math.Min(TimeToLive, timeToLive);
        StartOver(alias);
    }

    /// <summary>Notes what a server or its absence said. What a server says tells more than silence; the later of equals counts.</summary>
    internal void Note(DnsError error, string reason)
    {
        if (Weight(error) >= Weight(Trouble.Error)) Trouble = (error, reason);
    }

    /// <summary>Goes on with the next name of the search list.</summary>
    /// <param name="error">Why the current one has no address.</param>
    /// <param name="reason">The same as a clause.</param>
    /// <returns>False when there is none.</returns>
    internal bool NextCandidate(DnsError error, string reason)
    {
        // The name as typed tells the user most; of the others, a name that exists more than one that does not.
        bool asTyped = Name == _candidates.MinBy(c => c.Wire.Length); // the one that nothing was put behind
        if (Verdict is null || asTyped || error == DnsError.NoAddress) Verdict = (error, Name, reason);
        if (_candidate + 1 >= _candidates.Count) return false;
        _candidate++;
        Aliases = 0;
        TimeToLive = uint.MaxValue;
        StartOver(Name);
        return true;
    }

    private void StartOver(DnsName asked)
    {
        Asked = asked;
        Tries = 0;
        Trouble = default;
    }

    private static int Weight(DnsError error) => error switch
    {
        DnsError.None => 0,
        DnsError.TimedOut => 1,
        DnsError.Unreachable => 2,
        DnsError.TcpFailed => 3,
        _ => 4,
    };
}
