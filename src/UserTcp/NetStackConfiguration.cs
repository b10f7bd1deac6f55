using UserTcp.Dns;
using UserTcp.Network;
using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp;

/// <summary>What a <see cref="NetStack"/> needs to know; all of it is given, nothing is looked up.</summary>
internal sealed record NetStackConfiguration
{
    /// <summary>Our Ethernet address.</summary>
    internal required MacAddress Mac { get; init; }

    /// <summary>Our address and the network it belongs to.</summary>
    internal required Ipv4Prefix Address { get; init; }

    /// <summary>The router for everything that is not on the link.</summary>
    internal IpAddress? Gateway { get; init; }

    /// <summary>The link's MTU in bytes.</summary>
    internal required int Mtu { get; init; }

    /// <summary>Whether the link completes checksums and cuts super-segments.</summary>
    internal bool Offload { get; init; }

    /// <summary>Connections at the same time, in whatever state.</summary>
    internal int MaximumConnections { get; init; } = 100_000;

    /// <summary>For new connections.</summary>
    internal TcpSettings Tcp { get; init; } = new();

    /// <summary>Which name servers to ask, and how.</summary>
    internal ResolverConfiguration Resolver { get; init; } = new();

    /// <summary>The only source of randomness: 32 unpredictable bits per call.</summary>
    internal required Func<uint> Random { get; init; }

    /// <summary>Hears what happens.</summary>
    internal IStackEventSink? Events { get; init; }
}
