using UserTcp.Wire;

namespace UserTcp.Udp;

/// <summary>A datagram that arrived.</summary>
internal readonly record struct UdpDatagram(IpEndpoint Local, IpEndpoint Remote, ReadOnlyMemory<byte> Payload);

/// <summary>A receive queue for a port: bounded, what comes when it is full is dropped, as UDP may.</summary>
internal sealed class UdpSocket : IUdpReceiver
{
    private readonly Queue<UdpDatagram> _queue = new();
    private int _queuedBytes;

    /// <summary>Datagrams lost because nobody read.</summary>
    internal long Dropped { get; private set; }

    /// <summary>The last ICMP error; null when none came.</summary>
    internal string? LastError { get; private set; }

    /// <inheritdoc/>
    public void Arrived(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload, Instant now)
    {
        if (_queue.Count >= Budgets.UdpQueueDatagrams || _queuedBytes + payload.Length > Budgets.UdpQueueBytes)
        {
            Dropped++;
            return;
        }
        _queue.Enqueue(new(local, remote, payload.ToArray()));
        _queuedBytes += payload.Length;
    }

    /// <inheritdoc/>
    public void Undeliverable(ushort localPort, IpEndpoint remote, bool hard, string reason, Instant now) => LastError = reason;

    /// <summary>Takes the oldest datagram.</summary>
    internal bool TryReceive(out UdpDatagram datagram)
    {
        bool any = _queue.TryDequeue(out datagram);
        _queuedBytes -= datagram.Payload.Length;
        return any;
    }
}
