using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>How large the segments to the peer may be: lowered by routers' reports (RFC 1191) and, where those do not come, by timeouts; raised again by
/// probing with larger segments (RFC 4821).</summary>
/// <remarks>
/// <para>Sizes are bytes of data in one segment, <see cref="Sender.Mss"/>; what surrounds it is added where a packet size is told.</para>
/// <para>A report is believed when: it quotes a number in flight (the stack's check, RFC 5927 4.1); it is smaller than what is sent; and either no larger
/// segment was ever acknowledged, or the quoted one is not acknowledged within its timeout (RFC 5927 7.2): a forged report cannot slow down a
/// connection that makes progress.</para>
/// <para>A probe is new data in a larger segment. Its loss says that it was too large and is no sign of congestion (RFC 4821 7.6.2).</para>
/// </remarks>
/// <param name="probing">Whether to act on timeouts and to probe; reports are heeded in any case.</param>
internal struct PathMtuDiscovery(bool probing)
{
    private const int DefaultMss = 536; // RFC 9293 3.7.1, MUST-15: for a peer that announces none

    // An absurd MSS would make us send 41 bytes for each byte of data. Nothing on the Internet needs less than this; Linux has the same floor.
    private const int LeastAnnouncedMss = 48;

    private const int TimeoutsOfBlackHole = 2; // one is everyday loss; with three the user has waited a second longer
    private const int BaseMss = 1024; // RFC 4821 7.2: almost every path carries it
    private const int SearchEnd = 16; // bytes: a hundredth of a segment is not worth more probes. Linux: tcp_probe_threshold 8

    private static readonly TimeSpan SearchInterval = TimeSpan.FromMinutes(10); // RFC 1191 6.3, RFC 4821 7.7; Linux: tcp_probe_interval

    private int _overhead; // bytes of headers and options around the data of a full segment
    private int _limit = DefaultMss; // what the peer and the link allow
    private int _largestAcknowledged;

    private int _reported; // a report that waits for a timeout; 0 when there is none
    private SeqNum _reportedFor;

    private Instant _searchAt = Instant.Never;
    private int _candidate; // what to probe next
    private int _tooLarge; // the least size that has failed in this search
    private int _probeLength; // of the probe in flight, or 0
    private SeqNum _probeStart;

    // Segments between these numbers that are lost and not yet sent again were too large.
    private bool _explains;
    private SeqNum _explainedFrom, _explainedTo;

    /// <summary>Eff.snd.MSS: the most data in one segment, options deducted (RFC 9293 3.7.1, MUST-16).</summary>
    internal int Mss { get; private set; } = DefaultMss;

    /// <summary>The IP packet of a full segment, in bytes.</summary>
    internal readonly int PathMtu => Mss + _overhead;

    private readonly int Least => Math.Min(_limit, Math.Max(Budgets.LeastPathMtu - _overhead, 1));

    /// <summary>Settles the MSS from the peer's SYN (RFC 9293 3.7.1, RFC 6691 2).</summary>
    /// <param name="announced">The peer's option.</param>
    /// <param name="path">What is known of the path.</param>
    /// <param name="optionBytes">Bytes of options in each data segment.</param>
    /// <param name="now">The time.</param>
    internal void Settle(ushort? announced, in PathProperties path, int optionBytes, Instant now)
    {
        _overhead = path.HeaderBytes + TcpHeader.MinimumSize + optionBytes;
        int peers = Math.Max((int)(announced ?? DefaultMss), LeastAnnouncedMss) - optionBytes;
        _limit = Math.Max(Math.Min(peers, path.Mtu - _overhead), 1);
        Mss = Math.Clamp(path.PathMtu - _overhead, Least, _limit);
        if (Mss < _limit) SearchFrom(now + SearchInterval);
    }

    /// <summary>A router says that a packet of ours was too large (RFC 1191 4).</summary>
    /// <param name="mtu">The packet size that fits.</param>
    /// <param name="quoted">The sequence number of the packet, which is in flight.</param>
    /// <param name="space">The send sequence space.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether it is believed: then <see cref="MarkTooLarge"/> says what must be sent again.</returns>
    internal bool OnTooBig(int mtu, SeqNum quoted, in SendSequenceSpace space, Instant now)
    {
        int fits = Math.Max(mtu - _overhead, Least);
        if (fits >= Mss)
        {
            // RFC 1191 3: a report never raises the MSS. But it may be about a probe, and then tells where to look next.
            if (quoted != _probeStart || fits >= _probeLength) return false;
            _tooLarge = fits + 1;
            _candidate = fits;
            return true;
        }
        if (fits < _largestAcknowledged)
        {
            _reported = fits; // RFC 5927 7.2: it contradicts what was seen: let the segment prove it
            _reportedFor = quoted;
            return false;
        }
        Lower(fits, space, now + SearchInterval);
        return true;
    }

    /// <summary>Another connection to the same destination has found that the path is narrower.</summary>
    /// <returns>Whether that is news.</returns>
    internal bool OnNarrowed(int mtu, in SendSequenceSpace space, Instant now)
    {
        int fits = Math.Max(mtu - _overhead, Least);
        if (fits >= Mss) return false;
        Lower(fits, space, now + SearchInterval);
        return true;
    }

