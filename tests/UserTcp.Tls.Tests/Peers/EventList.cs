namespace UserTcp.Tls.Tests.Peers;

/// <summary>Keeps everything that happens on a client's connections.</summary>
internal sealed class EventList : ITlsEventSink
{
    private readonly List<TlsEvent> _events = [];

    public void Raise(TlsEvent e)
    {
        lock (_events) _events.Add(e);
    }

    internal IReadOnlyList<T> Of<T>()
    {
        lock (_events) return [.. _events.OfType<T>()];
    }

    /// <summary>Of the newest connection, in hexadecimal.</summary>
    internal string MasterSecret() => Of<KeyLogged>()[^1].Line.Split(' ')[2];
}
