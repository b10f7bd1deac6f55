using System.Runtime.InteropServices;

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>What `dotnet publish` has made of a project: native code, which the build of the tests does not make.</summary>
internal static class Published
{
    /// <summary>The path of a published file. Skips the test where the project was not published.</summary>
    /// <param name="project">The project's folder below the repository's.</param>
    /// <param name="file">The file.</param>
    public static string File(string project, string file)
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !System.IO.File.Exists(Path.Combine(root, "UserTcp.sln"))) root = Path.GetDirectoryName(root);
        string platform = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64";
        string path = Path.Combine(root ?? "", project, "bin/Release/net10.0", platform, "publish", file);
        Assert.SkipUnless(System.IO.File.Exists(path), $"needs native code: dotnet publish {project} -c Release");
        return path;
    }
}
