using UserTcp.Wire;

namespace UserTcp.Dns;

/// <summary>Remembers addresses for as long as their TTL says (RFC 1035 3.2.1). Failures are not kept: whoever asks again hopes for better.</summary>
internal sealed class DnsCache
{
    /// <summary>Longer than a day nothing is believed (RFC 8767 4 says a week at most; addresses move).</summary>
    private const uint LongestSeconds = 86_400;

    private readonly Dictionary<DnsName, Entry> _entries = [];

    private readonly record struct Entry(IReadOnlyList<IpAddress> Addresses, Instant Until);

    /// <summary>Finds the addresses of a name.</summary>
    internal bool TryGet(DnsName name, Instant now, out IReadOnlyList<IpAddress> addresses)
    {
        addresses = [];
        if (!_entries.TryGetValue(name, out Entry entry)) return false;
        if (entry.Until <= now)
        {
            _entries.Remove(name);
            return false;
        }
        addresses = entry.Addresses;
        return true;
    }

    /// <summary>Keeps the addresses of a name. TTL 0 means: use now, do not keep.</summary>
    internal void Add(DnsName name, IReadOnlyList<IpAddress> addresses, uint timeToLive, Instant now)
    {
        if (timeToLive == 0) return;
        if (_entries.Count >= Budgets.DnsCacheEntries && !_entries.ContainsKey(name)) _entries.Remove(_entries.MinBy(e => e.Value.Until).Key);
        _entries[name] = new(addresses, now + TimeSpan.FromSeconds(Math.Min(timeToLive, LongestSeconds)));
    }
}
