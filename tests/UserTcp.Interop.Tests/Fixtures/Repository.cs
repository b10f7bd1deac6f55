namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>The checkout that these tests were built from.</summary>
internal static class Repository
{
    /// <summary>Its folder.</summary>
    public static string Root { get; } = Find();

    /// <summary>The script that is the front door.</summary>
    public static string RunTap { get; } = Path.Combine(Root, "run-tap.sh");

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "UserTcp.sln")))
            folder = folder.Parent;
        return folder?.FullName
            ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} is not below a checkout with UserTcp.sln: run the tests where they were built");
    }
}
