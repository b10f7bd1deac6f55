using System.Buffers.Binary;
using UserTcp.Link;
using UserTcp.Network;
using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp;

/// <content>The way out: everything that wants to be sent is pulled, one frame at a time.</content>
internal sealed partial class NetStack
{
    private const byte EcnCapableTransport0 = 0b10; // RFC 3168 5

    // The headers of the frame that is being sent; the payload stays where it lies.
    private readonly byte[] _head = new byte[EthernetHeader.Size + Ipv4Header.MinimumSize + TcpHeader.MinimumSize + TcpHeader.MaximumOptions];

    // Whole frames of the transports without a machine of their own: resets, datagrams, control messages.
    private readonly Queue<byte[]> _frames = new();
    private byte[]? _lastFrame;

    // Segments that belong to no connection. Values, so that a flood that deserves them costs no allocation.
    private readonly Queue<StraySegment> _strays = new();

    private readonly record struct StraySegment(FourTuple Tuple, TcpHeader Header, TcpOptions Options);

    /// <summary>Gives the next frame to send. Call it until there is none; the spans end with the next call of anything here.</summary>
    internal bool TryTransmit(Instant now, out OutgoingFrame frame)
    {
        if (TryTransmitArp(now, out frame)) return true;
        if (_arp.TryDequeue(out ReadOnlyMemory<byte> packet, out MacAddress to))
        {
            new EthernetHeader(to, _configuration.Mac, EtherType.Ipv4).Write(_head);
            frame = new(_head.AsSpan(0, EthernetHeader.Size), packet.Span, default, FrameOffload.None);
            return true;
        }
        CollectErrands(now);
        if (_frames.TryDequeue(out _lastFrame))
        {
            frame = new(_lastFrame, default, default, FrameOffload.None);
            return true;
        }
        return TryTransmitStray(now, out frame) || TryTransmitTcp(now, out frame)
            || TryTransmitArp(now, out frame); // again: what wanted to be sent may have asked for a neighbour
    }

    private bool TryTransmitArp(Instant now, out OutgoingFrame frame)
    {
        frame = default;
        if (!_arp.TryTransmit(now, out ArpPacket arp, out MacAddress to)) return false;
        new EthernetHeader(to, _configuration.Mac, EtherType.Arp).Write(_head);
        arp.Write(_head.AsSpan(EthernetHeader.Size));
        frame = new(_head.AsSpan(0, EthernetHeader.Size + ArpPacket.Size), default, default, FrameOffload.None);
        return true;
    }

    /// <summary>Puts headers in front of a segment.</summary>
    /// <returns>False when it waits for ARP, or is lost: the retransmission timer knows what to do.</returns>
    private bool TryFrame(scoped in FourTuple tuple, IpAddress nextHop, scoped in OutgoingSegment segment, Instant now, out OutgoingFrame frame)
    {
        Counters.SegmentsSent++;
        if ((segment.Header.Flags & TcpFlags.Rst) != 0) Counters.ResetsSent++;
        Span<byte> ip = _head.AsSpan(EthernetHeader.Size);
        Span<byte> tcp = ip[Ipv4Header.MinimumSize..];
        int options = segment.Options.Write(tcp[TcpHeader.MinimumSize..]);
        segment.Header.Write(tcp, options);
        int tcpHeader = TcpHeader.MinimumSize + options;
        int length = tcpHeader + segment.Payload.Length + segment.PayloadRest.Length;
        Ipv4Header header = Ipv4HeaderFor(IpProtocol.Tcp, tuple.Local.Address, tuple.Remote.Address, length, Ipv4Flags.DontFragment); // RFC 1191 3
        header = header with
        {
            TypeOfService = (byte)((segment.DifferentiatedServices << 2) | (segment.EcnCapable ? EcnCapableTransport0 : 0)), // RFC 9293 3.9.1.9, SHLD-22
            TimeToLive = (byte)segment.TimeToLive,
        };
        header.Write(ip);

        ArpVerdict verdict = _arp.Resolve(nextHop, now, out MacAddress mac);
        bool offload = _configuration.Offload && verdict == ArpVerdict.Resolved;
        InternetChecksum checksum = InternetChecksum.PseudoHeader(tuple.Local.Address, tuple.Remote.Address, IpProtocol.Tcp, length);
        if (!offload) // RFC 9293 3.1, MUST-2; with offload the link completes the sum
        {
            checksum.Add(tcp[..tcpHeader]);
            checksum.Add(segment.Payload);
            checksum.Add(segment.PayloadRest);
        }
        BinaryPrimitives.WriteUInt16BigEndian(tcp[TcpHeader.ChecksumOffset..], offload ? checksum.Sum() : checksum.Finish());

        new EthernetHeader(mac, _configuration.Mac, EtherType.Ipv4).Write(_head);
        FrameOffload left = offload
            ? new(true, false, EthernetHeader.Size + Ipv4Header.MinimumSize, TcpHeader.ChecksumOffset, (ushort)segment.SegmentSize)
            : FrameOffload.None;
        frame = new(_head.AsSpan(0, EthernetHeader.Size + Ipv4Header.MinimumSize + tcpHeader), segment.Payload, segment.PayloadRest, left);
        if (verdict == ArpVerdict.Pending && segment.SegmentSize == 0) EnqueueForArp(nextHop, frame, now);
        return verdict == ArpVerdict.Resolved;
    }

