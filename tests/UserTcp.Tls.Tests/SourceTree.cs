namespace UserTcp.Tls.Tests;

/// <summary>Where the sources are, for tests of the pages that lie among them.</summary>
internal static class SourceTree
{
    internal static string Root { get; } = Find();

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "UserTcp.sln"))) return folder.FullName;
        }
        throw new DirectoryNotFoundException("no UserTcp.sln above the tests");
    }
}
