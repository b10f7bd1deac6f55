using UserTcp.Network;
using UserTcp.Wire;

namespace UserTcp.Fuzz.Stack;

/// <summary>A frame, read through every parser there is. A wrong checksum or length stops none: behind it are more.</summary>
internal sealed class FrameTarget : FuzzTarget
{
    private static readonly RouteTable Routes = MakeRoutes();

    public override string Name => "frame";

    // DNS messages alone become objects.
    protected override long MostAllocated => 64 * 1024;

    protected override long AllocatedPerByte => 200;

    public override IReadOnlyList<byte[]> Seeds() => Neighbour.OneOfEach();

    protected override string Take(ReadOnlySpan<byte> input)
    {
        if (EthernetHeader.TryParse(input, out EthernetHeader ethernet, out ReadOnlySpan<byte> packet) != ParseError.None) return "no frame";
        var found = new List<string> { "frame" };
        void Found(string format, ParseError error)
        {
            if (error == ParseError.None) found.Add(format);
        }

        Found("ARP", ArpPacket.TryParse(packet, out _));
        Found("IPv4", Ipv4Header.TryParse(packet, out Ipv4Header header, out ReadOnlySpan<byte> ipOptions, out _));
        _ = Ipv4Admission.Check(header, ipOptions, ethernet.Destination, Routes);
        if (Ipv4Header.TryParseQuoted(packet, out header, out ReadOnlySpan<byte> payload) != ParseError.None) return string.Join(' ', found);

        if (TcpHeader.TryParse(payload, out _, out ReadOnlySpan<byte> options, out _) == ParseError.None)
        {
            found.Add("TCP");
            Found("options", TcpOptions.TryParse(options, out TcpOptions parsed));
            parsed.Write(stackalloc byte[TcpHeader.MaximumOptions]);    // what can be read can be written
        }
        _ = TcpHeader.ChecksumIsRight(payload, header.Source, header.Destination);
        if (UdpHeader.TryParse(payload, header.Source, header.Destination, checksumTrusted: true, out _, out ReadOnlySpan<byte> message) == ParseError.None)
        {
            found.Add("UDP");
            Found("DNS", DnsMessage.TryParse(message, out DnsMessage? dns));
            _ = dns?.Question?.Name.ToString();
        }
        Found("ICMP", IcmpMessage.TryParse(payload, out _, out _));
        if (payload.Length > IcmpMessage.HeaderSize)
            Found("report", IcmpErrorReport.TryParse(header.Source, new((IcmpType)payload[0], payload[1], payload[4]), payload[IcmpMessage.HeaderSize..], out _));
        return string.Join(' ', found);
    }

    private static RouteTable MakeRoutes()
    {
        var routes = new RouteTable();
        routes.AddOnLink(Ipv4Prefix.Parse("10.0.0.2/24"));
        return routes;
    }
}
