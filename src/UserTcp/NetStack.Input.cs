using UserTcp.Link;
using UserTcp.Network;
using UserTcp.Wire;

namespace UserTcp;

/// <content>The way in: one method per layer, from the frame to the connection.</content>
internal sealed partial class NetStack
{
    private const byte FragmentReassemblyTimeExceeded = 1; // RFC 792, the code of "time exceeded"

    /// <summary>Handles one frame that arrived.</summary>
    internal void FrameArrives(ReadOnlySpan<byte> frame, in FrameOffload offload, Instant now)
    {
        if (EthernetHeader.TryParse(frame, out EthernetHeader ethernet, out ReadOnlySpan<byte> payload) != ParseError.None) return;
        if (ethernet.Destination != _configuration.Mac && !ethernet.Destination.IsGroup) return;
        switch (ethernet.Type)
        {
            case EtherType.Arp:
                if (ArpPacket.TryParse(payload, out ArpPacket arp) == ParseError.None) _arp.Arrived(arp, now);
                break;
            case EtherType.Ipv4:
                ReceiveIpv4(payload, ethernet.Destination, offload, now);
                break;
        }
    }

    private void ReceiveIpv4(ReadOnlySpan<byte> packet, MacAddress linkDestination, in FrameOffload offload, Instant now)
    {
        // RFC 9293 3.9.2, MUST-50: past the admission nobody looks at the IP options.
        ParseError error = Ipv4Header.TryParse(packet, out Ipv4Header header, out ReadOnlySpan<byte> options, out ReadOnlySpan<byte> payload);
        DropReason reason = error == ParseError.None ? Ipv4Admission.Check(header, options, linkDestination, _routes) : DropReason.Malformed;
        if (reason != DropReason.None)
        {
            // What is meant for others is normal on a shared link and no event.
            if (reason != DropReason.NotForUs) Drop(header, packet.Length, reason, now);
            return;
        }
        if (header.IsFragment)
        {
            if (_reassembler.TryAdd(packet, header, payload, now, out ReadOnlyMemory<byte> whole))
                ReceiveIpv4(whole.Span, linkDestination, FrameOffload.None, now);
            return;
        }
        bool checksumTrusted = offload.NeedsChecksum || offload.ChecksumValid;
        switch (header.Protocol)
        {
            case IpProtocol.Tcp:
                ReceiveTcp(header, payload, checksumTrusted, now);
                break;
            case IpProtocol.Udp:
                ReceiveUdp(packet, header, payload, linkDestination, checksumTrusted, now);
                break;
            case IpProtocol.Icmp:
                ReceiveIcmp(header, payload, now);
                break;
            default:
                Drop(header, packet.Length, DropReason.UnknownProtocol, now);
                _icmp.ReportError(
                    IcmpType.DestinationUnreachable, (byte)UnreachableCode.Protocol, packet, linkDestination, _routes, now); // RFC 1122 3.2.2.1
                break;
        }
    }

    private void ReceiveUdp(
        ReadOnlySpan<byte> packet, in Ipv4Header header, ReadOnlySpan<byte> datagram, MacAddress linkDestination, bool checksumTrusted, Instant now)
    {
        if (UdpHeader.TryParse(datagram, header.Source, header.Destination, checksumTrusted, out UdpHeader udp, out ReadOnlySpan<byte> payload) != ParseError.None)
        {
            Drop(header, packet.Length, DropReason.Malformed, now);
            return;
        }
        if (_udp.TryDeliver(new(header.Destination, udp.DestinationPort), new(header.Source, udp.SourcePort), payload, now)) return;
        Drop(header, packet.Length, DropReason.NoListener, now);
        _icmp.ReportError(IcmpType.DestinationUnreachable, (byte)UnreachableCode.Port, packet, linkDestination, _routes, now); // RFC 1122 4.1.3.1
    }

    private void ReceiveIcmp(in Ipv4Header header, ReadOnlySpan<byte> bytes, Instant now)
    {
        if (IcmpMessage.TryParse(bytes, out IcmpMessage message, out ReadOnlySpan<byte> payload) != ParseError.None)
        {
            Drop(header, bytes.Length, DropReason.Malformed, now);
            return;
        }
        _events?.IcmpReceived(new(now, header.Source, header.Destination, message, payload.Length));
        if (message.Type == IcmpType.EchoRequest) _icmp.AnswerEcho(header, message, payload, _routes, now);
        else if (message.Type == IcmpType.EchoReply) _echoes.Replied(header, message, payload, now);
        else if (message.IsError && IcmpErrorReport.TryParse(header.Source, message, payload, out IcmpErrorReport report) == ParseError.None) Report(report, now);
    }

    /// <summary>Hands an error to whoever sent the packet that it quotes (RFC 1122 3.2.2; RFC 9293 3.9.2.2, MUST-54).</summary>
    private void Report(in IcmpErrorReport report, Instant now)
    {
        if (!_routes.IsOurs(report.Local.Address)) return;
        switch (report.Protocol)
        {
            case IpProtocol.Tcp:
                ReportToTcp(report, now);
                break;
            case IpProtocol.Udp:
                _udp.ReportError(report.Local.Port, report.Remote, report.IsHard, report.ToString(), now);
                break;
            case IpProtocol.Icmp:
                _echoes.Failed(report, now);
                break;
        }
    }

    private void Drop(in Ipv4Header header, int length, DropReason reason, Instant now)
        => _events?.DatagramDropped(new(now, header.Source, header.Destination, header.Protocol, length, reason));
}
