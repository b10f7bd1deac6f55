using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp;

/// <summary>Whoever uses a connection. Called with the stack's lock held.</summary>
internal interface ITcpUser
{
    /// <summary>Something has become possible or true, at this time.</summary>
    void OnSignals(TcpSignals signals, Instant now);
}

/// <summary>Whoever listens on a port. Called with the stack's lock held.</summary>
internal interface IListenerUser
{
    /// <summary>At least one connection can be taken with <see cref="ListenerSlot.TryDequeue"/>.</summary>
    void OnAcceptable();
}

/// <summary>A connection's place in the stack: who uses it, when it wants to be called, where its packets go.</summary>
internal sealed class TcpSlot(TcpConnection connection, IpAddress nextHop) : IDeadline
{
    /// <summary>The protocol machine.</summary>
    internal TcpConnection Connection { get; } = connection;

    /// <summary>The neighbour that its packets are handed to.</summary>
    internal IpAddress NextHop { get; } = nextHop;

    /// <summary>Who uses it; null while it waits to be accepted.</summary>
    internal ITcpUser? User { get; set; }

    /// <summary>The listener that made it, until it is accepted.</summary>
    internal ListenerSlot? Listener { get; set; }

    /// <summary>All signals so far, for a user who comes later: the one who accepts it.</summary>
    internal TcpSignals SignalsSoFar { get; set; }

    /// <summary>Whether it counts among its listener's half-open connections.</summary>
    internal bool IsHalfOpen { get; set; }

    /// <summary>Its share of what the stack keeps ahead of gaps, in bytes.</summary>
    internal int OutOfOrder { get; set; }

    /// <summary>Its place among those that wait for something missing; null before it has waited for the first time.</summary>
    internal LinkedListNode<TcpSlot>? BehindGap { get; set; }

    /// <summary>Whether it stands in the queue of connections that may want to send.</summary>
    internal bool IsReady { get; set; }

    /// <summary>Its place among the connections in TIME-WAIT, null outside; <see cref="TimeWaitQueue"/>'s alone.</summary>
    internal LinkedListNode<TcpSlot>? TimeWait { get; set; }

    /// <inheritdoc/>
    public Instant Deadline { get; set; }

    /// <inheritdoc/>
    public int QueueIndex { get; set; } = -1;
}

/// <summary>A port that accepts connections, and those that nobody has taken yet.</summary>
internal sealed class ListenerSlot(IpEndpoint local, int backlog, IListenerUser user, TcpSettings settings)
{
    private readonly Queue<TcpSlot> _acceptable = new();

    /// <summary>Where it listens.</summary>
    internal IpEndpoint Local { get; } = local;

    /// <summary>For the connections that it makes.</summary>
    internal TcpSettings Settings { get; set; } = settings;

    /// <summary>Connections in SYN-RECEIVED.</summary>
    internal int HalfOpen { get; set; }

    /// <summary>Whether as many connections wait to be accepted as may.</summary>
    internal bool IsFull => _acceptable.Count >= backlog;

    private Instant _cookiesUntil = Instant.Zero;

    /// <summary>A SYN was answered with a cookie.</summary>
    internal void CookieSent(Instant now) => _cookiesUntil = now + SynCookies.Lifetime;

    /// <summary>Whether a cookie may come back.</summary>
    internal bool CookiesOut(Instant now) => now < _cookiesUntil;

    /// <summary>Adds a connection whose handshake is complete, and tells who listens.</summary>
    internal void Enqueue(TcpSlot slot)
    {
        _acceptable.Enqueue(slot);
        user.OnAcceptable();
    }

    /// <summary>Takes the oldest connection that waits. It may have been closed by the peer meanwhile, but not be gone.</summary>
    internal bool TryDequeue([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TcpSlot? slot) => _acceptable.TryDequeue(out slot);
}
