using UserTcp.Wire;

namespace UserTcp.Network;

/// <summary>The path MTUs that are smaller than the link's, by destination (RFC 1191 3): a new connection need not find out again.</summary>
/// <remarks>Sizes in bytes of an IP packet. An entry only ever shrinks; it is forgotten after ten minutes, because the path may have changed (RFC 1191 6.3).</remarks>
internal sealed class PathMtuCache
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10); // RFC 1191 6.3: "about 10 minutes"; Linux: mtu_expires

    private readonly Dictionary<IpAddress, Entry> _entries = [];

    private readonly record struct Entry(int Mtu, Instant Until);

    /// <summary>How many destinations are remembered.</summary>
    internal int Count => _entries.Count;

    /// <summary>The largest packet for a destination.</summary>
    internal int Find(IpAddress destination, int linkMtu, Instant now)
        => _entries.TryGetValue(destination, out Entry entry) && now < entry.Until ? Math.Min(entry.Mtu, linkMtu) : linkMtu;

    /// <summary>A path has been found to be narrower.</summary>
    /// <returns>Whether that is news.</returns>
    internal bool Lower(IpAddress destination, int mtu, int linkMtu, Instant now)
    {
        mtu = Math.Max(mtu, Budgets.LeastPathMtu);
        if (mtu >= Find(destination, linkMtu, now)) return false; // RFC 1191 3: never raised by a message
        if (_entries.Count >= Budgets.PathMtus && !_entries.ContainsKey(destination)) MakeRoom();
        _entries[destination] = new(mtu, now + Life);
        return true;
    }

    private void MakeRoom()
    {
        KeyValuePair<IpAddress, Entry> oldest = default;
        foreach (KeyValuePair<IpAddress, Entry> entry in _entries)
        {
            if (oldest.Value.Mtu == 0 || entry.Value.Until < oldest.Value.Until) oldest = entry;
        }
        _entries.Remove(oldest.Key);
    }
}
