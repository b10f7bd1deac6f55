namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>A folder that everybody may read (servers give up root) and that goes with everything in it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const UnixFileMode OwnerWritesAllRead = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Makes the folder.</summary>
    public TemporaryFolder() => File.SetUnixFileMode(Path, OwnerWritesAllRead);

    /// <summary>Its path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("usertcp-test-").FullName;

    /// <summary>The path of a file in the folder.</summary>
    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file.</summary>
    /// <returns>Its path.</returns>
    public string Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }

    /// <summary>Makes a folder in it that everybody may write to.</summary>
    /// <returns>Its path.</returns>
    public string MakeOpen(string name)
    {
        Directory.CreateDirectory(PathOf(name));
        File.SetUnixFileMode(PathOf(name), OwnerWritesAllRead | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite);
        return PathOf(name);
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
