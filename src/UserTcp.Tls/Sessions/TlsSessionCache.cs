using UserTcp.Tls.Sessions;

namespace UserTcp.Tls;

/// <summary>Remembers sessions, so that later connections to the same server need no certificates, no signature and no key exchange.</summary>
/// <remarks>
/// <para>Bounded: the session that was not used for longest goes first. Safe to share between connections and threads; holds secrets in memory only.</para>
/// <para>A session is resumed only with the same host name and the same ALPN protocols, suites, groups, signature schemes, trust store and client certificate
/// as it was made with, and for at most 24 hours (RFC 5246 F.1.4).</para>
/// </remarks>
public sealed class TlsSessionCache : IDisposable
{
    private readonly Lock _lock = new();
    private readonly int _capacity;
    private readonly Dictionary<SessionKey, LinkedListNode<(SessionKey Key, ResumableSession Session)>> _byKey = [];
    private readonly LinkedList<(SessionKey Key, ResumableSession Session)> _byUse = [];     // the newest first
    private bool _disposed;

    /// <summary>An empty cache with room for 256 sessions.</summary>
    public TlsSessionCache() : this(TlsBudgets.CachedSessions) { }

    internal TlsSessionCache(int capacity) => _capacity = capacity;

    /// <summary>How many sessions it holds, expired ones that nobody asked for included.</summary>
    public int Count
    {
        get { lock (_lock) return _byKey.Count; }
    }

    /// <summary>Forgets every session and zeroes its secret.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            while (_byUse.Last is { } oldest) Evict(oldest);
        }
    }

    /// <summary>Forgets every session; nothing is remembered from now on.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            Clear();
        }
    }

    /// <summary>A copy of the session for this key, which the caller owns; null when there is none that is still good.</summary>
    internal ResumableSession? Find(SessionKey key, DateTimeOffset utcNow)
    {
        lock (_lock)
        {
            if (!_byKey.TryGetValue(key, out LinkedListNode<(SessionKey, ResumableSession Session)>? node)) return null;
            ResumableSession session = node.Value.Session;
            // A clock that was set back makes a session from the future: nobody can say how old that is.
            if (utcNow >= session.Expires || utcNow < session.AuthenticatedAt)
            {
                Evict(node);
                return null;
            }
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return session.Copy();
        }
    }

    /// <summary>Remembers a session in place of an older one for the same key. The cache owns it from now on.</summary>
    internal void Store(SessionKey key, ResumableSession session)
    {
        lock (_lock)
        {
            if (_disposed)
            {
                session.Dispose();
                return;
            }
            if (_byKey.TryGetValue(key, out LinkedListNode<(SessionKey, ResumableSession)>? older)) Evict(older);
            else if (_byKey.Count == _capacity && _byUse.Last is { } oldest) Evict(oldest);
            _byKey.Add(key, _byUse.AddFirst((key, session)));
        }
    }

    /// <summary>Forgets the session for this key, if there is one.</summary>
    internal void Remove(SessionKey key)
    {
        lock (_lock)
        {
            if (_byKey.TryGetValue(key, out LinkedListNode<(SessionKey, ResumableSession)>? node)) Evict(node);
        }
    }

    private void Evict(LinkedListNode<(SessionKey Key, ResumableSession Session)> node)
    {
        _byUse.Remove(node);
        _byKey.Remove(node.Value.Key);
        node.Value.Session.Dispose();
    }
}
