using UserTcp.Wire;

namespace UserTcp.Network;

/// <summary>Decides which arriving packets are for us and can be true (RFC 1122 3.2.1.3).</summary>
internal static class Ipv4Admission
{
    private const byte EndOfOptions = 0, NoOperation = 1, LooseSourceRoute = 131, StrictSourceRoute = 137;

    /// <summary>Checks a header that has been parsed.</summary>
    /// <param name="header">The header.</param>
    /// <param name="options">Its options.</param>
    /// <param name="linkDestination">Where the frame was addressed to.</param>
    /// <param name="routes">Our addresses and networks.</param>
    /// <returns><see cref="DropReason.None"/>, or why the packet must be dropped silently.</returns>
    /// <remarks>
    /// A broadcast destination passes: UDP and ICMP may have a use for it. TCP must refuse it (RFC 1122 4.2.3.10); see <see cref="RouteTable.IsBroadcast"/>.
    /// </remarks>
    internal static DropReason Check(in Ipv4Header header, ReadOnlySpan<byte> options, MacAddress linkDestination, RouteTable routes)
    {
        if (IsMartian(header.Source, routes)) return DropReason.MartianSource; // RFC 1122 3.2.1.3; RFC 9293 3.9.2.3, MUST-63: nor is a SYN from there answered
        bool broadcast = routes.IsBroadcast(header.Destination);
        if (!broadcast && !routes.IsOurs(header.Destination)) return DropReason.NotForUs; // RFC 1122 3.2.1.3
        if (linkDestination.IsGroup && !broadcast) return DropReason.LinkBroadcast; // RFC 1122 3.3.6
        return HasSourceRoute(options) ? DropReason.SourceRoute : DropReason.None;
    }

    /// <summary>Whether a source cannot be answered, or is our own (the "land" attack: we would answer ourselves for ever).</summary>
    internal static bool IsMartian(IpAddress source, RouteTable routes)
        => source.V4Bits >> 24 == 0 || source.IsV4Multicast || source.IsV4Loopback || routes.IsBroadcast(source) || routes.IsOurs(source);

    private static bool HasSourceRoute(ReadOnlySpan<byte> options)
    {
        while (options.Length > 0 && options[0] != EndOfOptions)
        {
            if (options[0] is LooseSourceRoute or StrictSourceRoute) return true;
            int length = options[0] == NoOperation ? 1 : options.Length > 1 ? options[1] : 0;
            if (length == 0 || length > options.Length || (length == 1 && options[0] != NoOperation)) return false; // unreadable, and nothing here reads them
            options = options[length..];
        }
        return false;
    }
}
