using UserTcp.Dns;
using UserTcp.Wire;

namespace UserTcp.Tests.Dns;

public class ResolverConfigurationTests
{
    [Fact]
    public void A_resolv_conf_is_read_as_the_c_library_reads_it()
    {
        var configuration = ResolverConfiguration.Parse("""
            # made by somebody
            ; and somebody else
            nameserver 10.0.0.1
            nameserver   2001:db8::53
            nameserver	10.0.0.2
            nameserver nonsense
            nameserver 10.0.0.3
            nameserver 10.0.0.4
            domain ignored.example
            search corp.example example
            options ndots:2 timeout:1 attempts:4 rotate
            options edns0
            sortlist 10.0.0.0
            """);
        Assert.Equal(["10.0.0.1:53", "10.0.0.2:53", "10.0.0.3:53"], configuration.Servers.Select(s => s.ToString()));
        Assert.Equal(["corp.example", "example"], configuration.Search);
        Assert.Equal((2, 1.0, 4), (configuration.Dots, configuration.Timeout.TotalSeconds, configuration.Attempts));
    }

    [Fact]
    public void Of_search_and_domain_the_last_counts_and_numbers_are_kept_in_bounds()
    {
        var configuration = ResolverConfiguration.Parse("search a b\r\ndomain c\r\noptions ndots:99 timeout:0 attempts:77 timeout:x");
        Assert.Equal(["c"], configuration.Search);
        Assert.Equal((15, 1.0, 5), (configuration.Dots, configuration.Timeout.TotalSeconds, configuration.Attempts));
    }

    [Fact]
    public void An_empty_file_names_no_server() => Assert.Empty(ResolverConfiguration.Parse("").Servers);

    [Theory]
    [InlineData("host", "host.corp.example host.example host")] // fewer dots than ndots: the list first
    [InlineData("www.host", "www.host www.host.corp.example www.host.example")]
    [InlineData("host.", "host")]
    [InlineData("www.host.", "www.host")]
    public void Names_are_completed_with_the_search_list(string name, string expected)
    {
        var configuration = ResolverConfiguration.Parse("search corp.example example");
        Assert.True(SearchList.TryExpand(name, configuration, out List<DnsName> candidates, out _));
        Assert.Equal(expected, string.Join(' ', candidates));
    }

    [Theory]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.256")]
    [InlineData("010.0.0.1")]
    [InlineData("host.10.")]
    public void A_mistyped_address_is_not_asked_for(string name)
    {
        Assert.False(SearchList.TryExpand(name, new(), out _, out string problem));
        Assert.Contains("IPv4 address", problem, StringComparison.Ordinal);
    }
}
