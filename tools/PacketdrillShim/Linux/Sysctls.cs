using System.Globalization;

namespace UserTcp.PacketdrillShim.Linux;

/// <summary>The net.ipv4 sysctls in force: the values that packetdrill scripts take for granted, overruled by a file of <c>key=value</c> lines.</summary>
/// <remarks>The names may be written as "tcp_ecn", "net.ipv4.tcp_ecn" or "/proc/sys/net/ipv4/tcp_ecn"; the last line for a name counts. Names that
/// nobody here asks for are ignored: scripts set many that have no counterpart.</remarks>
internal sealed class Sysctls
{
    // What Linux has by default, except where production servers and packetdrill's scripts differ: buffers, ECN, slow start after idle.
    private static readonly Dictionary<string, string> Defaults = new()
    {
        ["tcp_congestion_control"] = "cubic",
        ["tcp_ecn"] = "0",
        ["tcp_fin_timeout"] = "60",
        ["tcp_keepalive_intvl"] = "75",
        ["tcp_keepalive_probes"] = "9",
        ["tcp_keepalive_time"] = "7200",
        ["tcp_min_snd_mss"] = "48",
        ["tcp_min_tso_segs"] = "2",
        ["tcp_mtu_probing"] = "0",
        ["tcp_notsent_lowat"] = "4294967295",
        ["tcp_rmem"] = "4096 540000 15728640",
        ["tcp_rto_max_ms"] = "120000",
        ["tcp_rto_min_us"] = "200000",
        ["tcp_sack"] = "1",
        ["tcp_slow_start_after_idle"] = "0",
        ["tcp_syn_retries"] = "5",
        ["tcp_synack_retries"] = "5",
        ["tcp_timestamps"] = "1",
        ["tcp_window_scaling"] = "1",
        ["tcp_wmem"] = "4096 262144 4194304",
    };

    private readonly Dictionary<string, string> _values = new(Defaults);

    /// <summary>Reads the file, if there is one.</summary>
    internal static Sysctls Read(string? path)
    {
        Sysctls sysctls = new();
        if (path is null || !File.Exists(path)) return sysctls;
        foreach (string line in File.ReadLines(path))
        {
            string[] parts = line.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts.Length == 2 && parts[0].Length > 0 && parts[0][0] != '#') sysctls._values[LastName(parts[0])] = parts[1].Trim('"', '\'');
        }
        return sysctls;
    }

    /// <summary>A value of one word.</summary>
    internal string Text(string name) => _values[name];

    /// <summary>A value of one number.</summary>
    internal long Number(string name) => Number(name, 0);

    /// <summary>One of several numbers, such as least, default and most.</summary>
    /// <exception cref="FormatException">The file holds something else.</exception>
    internal long Number(string name, int index)
    {
        string[] words = _values[name].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (index < words.Length)
        {
            bool hexadecimal = words[index].StartsWith("0x", StringComparison.Ordinal);
            ReadOnlySpan<char> digits = hexadecimal ? words[index].AsSpan(2) : words[index];
            NumberStyles style = hexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.AllowLeadingSign;
            if (long.TryParse(digits, style, CultureInfo.InvariantCulture, out long number)) return number;
        }
        throw new FormatException($"The sysctl {name} is '{_values[name]}': a number is wanted at place {index + 1}.");
    }

    /// <summary>A value that is on or off.</summary>
    internal bool Flag(string name) => Number(name) != 0;

    private static string LastName(string key) => key[(key.LastIndexOfAny(['.', '/']) + 1)..];
}
