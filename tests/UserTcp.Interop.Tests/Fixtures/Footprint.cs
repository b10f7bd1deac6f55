using UserTcp.Testing;

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>What a machine looks like from outside: what a well-behaved run leaves as it was.</summary>
internal static class Footprint
{
    private const string Mark = "USERTCP_TEST_MARK";

    /// <summary>Namespaces, links, addresses, routes, packet filters and settings, as lines to compare.</summary>
    /// <param name="machine">The namespace that plays the machine: nobody else changes anything there.</param>
    public static async Task<string[]> Take(TestNamespace machine)
    {
        // Namespaces have names for the whole machine, where other tests make and remove theirs; the script's would begin as its TAPs do.
        string script = """
            echo "== namespaces"; ls /run/netns | grep -E '^(usertcp|ut[0-9])'
            echo "== links"; ip -o link | sed 's/qlen [0-9]*//' | cut -d'\' -f1
            echo "== addresses"; ip -o -4 address
            echo "== routes"; ip -4 route show table all
            echo "== rules"; nft list ruleset
            echo "== settings"; grep -r . /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/*/forwarding /proc/sys/net/ipv4/conf/*/rp_filter
            echo "== state"; ls -A /run/usertcp 2>/dev/null | grep -v '^lock$'
            true
            """;
        await using ChildProcess shell = ChildProcess.Start(machine, "sh", "-c", script);
        Assert.Equal(0, await shell.WaitForExit());
        return shell.Log.Split('\n');
    }

    /// <summary>An environment variable that every descendant of a run inherits, so that what survives it can be found.</summary>
    public static KeyValuePair<string, string> NewMark() => new(Mark, Guid.NewGuid().ToString());

    /// <summary>The command lines of the processes that carry a mark.</summary>
    public static IReadOnlyList<string> Survivors(KeyValuePair<string, string> mark)
    {
        var found = new List<string>();
        foreach (string process in Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            try
            {
                if (File.ReadAllText($"{process}/environ").Contains($"{mark.Key}={mark.Value}", StringComparison.Ordinal))
                    found.Add(File.ReadAllText($"{process}/cmdline").Replace('\0', ' '));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has just ended, or it is not ours to look at.
            }
        }

        return found;
    }
}
