using UserTcp.Cli.Session;
using UserTcp.Dns;

namespace UserTcp.Cli.Tests;

public class NameServersTests
{
    [Fact]
    public void Servers_that_anybody_can_ask_are_taken_as_they_are()
        => Assert.Equal(["192.0.2.1:53", "192.0.2.2:53"], Servers(("/etc/resolv.conf", "nameserver 192.0.2.1\nnameserver 192.0.2.2\n")));

    [Fact]
    public void A_server_on_loopback_is_replaced_by_those_that_systemd_resolved_asks() => Assert.Equal(["192.0.2.7:53"], Servers(
        ("/etc/resolv.conf", "nameserver 127.0.0.53\noptions edns0\n"), ("/run/systemd/resolve/resolv.conf", "nameserver 192.0.2.7\n")));

    [Fact]
    public void A_server_on_loopback_beside_another_is_left_out()
        => Assert.Equal(["192.0.2.2:53"], Servers(("/etc/resolv.conf", "nameserver 127.0.0.1\nnameserver 192.0.2.2\n")));

    [Theory]
    [InlineData("# ExtServers: [192.0.2.1 192.0.2.2]")]
    [InlineData("# ExtServers: [host(192.0.2.1) 192.0.2.2]")]
    [InlineData("# ExtServers: [host(127.0.0.53) 192.0.2.1 192.0.2.2]")]
    public void Dockers_server_is_replaced_by_those_behind_it(string comment)
        => Assert.Equal(["192.0.2.1:53", "192.0.2.2:53"], Servers(("/etc/resolv.conf", $"nameserver 127.0.0.11\n{comment}\noptions ndots:0\n")));

    [Fact]
    public void Without_a_server_that_can_be_asked_there_is_none() => Assert.Empty(Servers(("/etc/resolv.conf", "nameserver 127.0.0.1\nnameserver ::1\n")));

    [Fact]
    public void The_search_list_stays_that_of_the_machine()
    {
        ResolverConfiguration configuration = NameServers.Of(path => path == "/etc/resolv.conf" ? "search a.test b.test\nnameserver 127.0.0.53\n" : null);
        Assert.Equal(["a.test", "b.test"], configuration.Search);
    }

    private static string[] Servers(params (string Path, string Text)[] files)
        => [.. NameServers.Of(path => files.FirstOrDefault(file => file.Path == path).Text).Servers.Select(server => server.ToString())];
}