    /// <summary>Marks what was too large as lost: it leaves again at once, cut (RFC 1191 6.4).</summary>
    internal readonly void MarkTooLarge(ref SentSegments sent)
    {
        for (int i = 0; i < sent.Count && sent[i].Start < _explainedTo; i++)
        {
            if (sent[i].Start >= _explainedFrom && sent[i].DataLength > Mss) sent.MarkLost(i);
        }
    }

    /// <summary>Data was acknowledged.</summary>
    /// <param name="acknowledged">SND.UNA.</param>
    /// <param name="full">A segment of the full size was among it.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether the MSS has grown.</returns>
    internal bool OnAcknowledged(SeqNum acknowledged, bool full, Instant now)
    {
        if (full) _largestAcknowledged = Mss;
        if (_reported > 0 && acknowledged > _reportedFor) _reported = 0; // RFC 5927 7.2: it had fitted
        if (_explains && acknowledged >= _explainedTo) _explains = false;
        if (_probeLength == 0 || acknowledged < _probeStart + _probeLength) return false;
        Mss = _largestAcknowledged = _probeLength; // RFC 4821 7.6.1
        _probeLength = 0;
        Narrow(now);
        return true;
    }

    /// <summary>The retransmission timer ran out.</summary>
    /// <param name="timeouts">How often for this segment.</param>
    /// <param name="oldest">The segment.</param>
    /// <param name="space">The send sequence space.</param>
    /// <param name="now">The time.</param>
    /// <returns>The verdict on the path, when the MSS has shrunk.</returns>
    internal PathMtuVerdict OnTimeout(int timeouts, in SentSegment oldest, in SendSequenceSpace space, Instant now)
    {
        if (_reported > 0)
        {
            int fits = _reported;
            _reported = 0;
            if (fits >= Mss) return PathMtuVerdict.Unchanged;
            Lower(fits, space, now + SearchInterval); // RFC 5927 7.2: no progress, the report was true
            return PathMtuVerdict.Reported;
        }
        // Large segments vanish without a report (RFC 2923 2.1). It may as well be an outage: then the search, which begins with the full size, soon shows it.
        int size = Math.Min(oldest.DataLength, Mss);
        if (!probing || timeouts < TimeoutsOfBlackHole || size <= Least) return PathMtuVerdict.Unchanged;
        Lower(size > BaseMss ? BaseMss : Math.Max(size / 2, Least), space, now); // RFC 4821 7.7
        return PathMtuVerdict.BlackHole;
    }

    /// <summary>How large a segment to try next, or 0.</summary>
    internal readonly int ProbeLength(Instant now) => probing && _probeLength == 0 && now >= _searchAt ? _candidate : 0;

    /// <summary>A probe leaves.</summary>
    internal void OnProbeSent(SeqNum start, int length)
    {
        _probeStart = start;
        _probeLength = length;
        Explain(start, start + length);
    }

    /// <summary>A segment leaves again.</summary>
    internal void OnResent(SeqNum start, Instant now)
    {
        if (_probeLength == 0 || start < _probeStart || start >= _probeStart + _probeLength) return;
        if (_tooLarge > _probeLength) // else a report has said more
        {
            _tooLarge = _probeLength;
            _candidate = (Mss + _tooLarge) / 2; // RFC 4821 7.3
        }
        _probeLength = 0;
        Narrow(now);
    }

    /// <summary>Whether everything that is lost was too large, which is no sign of congestion (RFC 4821 7.6.2).</summary>
    internal readonly bool Explains(ref SentSegments sent)
    {
        if (!_explains) return false;
        int explained = 0;
        for (int i = sent.FirstLost(); i < sent.Count && sent[i].Start < _explainedTo; i++)
        {
            if (sent[i].Lost && !sent[i].Retransmitted && sent[i].Start >= _explainedFrom) explained += sent[i].Length;
        }
        return explained == sent.LostBytes;
    }

    private void Lower(int mss, in SendSequenceSpace space, Instant searchAt)
    {
        Mss = mss;
        _largestAcknowledged = Math.Min(_largestAcknowledged, mss);
        _probeLength = 0;
        SearchFrom(searchAt);
        Explain(space.Unacknowledged, space.Next);
    }

    private void SearchFrom(Instant at)
    {
        _searchAt = at;
        _candidate = _limit;
        _tooLarge = _limit + 1;
    }

    // After a probe: on with the search, or enough for now.
    private void Narrow(Instant now)
    {
        if (Mss == _limit) _searchAt = Instant.Never;
        else if (_tooLarge - Mss <= SearchEnd) SearchFrom(now + SearchInterval);
        else if (_candidate <= Mss) _candidate = (Mss + _tooLarge) / 2;
    }

    private void Explain(SeqNum from, SeqNum to)
    {
        _explains = true;
        _explainedFrom = from;
        _explainedTo = to;
    }
}

/// <summary>Why the MSS has shrunk at a timeout.</summary>
internal enum PathMtuVerdict
{
    /// <summary>It has not.</summary>
    Unchanged,

    /// <summary>A router had reported it, and the timeout has confirmed it.</summary>
    Reported,

    /// <summary>Segments of full size vanish, and nobody says so.</summary>
    BlackHole,
}
