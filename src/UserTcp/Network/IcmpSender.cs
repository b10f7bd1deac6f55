using UserTcp.Wire;

namespace UserTcp.Network;

/// <summary>An ICMP message that is ready to be put into IP packets.</summary>
/// <param name="Source">Our address.</param>
/// <param name="Destination">The receiver.</param>
/// <param name="Message">Header and payload, checksum included. It can be larger than the MTU: see <see cref="Ipv4Fragmenter"/>.</param>
internal readonly record struct IcmpDatagram(IpAddress Source, IpAddress Destination, ReadOnlyMemory<byte> Message);

/// <summary>Makes the ICMP messages that we send: echo replies, echo requests, errors (RFC 792, RFC 1122 3.2.2). Pull them with <see cref="TryTransmit"/>.</summary>
internal sealed class IcmpSender(INetworkEventSink? events)
{
    /// <summary>RFC 1812 4.3.2.3: as much of the packet as fits without the error exceeding 576 bytes.</summary>
    private const int MaximumError = 576;

    private readonly Queue<IcmpDatagram> _queue = new();
    private int _queuedBytes;
    private TokenBucket _errors = new(Budgets.IcmpErrorsPerSecond, Budgets.IcmpErrorBurst);

    /// <summary>Answers an echo request with the same data (RFC 1122 3.2.2.6). One to a broadcast address is not answered: that is how "smurf" attacks multiply.</summary>
    internal void AnswerEcho(in Ipv4Header header, in IcmpMessage request, ReadOnlySpan<byte> data, RouteTable routes, Instant now)
    {
        if (!routes.IsOurs(header.Destination)) return;
        Enqueue(header.Destination, header.Source, request with { Type = IcmpType.EchoReply }, data, now);
    }

    /// <summary>Asks for an echo.</summary>
    /// <returns>False when too much waits to be sent already.</returns>
    internal bool RequestEcho(IpAddress source, IpAddress destination, ushort identifier, ushort sequence, ReadOnlySpan<byte> data, Instant now)
        => Enqueue(source, destination, IcmpMessage.Echo(IcmpType.EchoRequest, identifier, sequence), data, now);

    /// <summary>Tells the sender of a packet what is wrong with it, unless RFC 1122 3.2.2 forbids it or too many errors were sent already.</summary>
    /// <param name="type">The kind of error.</param>
    /// <param name="code">The kind within the kind.</param>
    /// <param name="packet">The packet that arrived, from its IPv4 header on.</param>
    /// <param name="linkDestination">Where its frame was addressed to.</param>
    /// <param name="routes">Our addresses and networks.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether an error will be sent.</returns>
    internal bool ReportError(IcmpType type, byte code, ReadOnlySpan<byte> packet, MacAddress linkDestination, RouteTable routes, Instant now)
    {
        if (Ipv4Header.TryParseQuoted(packet, out Ipv4Header header, out ReadOnlySpan<byte> payload) != ParseError.None) return false;
        if (!MayBeAnswered(header, payload, linkDestination, routes) || !_errors.TryTake(now)) return false;
        int quoted = Math.Min(Math.Min(packet.Length, header.TotalLength), MaximumError - Ipv4Header.MinimumSize - IcmpMessage.HeaderSize);
        return Enqueue(header.Destination, header.Source, new(type, code, 0), packet[..quoted], now);
    }

    /// <summary>Gives the next message to send.</summary>
    internal bool TryTransmit(out IcmpDatagram datagram)
    {
        bool any = _queue.TryDequeue(out datagram);
        _queuedBytes -= datagram.Message.Length;
        return any;
    }

    /// <summary>RFC 1122 3.2.2: errors are never sent about …</summary>
    private static bool MayBeAnswered(in Ipv4Header header, ReadOnlySpan<byte> payload, MacAddress linkDestination, RouteTable routes)
    {
        if (header.FragmentOffset != 0) return false; // … a fragment other than the first,
        if (linkDestination.IsGroup || !routes.IsOurs(header.Destination)) return false; // … a broadcast or multicast, of IP or of the link,
        if (Ipv4Admission.IsMartian(header.Source, routes)) return false; // … a packet whose source is no single host,
        if (header.Protocol != IpProtocol.Icmp) return true;
        return payload.Length > 0 && !new IcmpMessage((IcmpType)payload[0], 0, 0).IsError; // … another error.
    }

    private bool Enqueue(IpAddress source, IpAddress destination, IcmpMessage message, ReadOnlySpan<byte> payload, Instant now)
    {
        int length = IcmpMessage.HeaderSize + payload.Length;
        if (_queue.Count >= Budgets.IcmpQueueMessages || _queuedBytes + length > Budgets.IcmpQueueBytes)
        {
            events?.DatagramDropped(new(now, source, destination, IpProtocol.Icmp, length, DropReason.QueueFull));
            return false;
        }
        byte[] bytes = new byte[length];
        payload.CopyTo(bytes.AsSpan(IcmpMessage.HeaderSize));
        message.Write(bytes);
        _queue.Enqueue(new(source, destination, bytes));
        _queuedBytes += length;
        events?.IcmpSent(new(now, source, destination, message, payload.Length));
        return true;
    }
}
