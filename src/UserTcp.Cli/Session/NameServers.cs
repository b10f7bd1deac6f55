using System.Text.RegularExpressions;
using UserTcp.Dns;
using UserTcp.Wire;

namespace UserTcp.Cli.Session;

/// <summary>The machine's name servers, as a stack beside the kernel's can ask them.</summary>
internal static partial class NameServers
{
    private const string ResolvConf = "/etc/resolv.conf";

    // Where those who put themselves on a loopback address note whom they ask: systemd-resolved, NetworkManager with dnsmasq, dnsmasq.
    private static readonly string[] Upstreams =
        ["/run/systemd/resolve/resolv.conf", "/run/NetworkManager/no-stub-resolv.conf", "/run/dnsmasq/resolv.conf"];

    /// <summary>The machine's resolver settings. A server on a loopback address answers nobody but the kernel's own stack, so those that it asks are taken instead.</summary>
    /// <param name="read">Gives the text of a file, or null when there is none.</param>
    /// <returns>Without servers when none was found that can be asked.</returns>
    public static ResolverConfiguration Of(Func<string, string?> read)
    {
        string own = read(ResolvConf) ?? "";
        ResolverConfiguration configuration = ResolverConfiguration.Parse(own);
        IEnumerable<IReadOnlyList<IpEndpoint>> candidates = Upstreams.Select(path => ResolverConfiguration.Parse(read(path) ?? "").Servers)
            .Prepend(configuration.Servers).Append(BehindDocker(own));
        return configuration with
        {
            Servers = candidates.Select(servers => servers.Where(server => !server.Address.IsV4Loopback).ToArray()).FirstOrDefault(servers => servers.Length > 0) ?? [],
        };
    }

    /// <summary>The text of a file of this machine.</summary>
    public static string? ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Docker's own server is 127.0.0.11; those behind it are in a comment: "# ExtServers: [192.0.2.1 host(192.0.2.2)]".
    private static IpEndpoint[] BehindDocker(string text) =>
    [
        .. text.Split('\n').Where(line => line.StartsWith("# ExtServers:", StringComparison.Ordinal)).SelectMany(line => Ipv4().Matches(line))
            .Select(match => IpAddress.TryParse(match.Value, out IpAddress address) ? new IpEndpoint(address, DnsMessage.ServerPort) : default)
            .Where(server => server.Port != 0),
    ];

    [GeneratedRegex(@"\b\d{1,3}(\.\d{1,3}){3}\b")]
    private static partial Regex Ipv4();
}
