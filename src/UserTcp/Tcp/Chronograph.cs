namespace UserTcp.Tcp;

/// <summary>What keeps a sender from sending more.</summary>
public enum SendLimit
{
    /// <summary>Nothing is written that the peer has not acknowledged.</summary>
    Idle,

    /// <summary>The path: the congestion window, or the way of what is in flight.</summary>
    Path,

    /// <summary>The window of the peer.</summary>
    ReceiveWindow,

    /// <summary>The send buffer: all of it is in flight, and the user waits for room.</summary>
    SendBuffer,
}

/// <summary>Measures how long a sender was limited by what; as Linux's tcp_chrono_start and tcp_chrono_stop.</summary>
internal struct Chronograph
{
    private TimeSpan _path, _receiveWindow, _sendBuffer;

    public Chronograph()
    {
    }

    /// <summary>What limits now.</summary>
    internal SendLimit Limit { get; private set; }

    /// <summary>Since when; never before anything was sent.</summary>
    internal Instant Since { get; private set; } = Instant.Never;

    /// <summary>How long anything was under way, up to <see cref="Since"/>.</summary>
    internal readonly TimeSpan Busy => _path + _receiveWindow + _sendBuffer;

    /// <summary>How long the peer's window was the limit, up to <see cref="Since"/>.</summary>
    internal readonly TimeSpan ReceiveWindow => _receiveWindow;

    /// <summary>How long the send buffer was the limit, up to <see cref="Since"/>.</summary>
    internal readonly TimeSpan SendBuffer => _sendBuffer;

    /// <summary>Notes what limits from now on.</summary>
    internal void Note(SendLimit limit, Instant now)
    {
        if (limit == Limit) return;
        if (Limit == SendLimit.Path) _path += now - Since;
        else if (Limit == SendLimit.ReceiveWindow) _receiveWindow += now - Since;
        else if (Limit == SendLimit.SendBuffer) _sendBuffer += now - Since;
        Limit = limit;
        Since = now;
    }
}