    /// <summary>Queues a segment that belongs to no connection: a RST, or a SYN-ACK with a cookie.</summary>
    /// <returns>False when too many wait.</returns>
    private bool SendStray(in FourTuple tuple, in TcpHeader header, in TcpOptions options)
    {
        if (_strays.Count >= Budgets.StraySegments) return false;
        _strays.Enqueue(new(tuple, header, options));
        return true;
    }

    private bool TryTransmitStray(Instant now, out OutgoingFrame frame)
    {
        frame = default;
        while (_strays.TryDequeue(out StraySegment stray))
        {
            if (_routes.Route(stray.Tuple.Remote.Address, out IpAddress nextHop, out _) == RouteVerdict.Found
                && TryFrame(stray.Tuple, nextHop, new(stray.Header, stray.Options, default, default), now, out frame)) return true;
        }
        return false;
    }

    private void EnqueueForArp(IpAddress nextHop, in OutgoingFrame frame, Instant now)
    {
        byte[] whole = new byte[frame.Length];
        frame.CopyTo(whole);
        _arp.Enqueue(nextHop, whole.AsSpan(EthernetHeader.Size), now);
    }

    /// <summary>Sends a packet that is not a connection's: routes it, and queues it here or at ARP.</summary>
    /// <param name="protocol">What it carries.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="payload">The IP payload with its own headers and checksum; cut into fragments when it is larger than the MTU.</param>
    /// <param name="now">The time.</param>
    /// <returns>False when there is no route or no room.</returns>
    private bool SendPacket(IpProtocol protocol, IpAddress destination, ReadOnlySpan<byte> payload, Instant now)
    {
        Ipv4Header whole = Ipv4HeaderFor(protocol, Address, destination, payload.Length, Ipv4Flags.None);
        if (_routes.Route(destination, out IpAddress nextHop, out _) != RouteVerdict.Found)
        {
            Drop(whole, payload.Length, DropReason.NoRoute, now);
            return false;
        }
        ArpVerdict verdict = _arp.Resolve(nextHop, now, out MacAddress mac);
        int count = Ipv4Fragmenter.Count(payload.Length, _configuration.Mtu);
        if (verdict == ArpVerdict.Refused || _frames.Count + count > Budgets.ControlFrames)
        {
            Drop(whole, payload.Length, verdict == ArpVerdict.Refused ? DropReason.ArpQueueFull : DropReason.QueueFull, now);
            return false;
        }
        for (int i = 0; i < count; i++)
        {
            Ipv4Header header = Ipv4Fragmenter.At(whole, payload.Length, _configuration.Mtu, i, out Range part);
            byte[] frame = new byte[EthernetHeader.Size + header.TotalLength];
            new EthernetHeader(mac, _configuration.Mac, EtherType.Ipv4).Write(frame);
            header.Write(frame.AsSpan(EthernetHeader.Size));
            payload[part].CopyTo(frame.AsSpan(EthernetHeader.Size + Ipv4Header.MinimumSize));
            if (verdict == ArpVerdict.Resolved) _frames.Enqueue(frame);
            else _arp.Enqueue(nextHop, frame.AsSpan(EthernetHeader.Size), now);
        }
        return true;
    }

    private Ipv4Header Ipv4HeaderFor(IpProtocol protocol, IpAddress source, IpAddress destination, int payloadLength, Ipv4Flags flags)
        => new(0, (ushort)(Ipv4Header.MinimumSize + payloadLength), _identification.Next(), flags, 0, TcpSettings.UsualTimeToLive, protocol, source, destination);
}
