using System.Net;
using UserTcp.Testing;

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>A small internet: the client's machine with the TAP, a router that translates addresses, and a machine with a name server.</summary>
/// <remarks>
/// <code>
/// our stack --tap0-- client --veth-- router --veth-- servers
/// 10.77.0.2    10.77.0.1  10.78.0.2  10.78.0.1
///                               198.51.100.1  198.51.100.2    (RFC 5737: documentation)
/// </code>
/// The servers know no way to 10/8: an answer comes back only through the router's translation.
/// </remarks>
internal sealed class Internet : IAsyncDisposable
{
    /// <summary>The address of everything that is served.</summary>
    public static readonly IPAddress Server = IPAddress.Parse("198.51.100.2");

    private readonly List<TestNamespace> _namespaces = [];

    /// <summary>Builds it, or skips the running test.</summary>
    public Internet()
    {
        Client = new() { NameServer = Server };
        try
        {
            _namespaces.Add(Router = TestNamespace.Create());
            _namespaces.Add(Servers = TestNamespace.Create());
            Connect();
        }
        catch
        {
            DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    }

    /// <summary>The client's machine with the TAP; it owns what is started anywhere.</summary>
    public TapLab Client { get; }

    /// <summary>The router.</summary>
    public TestNamespace Router { get; }

    /// <summary>The machine with the servers.</summary>
    public TestNamespace Servers { get; }

    /// <summary>Starts a name server that knows <see cref="TestAuthority"/>'s names.</summary>
    public Task<ChildProcess> StartNameServer()
    {
        IEnumerable<string> lines = Enumerable.Range(129, 100).Select(i => $"198.51.100.{i} {TestAuthority.Crowd}\n");
        string crowd = Client.WriteFile("hosts", string.Concat(lines));
        return Client.StartNameServer(
            Servers, Server, $"--host-record={TestAuthority.Host},{Server}", $"--cname={TestAuthority.Alias},{TestAuthority.Host}", $"--addn-hosts={crowd}");
    }

    /// <summary>Makes the way between client and router narrower than all others.</summary>
    public void Narrow(int mtu)
    {
        Client.Namespace.Ip($"link set dev uplink mtu {mtu}");
        Router.Ip($"link set dev inside mtu {mtu}");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        foreach (TestNamespace machine in _namespaces)
            machine.Dispose();
    }

    private void Connect()
    {
        Client.Namespace.Ip($"link add uplink type veth peer name inside netns {Router.Name}");
        Client.Namespace.Ip("address add 10.78.0.2/24 dev uplink");
        Client.Namespace.Ip("link set dev uplink up");
        Router.Ip("address add 10.78.0.1/24 dev inside");
        Router.Ip("link set dev inside up");
        Client.Namespace.Ip("route add default via 10.78.0.1");
        Router.Ip("route add 10.77.0.0/24 via 10.78.0.2");

        Router.Ip($"link add outside type veth peer name lan netns {Servers.Name}");
        Router.Ip("address add 198.51.100.1/24 dev outside");
        Router.Ip("link set dev outside up");
        Servers.Ip($"address add {Server}/24 dev lan");
        Servers.Ip("link set dev lan up");
        Servers.Ip("route add local 198.51.100.128/25 dev lo"); // the crowd's addresses are all this machine

        foreach (TestNamespace router in (TestNamespace[])[Client.Namespace, Router])
            router.Run(() => File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1"));
        Router.Command(Tool.Require("nft"), """
            table ip nat {
              chain postrouting {
                type nat hook postrouting priority 100;
                oifname "outside" masquerade
              }
            }
            """);
    }
}
