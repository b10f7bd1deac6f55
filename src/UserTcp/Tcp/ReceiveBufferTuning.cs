using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>Finds out how large the receive buffer, and so the window, has to be: what the user reads in a round trip, with room for the peer to
/// grow (dynamic right-sizing: Fisk and Feng, 2001; Linux's tcp_rcv_space_adjust).</summary>
/// <remarks>So a long fat path gets megabytes, and a peer whose data nobody reads gets no more than the initial size out of us.</remarks>
/// <param name="initial">Bytes at the start.</param>
/// <param name="maximum">The most bytes; not more than <paramref name="initial"/> for a size that stays.</param>
internal struct ReceiveBufferTuning(int initial, int maximum)
{
    private const int CushionSegments = 16; // for small variations, as in Linux
    private const int InitialSegmentsPerRound = 10; // RFC 6928: what the peer sends in its first round trip
    private const int AlphaInverse = 8; // the weight of RFC 6298 2.3

    private long _read; // bytes read since _readSince
    private Instant _readSince = Instant.Zero;
    private Instant _windowSince = Instant.Never;
    private SeqNum _windowEnd; // when this number arrives, a window has been received since _windowSince

    /// <summary>Bytes of the buffer. It grows, and is only ever reduced by the user.</summary>
    internal int Size { get; private set; } = Math.Min(initial, maximum);

    /// <summary>The round-trip time as a receiver sees it; zero before the first measurement.</summary>
    internal TimeSpan Rtt { get; private set; }

    /// <summary>Bytes that the user has read in the best round trip so far.</summary>
    internal int ReadPerRound { get; private set; }

    /// <summary>A size that the user wants, and that stays.</summary>
    internal void Fix(int size) => Size = maximum = size;

    /// <summary>Data arrived: measures the round-trip time.</summary>
    /// <param name="next">RCV.NXT.</param>
    /// <param name="window">RCV.WND.</param>
    /// <param name="echoed">How old the timestamp is that the segment echoes, if it does (RFC 7323 4.1).</param>
    /// <param name="now">The time.</param>
    internal void OnData(SeqNum next, int window, TimeSpan? echoed, Instant now)
    {
        if (Size >= maximum) return;
        if (echoed is TimeSpan rtt) Rtt = Rtt == TimeSpan.Zero ? rtt : Rtt + (rtt - Rtt) / AlphaInverse;
        if (_windowSince != Instant.Never && next < _windowEnd) return;
        // A whole window takes a round trip at least.
        if (_windowSince != Instant.Never && (Rtt == TimeSpan.Zero || now - _windowSince < Rtt)) Rtt = now - _windowSince;
        _windowSince = now;
        _windowEnd = next + window;
    }

    /// <summary>The user has read. Once in a round trip the size is looked at.</summary>
    internal void OnRead(int length, int mss, Instant now)
    {
        if (Size >= maximum) return;
        _read += length;
        if (Rtt == TimeSpan.Zero || now - _readSince < Rtt) return;
        if (ReadPerRound == 0) ReadPerRound = InitialSegmentsPerRound * mss;
        if (_read > ReadPerRound)
        {
            // Twice for the time in which a loss is repaired; more while the peer's rate grows, because what we announce now is for the next two rounds.
            long wanted = 2 * _read + CushionSegments * mss;
            wanted += 2 * wanted * (_read - ReadPerRound) / ReadPerRound;
            Size = (int)Math.Clamp(wanted, Size, maximum);
            ReadPerRound = (int)Math.Min(_read, maximum);
        }
        _read = 0;
        _readSince = now;
    }
}
