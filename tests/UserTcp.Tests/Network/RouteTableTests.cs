using UserTcp.Network;
using UserTcp.Wire;

namespace UserTcp.Tests.Network;

public class RouteTableTests
{
    private readonly RouteTable _routes = new();

    public RouteTableTests()
    {
        _routes.AddOnLink(Ipv4Prefix.Parse("10.0.0.2/24"));
        _routes.AddGateway(Ipv4Prefix.Everything, IpAddress.Parse("10.0.0.1"));
        _routes.AddGateway(Ipv4Prefix.Parse("192.168.0.0/16"), IpAddress.Parse("10.0.0.254"));
        _routes.AddGateway(Ipv4Prefix.Parse("192.168.7.0/24"), IpAddress.Parse("10.0.0.253"));
    }

    [Theory, Rfc("1122", "3.3.1")]
    [InlineData("10.0.0.77", "10.0.0.77")] // on the link
    [InlineData("10.0.1.1", "10.0.0.1")] // the default gateway
    [InlineData("192.168.1.1", "10.0.0.254")]
    [InlineData("192.168.7.1", "10.0.0.253")] // the longest prefix wins
    public void The_next_hop_is_the_neighbour_or_the_gateway_of_the_longest_prefix(string destination, string nextHop)
    {
        Assert.Equal(RouteVerdict.Found, _routes.Route(IpAddress.Parse(destination), out IpAddress found, out IpAddress source));
        Assert.Equal((nextHop, "10.0.0.2"), (found.ToString(), source.ToString()));
    }

    [Theory]
    [InlineData("255.255.255.255")]
    [InlineData("10.0.0.255")]
    [InlineData("10.0.0.0")]
    [InlineData("224.0.0.1")]
    [InlineData("0.0.0.0")]
    public void Broadcast_and_multicast_are_not_routed(string destination)
        => Assert.Equal(RouteVerdict.NotUnicast, _routes.Route(IpAddress.Parse(destination), out _, out _));

    [Theory]
    [InlineData("10.0.0.2")]
    [InlineData("127.0.0.1")]
    public void Our_own_addresses_never_get_onto_the_wire(string destination)
        => Assert.Equal(RouteVerdict.Ourselves, _routes.Route(IpAddress.Parse(destination), out _, out _));

    [Fact]
    public void Without_a_default_gateway_only_the_link_is_reached()
    {
        RouteTable routes = new();
        routes.AddOnLink(Ipv4Prefix.Parse("10.0.0.2/31"));
        Assert.Equal(RouteVerdict.NoRoute, routes.Route(IpAddress.Parse("8.8.8.8"), out _, out _));
        Assert.Equal(RouteVerdict.NoRoute, routes.Route(IpAddress.Parse("2001:db8::1"), out _, out _));
        Assert.Equal(RouteVerdict.Found, routes.Route(IpAddress.Parse("10.0.0.3"), out _, out _)); // RFC 3021: /31 has no broadcast
    }

    [Fact]
    public void A_gateway_that_is_not_on_the_link_is_refused_with_our_networks()
    {
        var e = Assert.Throws<ArgumentException>(() => _routes.AddGateway(Ipv4Prefix.Everything, IpAddress.Parse("172.16.0.1")));
        Assert.Contains("10.0.0.2/24", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.2/24", "10.0.0.0", "10.0.0.255")]
    [InlineData("10.0.0.2", "10.0.0.2", null)]
    [InlineData("1.2.3.4/0", "0.0.0.0", "255.255.255.255")]
    public void Prefixes_know_their_network_and_broadcast(string text, string network, string? broadcast)
    {
        var prefix = Ipv4Prefix.Parse(text);
        Assert.Equal((network, broadcast), (prefix.Network.ToString(), prefix.Broadcast?.ToString()));
    }

    [Theory]
    [InlineData("10.0.0.2/33")]
    [InlineData("10.0.0.2/-1")]
    [InlineData("10.0.0.2/")]
    [InlineData("10.0.0/8")]
    [InlineData("::1/64")]
    [InlineData(null)]
    public void What_is_no_prefix_is_refused(string? text) => Assert.False(Ipv4Prefix.TryParse(text, out _));

    [Theory, Rfc("1122", "3.2.1.3"), Rfc("9293", "3.9.2.3", "MUST-63")]
    [InlineData("10.0.0.1", "10.0.0.2", false, DropReason.None)]
    [InlineData("8.8.8.8", "10.0.0.2", false, DropReason.None)]
    [InlineData("10.0.0.1", "10.0.0.255", true, DropReason.None)] // broadcast: for UDP and ICMP to judge
    [InlineData("10.0.0.1", "255.255.255.255", true, DropReason.None)]
    [InlineData("10.0.0.1", "10.0.0.3", false, DropReason.NotForUs)]
    [InlineData("10.0.0.1", "224.0.0.1", true, DropReason.NotForUs)]
    [InlineData("10.0.0.1", "127.0.0.1", false, DropReason.NotForUs)]
    [InlineData("10.0.0.1", "10.0.0.2", true, DropReason.LinkBroadcast)]
    [InlineData("10.0.0.2", "10.0.0.2", false, DropReason.MartianSource)] // "land"
    [InlineData("127.0.0.1", "10.0.0.2", false, DropReason.MartianSource)]
    [InlineData("0.0.0.0", "10.0.0.2", false, DropReason.MartianSource)]
    [InlineData("224.0.0.5", "10.0.0.2", false, DropReason.MartianSource)]
    [InlineData("10.0.0.255", "10.0.0.2", false, DropReason.MartianSource)]
    [InlineData("255.255.255.255", "10.0.0.2", false, DropReason.MartianSource)]
    public void Only_what_can_be_true_is_admitted(string source, string destination, bool linkBroadcast, DropReason expected)
    {
        Ipv4Header header = new(0, 20, 0, Ipv4Flags.None, 0, 64, IpProtocol.Udp, IpAddress.Parse(source), IpAddress.Parse(destination));
        MacAddress link = linkBroadcast ? MacAddress.Broadcast : new(0x02_00_00_00_00_01);
        Assert.Equal(expected, Ipv4Admission.Check(header, [], link, _routes));
    }

    [Theory, Rfc("9293", "3.9.2", "MUST-50")]
    [InlineData(new byte[] { 131, 7, 4, 1, 2, 3, 4, 0 }, DropReason.SourceRoute)]
    [InlineData(new byte[] { 1, 1, 1, 137, 7, 4, 1, 2, 3, 4, 0, 0 }, DropReason.SourceRoute)]
    [InlineData(new byte[] { 148, 4, 0, 0 }, DropReason.None)] // router alert
    [InlineData(new byte[] { 7, 1, 131, 7 }, DropReason.None)] // unreadable: the option is not found, and nothing follows it
    public void Source_routes_are_refused(byte[] options, DropReason expected)
    {
        Ipv4Header header = new(0, 20, 0, Ipv4Flags.None, 0, 64, IpProtocol.Udp, IpAddress.Parse("10.0.0.1"), IpAddress.Parse("10.0.0.2"));
        Assert.Equal(expected, Ipv4Admission.Check(header, options, new(2), _routes));
    }

    [Fact, Rfc("6864", "4.2")]
    public void Identifications_do_not_repeat_within_65536()
    {
        for (uint seed = 0; seed < 20; seed++)
        {
            Wire.Generator random = new(seed);
            Ipv4Identification identification = new(random.NextUInt32);
            Assert.Equal(65_536, Enumerable.Range(0, 65_536).Select(_ => identification.Next()).Distinct().Count());
        }
    }
}
