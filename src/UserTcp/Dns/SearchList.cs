using UserTcp.Wire;

namespace UserTcp.Dns;

/// <summary>Turns what a user typed into the full names to ask for, in order (resolv.conf(5): search, ndots).</summary>
internal static class SearchList
{
    /// <summary>Gives the names to ask for.</summary>
    /// <param name="text">The name as typed. With a dot at the end it is complete.</param>
    /// <param name="configuration">Search list and ndots.</param>
    /// <param name="candidates">The names, at least one on success.</param>
    /// <param name="problem">What is wrong with the name; empty otherwise.</param>
    internal static bool TryExpand(string text, ResolverConfiguration configuration, out List<DnsName> candidates, out string problem)
    {
        candidates = [];
        if (!DnsName.TryFromText(text, out DnsName name, out problem)) return false;
        if (name.IsRoot)
        {
            problem = "the root '.' has no address";
            return false;
        }
        string typed = text.TrimEnd('.');
        if (typed[(typed.LastIndexOf('.') + 1)..].All(char.IsAsciiDigit))
        {
            // No top-level domain is a number (RFC 3696 2), so this is a mistyped address; asking would leak it and find nothing.
            problem = $"'{text}' ends in a number like an IPv4 address, but is not one: four numbers from 0 to 255 make one, without leading zeros";
            return false;
        }
        if (text.EndsWith('.'))
        {
            candidates.Add(name);
            return true;
        }
        bool asItIsFirst = text.Count(c => c == '.') >= configuration.Dots;
        if (asItIsFirst) candidates.Add(name);
        foreach (string suffix in configuration.Search)
        {
            if (DnsName.TryFromText(suffix, out DnsName zone, out _) && !zone.IsRoot && name.TryAppend(zone, out DnsName full)) candidates.Add(full);
        }
        if (!asItIsFirst) candidates.Add(name);
        return true;
    }
}
