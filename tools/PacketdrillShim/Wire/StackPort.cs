using UserTcp.Link;
using UserTcp.Wire;

namespace UserTcp.PacketdrillShim.Wire;

/// <summary>A packet that has left the stack.</summary>
/// <param name="Bytes">From the IP header on.</param>
/// <param name="At">When.</param>
internal readonly record struct SentPacket(byte[] Bytes, Instant At);

/// <summary>The stack under test, with IP packets going in and out: the Ethernet around it ends here.</summary>
/// <remarks>The stack thinks that a router stands at the other end of its link. Here is that router: it answers ARP, and takes and adds the Ethernet
/// header. Offload is off, so that each packet is a segment with its checksums, which are verified because packetdrill does not.</remarks>
internal sealed class StackPort
{
    /// <summary>The link's MTU: Ethernet's.</summary>
    internal const int Mtu = 1500;

    private static readonly MacAddress StackMac = MacAddress.LocallyAdministered(1);
    private static readonly MacAddress RouterMac = MacAddress.LocallyAdministered(2);

    // Where packetdrill's stacks live by default; what a script binds to is asked for first.
    private static readonly IpAddress DefaultAddress = IpAddress.Parse("192.168.0.2");
    private const int PointToPoint = 31; // RFC 3021: a link with two addresses

    private readonly Queue<SentPacket> _sent = new();
    private readonly Func<uint> _random;
    private IpAddress? _address;
    private NetStack? _stack;

    internal StackPort(Func<uint> random) => _random = random;

    /// <summary>When <see cref="Advance"/> wants to be called at the latest.</summary>
    internal Instant NextDeadline => _stack?.NextDeadline ?? Instant.Never;

    /// <summary>The stack. Its address is settled when it is first needed.</summary>
    internal NetStack Stack(Instant now) => _stack ??= Create(_address ?? DefaultAddress, now);

    /// <summary>Names the stack's address, as bind or an arriving packet does.</summary>
    /// <returns>False when it has another already.</returns>
    internal bool TryAddress(IpAddress address)
    {
        _address ??= _stack?.Address ?? address;
        return _address == address;
    }

    /// <summary>Hands an IP packet to the stack.</summary>
    internal void Inject(ReadOnlySpan<byte> packet, Instant now)
    {
        if (Ipv4Header.TryParse(packet, out Ipv4Header header, out _, out _) == ParseError.None) TryAddress(header.Destination);
        byte[] frame = new byte[EthernetHeader.Size + packet.Length];
        new EthernetHeader(StackMac, RouterMac, EtherType.Ipv4).Write(frame);
        packet.CopyTo(frame.AsSpan(EthernetHeader.Size));
        Stack(now).FrameArrives(frame, FrameOffload.None, now);
    }

    /// <summary>Fires what is due.</summary>
    internal void Advance(Instant now) => _stack?.Advance(now);

    /// <summary>Takes everything out of the stack that wants to be sent.</summary>
    internal void Flush(Instant now)
    {
        if (_stack is null) return;
        while (_stack.TryTransmit(now, out OutgoingFrame frame))
        {
            byte[] bytes = new byte[frame.Length];
            frame.CopyTo(bytes);
            Carry(bytes, now);
        }
    }

    /// <summary>Gives the next packet that has left the stack.</summary>
    internal bool TryTake(out SentPacket packet) => _sent.TryDequeue(out packet);

    private NetStack Create(IpAddress address, Instant now)
    {
        IpAddress router = IpAddress.FromV4(address.V4Bits ^ 1);
        NetStack stack = new(
            new()
            {
                Mac = StackMac,
                Address = new(address, PointToPoint), // everybody else is behind the router
                Gateway = router,
                Mtu = Mtu,
                Random = _random,
            },
            now);
        // The router asks first, so that the stack knows it before its first packet.
        ArpArrives(stack, new(ArpOperation.Request, RouterMac, router, default, address), now);
        return stack;
    }

    private void Carry(byte[] frame, Instant now)
    {
        if (EthernetHeader.TryParse(frame, out EthernetHeader ethernet, out ReadOnlySpan<byte> payload) != ParseError.None)
            throw new InvalidDataException("The stack has sent a frame without an Ethernet header.");
        if (ethernet.Type == EtherType.Arp)
        {
            AnswerArp(payload, now);
            return;
        }
        OutboundCheck.Verify(payload);
        _sent.Enqueue(new(payload.ToArray(), now));
    }

    private void AnswerArp(ReadOnlySpan<byte> payload, Instant now)
    {
        if (ArpPacket.TryParse(payload, out ArpPacket arp) != ParseError.None) throw new InvalidDataException("The stack has sent a malformed ARP packet.");
        if (arp.Operation != ArpOperation.Request || arp.TargetAddress == arp.SenderAddress) return; // an answer, or an announcement
        ArpArrives(_stack!, new(ArpOperation.Reply, RouterMac, arp.TargetAddress, arp.SenderMac, arp.SenderAddress), now);
    }

    private static void ArpArrives(NetStack stack, in ArpPacket packet, Instant now)
    {
        byte[] frame = new byte[EthernetHeader.Size + ArpPacket.Size];
        new EthernetHeader(StackMac, RouterMac, EtherType.Arp).Write(frame);
        packet.Write(frame.AsSpan(EthernetHeader.Size));
        stack.FrameArrives(frame, FrameOffload.None, now);
    }
}
