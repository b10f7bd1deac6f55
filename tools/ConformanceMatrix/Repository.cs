namespace UserTcp.ConformanceMatrix;

/// <summary>Where the files are.</summary>
internal static class Repository
{
    /// <summary>The folder with the solution, above the program's own.</summary>
    public static string Root()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "UserTcp.sln"))) return folder.FullName;
        }
        throw new DirectoryNotFoundException($"No UserTcp.sln above {AppContext.BaseDirectory}: run the tool from its project.");
    }

    /// <summary>The C# files below a folder, without what the build makes, in an order that is the same everywhere.</summary>
    public static IEnumerable<string> CSharpFiles(string folder)
        => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal);

    /// <summary>A path as it is written in a link.</summary>
    public static string Relative(string root, string file) => Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/');
}
