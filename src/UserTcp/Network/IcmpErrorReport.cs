using System.Buffers.Binary;
using UserTcp.Wire;

namespace UserTcp.Network;

/// <summary>What an ICMP error says about a packet of ours, for the transport that sent it (RFC 792, RFC 1122 3.2.2).</summary>
/// <param name="Type">The kind of error.</param>
/// <param name="Code">The kind within the kind.</param>
/// <param name="Reporter">Who sent the error; ourselves when a neighbour did not answer ARP.</param>
/// <param name="Protocol">What the quoted packet carried.</param>
/// <param name="Local">Our end of the quoted packet; port 0 unless TCP or UDP.</param>
/// <param name="Remote">The other end of the quoted packet; port 0 unless TCP or UDP.</param>
/// <param name="Seq">The quoted sequence number when TCP: the receiver must check that it is in flight (RFC 5927 4.1).</param>
/// <param name="EchoIdentifier">The quoted identifier when an echo request.</param>
/// <param name="EchoSequence">The quoted sequence number when an echo request.</param>
/// <param name="NextHopMtu">Bytes that fit when "fragmentation needed" (RFC 1191); 0 otherwise.</param>
internal readonly record struct IcmpErrorReport(
    IcmpType Type,
    byte Code,
    IpAddress Reporter,
    IpProtocol Protocol,
    IpEndpoint Local,
    IpEndpoint Remote,
    SeqNum Seq,
    ushort EchoIdentifier,
    ushort EchoSequence,
    int NextHopMtu)
{
    private const int QuotedTransportBytes = 8; // RFC 792: "the first 64 bits of the original datagram's data"
    private const int MinimumMtu = 68; // RFC 791 3.2

    /// <summary>Link MTUs that occur, for routers that do not say theirs (RFC 1191 7.1).</summary>
    private static ReadOnlySpan<ushort> Plateaus => [65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, MinimumMtu];

    /// <summary>Whether it says that the path is too narrow: a matter of path MTU discovery, not a failure.</summary>
    internal bool IsFragmentationNeeded => Type == IcmpType.DestinationUnreachable && Code == (byte)UnreachableCode.FragmentationNeeded;

    /// <summary>Whether trying again is pointless: no such protocol, no such port (RFC 1122 4.2.3.9). All others can pass.</summary>
    internal bool IsHard => Type == IcmpType.DestinationUnreachable && Code is (byte)UnreachableCode.Protocol or (byte)UnreachableCode.Port;

    /// <summary>Reads the packet that an error message quotes.</summary>
    /// <param name="reporter">The source of the ICMP message.</param>
    /// <param name="message">Its header, an error.</param>
    /// <param name="quote">What follows the header.</param>
    /// <param name="report">The result.</param>
    internal static ParseError TryParse(IpAddress reporter, in IcmpMessage message, ReadOnlySpan<byte> quote, out IcmpErrorReport report)
    {
        report = default;
        if (!message.IsError) return ParseError.Value;
        ParseError error = Ipv4Header.TryParseQuoted(quote, out Ipv4Header header, out ReadOnlySpan<byte> payload);
        if (error != ParseError.None) return error;
        if (payload.Length < QuotedTransportBytes) return ParseError.Truncated;
        if (header.FragmentOffset != 0) return ParseError.Value; // RFC 1122 3.2.2: never about a later fragment, so somebody invented it

        ushort localPort = 0, remotePort = 0, identifier = 0, sequence = 0;
        SeqNum seq = default;
        switch (header.Protocol)
        {
            case IpProtocol.Tcp or IpProtocol.Udp:
                localPort = BinaryPrimitives.ReadUInt16BigEndian(payload);
                remotePort = BinaryPrimitives.ReadUInt16BigEndian(payload[2..]);
                if (header.Protocol == IpProtocol.Tcp) seq = new(BinaryPrimitives.ReadUInt32BigEndian(payload[4..]));
                break;
            case IpProtocol.Icmp when payload[0] == (byte)IcmpType.EchoRequest:
                identifier = BinaryPrimitives.ReadUInt16BigEndian(payload[4..]);
                sequence = BinaryPrimitives.ReadUInt16BigEndian(payload[6..]);
                break;
            default:
                return ParseError.Value; // nothing else that we send can be reported
        }
        report = new(
            message.Type, message.Code, reporter, header.Protocol, new(header.Source, localPort), new(header.Destination, remotePort), seq, identifier, sequence, 0);
        if (report.IsFragmentationNeeded) report = report with { NextHopMtu = PathMtu(message.NextHopMtu, header.TotalLength) };
        return ParseError.None;
    }

    /// <summary>The report for a packet of ours that never left because the next hop did not answer ARP.</summary>
    internal static ParseError HostUnreachable(ReadOnlySpan<byte> packet, IpAddress ourselves, out IcmpErrorReport report)
        => TryParse(ourselves, new(IcmpType.DestinationUnreachable, (byte)UnreachableCode.Host, 0), packet, out report);

    /// <summary>What happened, as a clause: "192.0.2.1 says: port unreachable (ICMP 3/3)".</summary>
    public override string ToString() => Reporter == Local.Address
        ? $"host unreachable: the next hop towards {Remote.Address} does not answer ARP"
        : $"{Reporter} says: {What} (ICMP {(byte)Type}/{Code})";

    private string What => Type switch
    {
        IcmpType.DestinationUnreachable => (UnreachableCode)Code switch
        {
            UnreachableCode.Network => "network unreachable",
            UnreachableCode.Host => "host unreachable",
            UnreachableCode.Protocol => "protocol unreachable",
            UnreachableCode.Port => "port unreachable",
            UnreachableCode.FragmentationNeeded => $"packet too big, {NextHopMtu} bytes fit",
            UnreachableCode.SourceRouteFailed => "source route failed",
            UnreachableCode.NetworkProhibited or UnreachableCode.HostProhibited or UnreachableCode.AdministrativelyProhibited => "prohibited by a filter",
            _ => "destination unreachable",
        },
        IcmpType.TimeExceeded => Code == 0 ? "hop limit exceeded on the way" : "fragments missing",
        IcmpType.ParameterProblem => "bad header field",
        IcmpType.Redirect => "use another router",
        _ => "error",
    };

    /// <summary>RFC 1191 5: an old router gives 0, then the next lower plateau is tried. A value that does not shrink the packet is no news.</summary>
    private static int PathMtu(ushort given, ushort sent)
    {
        if (given >= MinimumMtu && given < sent) return given;
        foreach (ushort plateau in Plateaus)
        {
            if (plateau < sent) return plateau;
        }
        return MinimumMtu;
    }
}
