using System.Net;
using UserTcp.Explain.Model;
using UserTcp.Tcp;
using UserTcp.Tls;
using UserTcp.Wire;

namespace UserTcp.Explain.Recording;

/// <summary>Listens to a stack and keeps a <see cref="Conversation"/> of each of its connections, in bounded memory.</summary>
/// <remarks>TCP events come from the stack's threads and TLS events from the callers', so that a lock of its own, held for microseconds, guards it.</remarks>
internal sealed partial class ConversationRecorder : IStackEventSink
{
    /// <summary>Connections that are kept: a fetch with redirects opens a few.</summary>
    internal const int ConversationsKept = 32;

    private readonly Lock _gate = new();
    private readonly Dictionary<FourTuple, ConversationBuilder> _open = [];
    private readonly List<ConversationBuilder> _builders = [];

    /// <summary>The conversations so far, the oldest first. Recording goes on.</summary>
    internal IReadOnlyList<Conversation> Conversations()
    {
        lock (_gate) return [.. _builders.Select(builder => builder.Build(_prologue))];
    }

    /// <summary>A listener for the TLS that a connection carries. The connection has been opened already.</summary>
    /// <param name="local">Our end.</param>
    /// <param name="remote">The other end.</param>
    internal ITlsEventSink TlsOf(IPEndPoint local, IPEndPoint remote)
        => new TlsSink(this, new(new(IpAddress.From(local.Address), (ushort)local.Port), new(IpAddress.From(remote.Address), (ushort)remote.Port)));

    /// <inheritdoc/>
    public void SegmentSent(in SegmentEvent e)
    {
        lock (_gate) Find(e.Connection, opensActively: true, e.At)?.Segment(e, sent: true);
    }

    /// <inheritdoc/>
    public void SegmentReceived(in SegmentEvent e)
    {
        lock (_gate) Find(e.Connection, opensActively: false, e.At)?.Segment(e, sent: false);
    }

    /// <inheritdoc/>
    public void StateChanged(in StateChangedEvent e)
    {
        lock (_gate)
        {
            Find(e.Connection, opensActively: e.From != TcpState.Listen && e.To != TcpState.SynReceived, e.At)?.StateChanged(e);
        }
    }

    /// <inheritdoc/>
    public void TimerFired(in TimerFiredEvent e)
    {
        lock (_gate)
        {
            if (_open.TryGetValue(e.Connection, out ConversationBuilder? builder)) builder.TimerFired(e);
        }
    }

    /// <inheritdoc/>
    public void CongestionChanged(in CongestionChangedEvent e)
    {
        lock (_gate)
        {
            if (_open.TryGetValue(e.Connection, out ConversationBuilder? builder)) builder.CongestionChanged(e);
        }
    }

    private ConversationBuilder? Find(in FourTuple connection, bool opensActively, Instant at)
    {
        if (_open.TryGetValue(connection, out ConversationBuilder? builder)) return builder;
        if (_builders.Count == ConversationsKept) return null;
        builder = new ConversationBuilder(connection, opensActively, at);
        _open.Add(connection, builder);
        _builders.Add(builder);
        return builder;
    }

    private sealed class TlsSink(ConversationRecorder recorder, FourTuple connection) : ITlsEventSink
    {
        public void Raise(TlsEvent e)
        {
            lock (recorder._gate)
            {
                if (recorder._open.TryGetValue(connection, out ConversationBuilder? builder)) builder.Tls(e);
            }
        }
    }
}
