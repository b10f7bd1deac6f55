using UserTcp.Wire;

namespace UserTcp.Network;

/// <summary>What <see cref="RouteTable.Route"/> found.</summary>
internal enum RouteVerdict
{
    /// <summary>There is a next hop.</summary>
    Found,

    /// <summary>No prefix contains the destination.</summary>
    NoRoute,

    /// <summary>A broadcast or multicast address: nothing here sends to these.</summary>
    NotUnicast,

    /// <summary>One of our own addresses: it never gets onto the wire.</summary>
    Ourselves,
}

/// <summary>Where packets go: prefixes that are on the link and prefixes behind a gateway (RFC 1122 3.3.1).</summary>
/// <remarks>The longest prefix that contains the destination wins. A host has a handful of routes: a list, the longest first, is searched.</remarks>
internal sealed class RouteTable
{
    private readonly List<Entry> _entries = [];

    private readonly record struct Entry(Ipv4Prefix Prefix, IpAddress? Gateway, IpAddress Source);

    /// <summary>Adds the network that one of our addresses belongs to.</summary>
    internal void AddOnLink(Ipv4Prefix address) => Add(new(address, null, address.Address));

    /// <summary>Adds a prefix behind a gateway.</summary>
    /// <exception cref="ArgumentException">The gateway is not on the link.</exception>
    internal void AddGateway(Ipv4Prefix prefix, IpAddress gateway)
    {
        if (FindOnLink(gateway) is not Entry link)
        {
            throw new ArgumentException(
                $"The gateway {gateway} is in none of our networks ({string.Join(", ", _entries.Where(e => e.Gateway is null).Select(e => e.Prefix))}): "
                + "give an address of a router on the same link.", nameof(gateway));
        }
        Add(new(prefix, gateway, link.Source));
    }

    /// <summary>Finds the neighbour to hand a packet to, and the address to send it from.</summary>
    internal RouteVerdict Route(IpAddress destination, out IpAddress nextHop, out IpAddress source)
    {
        nextHop = source = default;
        if (!destination.IsV4) return RouteVerdict.NoRoute;
        if (IsOurs(destination) || destination.IsV4Loopback) return RouteVerdict.Ourselves;
        if (destination.IsV4Multicast || destination == IpAddress.AnyV4 || IsBroadcast(destination)) return RouteVerdict.NotUnicast;
        foreach (Entry entry in _entries)
        {
            if (!entry.Prefix.Contains(destination)) continue;
            nextHop = entry.Gateway ?? destination;
            source = entry.Source;
            return RouteVerdict.Found;
        }
        return RouteVerdict.NoRoute;
    }

    /// <summary>Whether an address is one of ours.</summary>
    internal bool IsOurs(IpAddress address)
    {
        foreach (Entry entry in _entries)
        {
            if (entry.Gateway is null && entry.Prefix.Address == address) return true;
        }
        return false;
    }

    /// <summary>Whether an address means everybody on the link: 255.255.255.255, or all ones or all zeros in the host part (RFC 1122 3.2.1.3, 3.3.6).</summary>
    internal bool IsBroadcast(IpAddress address)
    {
        if (address == IpAddress.BroadcastV4) return true;
        foreach (Entry entry in _entries)
        {
            if (entry.Gateway is null && entry.Prefix.Broadcast is IpAddress broadcast && (address == broadcast || address == entry.Prefix.Network)) return true;
        }
        return false;
    }

    private Entry? FindOnLink(IpAddress address)
    {
        foreach (Entry entry in _entries)
        {
            if (entry.Gateway is null && entry.Prefix.Contains(address)) return entry;
        }
        return null;
    }

    private void Add(Entry entry)
    {
        int at = _entries.FindIndex(e => e.Prefix.Length < entry.Prefix.Length);
        _entries.Insert(at < 0 ? _entries.Count : at, entry);
    }
}
