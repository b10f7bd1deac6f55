using System.Net;
using UserTcp.Dns;
using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp;

/// <summary>What a <see cref="Stack"/> is told at its start.</summary>
public sealed record StackOptions
{
    /// <summary>The stack's own IPv4 address.</summary>
    public required IPAddress Address { get; init; }

    /// <summary>The bits of the network part of <see cref="Address"/>: 24 for a /24.</summary>
    public required int PrefixLength { get; init; }

    /// <summary>The router for everything that is not on the link.</summary>
    /// <remarks>None by default: then only the own network can be reached.</remarks>
    public IPAddress? Gateway { get; init; }

    /// <summary>The name servers to ask, in this order.</summary>
    /// <remarks>None by default: then only addresses can be connected to. See <see cref="WithSystemResolver"/>.</remarks>
    public IReadOnlyList<IPAddress> DnsServers
    {
        get => [.. Resolver.Servers.Select(server => server.Address.ToIPAddress())];
        init => Resolver = Resolver with { Servers = [.. value.Select(server => new IpEndpoint(IpAddress.From(server), DnsMessage.ServerPort))] };
    }

    /// <summary>The domains to try behind a name without a dot.</summary>
    public IReadOnlyList<string> SearchDomains
    {
        get => Resolver.Search;
        init => Resolver = Resolver with { Search = value };
    }

    internal ResolverConfiguration Resolver { get; init; } = new();

    /// <summary>The same options with the name servers, search domains and limits of a resolv.conf(5).</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public StackOptions WithSystemResolver(string path = "/etc/resolv.conf") => this with { Resolver = ResolverConfiguration.Parse(File.ReadAllText(path)) };

    /// <summary>How many connections may exist at the same time, TIME-WAIT included.</summary>
    /// <remarks>100,000 by default. Beyond it connecting fails with <see cref="System.Net.Sockets.SocketError.TooManyOpenSockets"/>.</remarks>
    public int MaximumConnections { get; init; } = 100_000;

    /// <summary>How new connections behave.</summary>
    public TcpSettings Tcp { get; init; } = new();

    /// <summary>Hears everything the stack does, soft errors too; null when nobody wants to (RFC 9293 3.9.1.8, MUST-47, SHLD-20).</summary>
    public IStackEventSink? Events { get; init; }

    /// <summary>Everybody who waits for the stack goes on in the stack's own thread, without a change of threads.</summary>
    /// <remarks>False by default: then one at a time may do so as long as such steps are short, a second thread takes over from one that blocks, and the others go
    /// on in the thread pool. True saves that care and the acknowledgments that answers can carry, but all connections stand still while what follows an <c>await</c>
    /// runs, and for ever if that blocks until the stack does something. For programs whose every step is short.</remarks>
    public bool InlineContinuations { get; init; }

    /// <summary>The clock.</summary>
    /// <remarks>The system's by default.</remarks>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Makes every random choice (ISN, ports, ids, the MAC address) repeatable. Not for a hostile network: whoever knows it can guess them.</summary>
    /// <remarks>Absent by default: then they come from the operating system's generator.</remarks>
    public ulong? Seed { get; init; }
}
