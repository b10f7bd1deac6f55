using UserTcp.Tests.Wire;
using UserTcp.Wire;

namespace UserTcp.Fuzz.Stack;

/// <summary>10.0.0.1, which sends good frames to a stack at 10.0.0.2.</summary>
internal static class Neighbour
{
    internal static IpAddress Address { get; } = IpAddress.Parse("10.0.0.1");

    internal static MacAddress OurMac { get; } = new(0x02_00_00_00_00_02);

    /// <summary>Makes its frames.</summary>
    internal static Frames Frames { get; } = new(Mac, OurMac, new Ipv4Header(0, 0, 1, default, 0, 64, default, Address, Ours));

    private static IpAddress Ours => IpAddress.Parse("10.0.0.2");

    private static MacAddress Mac => new(0x02_00_00_00_00_01);

    internal static byte[] Arp(ArpOperation operation) => Frames.Arp(new(operation, Mac, Address, OurMac, Ours));

    /// <summary>One frame of each kind.</summary>
    internal static IReadOnlyList<byte[]> OneOfEach()
    {
        TcpOptions options = new() { MaximumSegmentSize = 1460, WindowScale = 7, SackPermitted = true, Timestamps = new(1, 2) };
        TcpOptions sack = new() { Timestamps = new(3, 4) };
        sack.AddSack(new(new(100), new(200)));
        byte[] syn = Frames.Tcp(new(40_000, 80, new(1000), default, TcpFlags.Syn, 64_000), options, []);
        var name = DnsName.Parse("www.example.com");
        var answer = new DnsMessage(new(7, true, 0, false, false, true, true, DnsResponseCode.NoError), new(name, DnsType.A, DnsMessage.ClassInternet),
            [DnsRecord.Cname(name, 60, DnsName.Parse("a.example.com")), DnsRecord.A(DnsName.Parse("a.example.com"), 60, Address)], [DnsRecord.Soa(name.Parent, 60, name, 30)]);
        return
        [
            syn, Frames.Tcp(new(40_000, 80, new(1001), new(5000), TcpFlags.Ack, 500), sack, new byte[20]),
            Frames.Dns(answer, 1234), Frames.Icmp(IcmpMessage.Echo(IcmpType.EchoRequest, 1, 2), new byte[8]),
            Frames.Icmp(new(IcmpType.DestinationUnreachable, (byte)UnreachableCode.Port, 0), syn.AsSpan(EthernetHeader.Size)), Arp(ArpOperation.Request), Arp(ArpOperation.Reply),
        ];
    }
}
