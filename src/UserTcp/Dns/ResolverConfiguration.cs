using System.Globalization;
using UserTcp.Wire;

namespace UserTcp.Dns;

/// <summary>Whom to ask and how, as resolv.conf(5) says it.</summary>
internal sealed record ResolverConfiguration
{
    // resolv.conf(5) sets these limits.
    private const int MaximumServers = 3, MaximumDots = 15, MaximumTimeoutSeconds = 30, MaximumAttempts = 5;

    private static readonly char[] Blanks = [' ', '\t', '\r'];

    /// <summary>The servers, asked in this order.</summary>
    internal IReadOnlyList<IpEndpoint> Servers { get; init; } = [];

    /// <summary>What is put behind names that do not end with a dot.</summary>
    internal IReadOnlyList<string> Search { get; init; } = [];

    /// <summary>A name with at least so many dots is asked for as it is before the search list is tried.</summary>
    internal int Dots { get; init; } = 1;

    /// <summary>How long to wait for a server before the next is asked. The C library waits 5 s; nearly every answer comes within one.</summary>
    internal TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often the list of servers is gone through.</summary>
    internal int Attempts { get; init; } = 3;

    /// <summary>Reads the text of a resolv.conf. Lines that it does not understand are passed over, as the C library does.</summary>
    /// <remarks>Servers with IPv6 addresses are left out: the stack speaks IPv4.</remarks>
    internal static ResolverConfiguration Parse(string text)
    {
        ResolverConfiguration result = new();
        List<IpEndpoint> servers = [];
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith('#') || line.StartsWith(';')) continue;
            string[] words = line.Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2) continue;
            switch (words[0])
            {
                case "nameserver":
                    if (servers.Count < MaximumServers && IpAddress.TryParse(words[1], out IpAddress address) && address.IsV4)
                    {
                        servers.Add(new(address, DnsMessage.ServerPort));
                    }
                    break;
                case "domain":
                    result = result with { Search = [words[1]] }; // of domain and search the last one counts
                    break;
                case "search":
                    result = result with { Search = words[1..] };
                    break;
                case "options":
                    foreach (string option in words.AsSpan(1)) result = result.WithOption(option);
                    break;
            }
        }
        return result with { Servers = servers };
    }

    private ResolverConfiguration WithOption(string option)
    {
        if (Number(option, "ndots:", 0, MaximumDots) is int dots) return this with { Dots = dots };
        if (Number(option, "timeout:", 1, MaximumTimeoutSeconds) is int seconds) return this with { Timeout = TimeSpan.FromSeconds(seconds) };
        if (Number(option, "attempts:", 1, MaximumAttempts) is int attempts) return this with { Attempts = attempts };
        return this;
    }

    private static int? Number(string option, string name, int smallest, int largest)
        => option.StartsWith(name, StringComparison.Ordinal) && int.TryParse(option.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? Math.Clamp(number, smallest, largest)
            : null;
}
