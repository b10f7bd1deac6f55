namespace UserTcp.PacketdrillShim;

/// <summary>What packetdrill's <c>--so_flags</c> says: words <c>key=value</c>, separated by blanks or commas.</summary>
/// <param name="SysctlsPath">The file with the sysctls, or null.</param>
internal sealed record ShimFlags(string? SysctlsPath)
{
    /// <summary>Reads the flags; null and empty are none. A word that nobody knows is told on standard error.</summary>
    internal static ShimFlags Parse(string? text)
    {
        ShimFlags flags = new(SysctlsPath: null);
        foreach (string word in (text ?? "").Split((char[])[' ', ','], StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = word.Split('=', 2);
            flags = parts is ["sysctls", { Length: > 0 } path]
                ? flags with { SysctlsPath = path }
                : Ignore(flags, word);
        }
        return flags;
    }

    private static ShimFlags Ignore(ShimFlags flags, string word)
    {
        Console.Error.WriteLine($"PacketdrillShim: '{word}' in --so_flags is not known; the only flag is sysctls=PATH");
        return flags;
    }
}
