using System.Collections.Concurrent;
using UserTcp.Link;
using UserTcp.Tls;

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>Keeps what a TLS connection tells, and gives its secrets to a capture.</summary>
internal sealed class TlsListener(CaptureFile? capture = null) : ITlsEventSink
{
    private readonly ConcurrentQueue<TlsEvent> _events = [];

    /// <summary>The events of a kind.</summary>
    public IEnumerable<T> Of<T>() where T : TlsEvent => _events.OfType<T>();

    /// <inheritdoc/>
    public void Raise(TlsEvent e)
    {
        _events.Enqueue(e);
        if (e is KeyLogged keys) capture?.AddTlsSecrets(keys.Line);
    }
}
