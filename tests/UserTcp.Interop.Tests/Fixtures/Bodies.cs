using System.Security.Cryptography;
using UserTcp.Interop.Tests.Fixtures;

[assembly: AssemblyFixture(typeof(Bodies))]

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>The files that every server has: 1 B, 1 MiB and 100 MiB that cannot be compressed or guessed.</summary>
public sealed class Bodies : IDisposable
{
    /// <summary>The sizes in bytes.</summary>
    public static readonly int[] Sizes = [1, 1 << 20, 100 << 20];

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<int, string> _hashes = [];

    /// <summary>Writes the files.</summary>
    public Bodies()
    {
        byte[] content = new byte[Sizes[^1]];
        new Random(20).NextBytes(content);
        foreach (int size in Sizes)
        {
            ReadOnlySpan<byte> body = content.AsSpan(0, size);
            File.WriteAllBytes(_folder.PathOf(NameOf(size)), body);
            _hashes[size] = Convert.ToHexStringLower(SHA256.HashData(body));
        }
    }

    /// <summary>The folder to serve.</summary>
    public string Folder => _folder.Path;

    /// <summary>The name of the file of a size, without a slash.</summary>
    public static string NameOf(int size) => $"body-{size}.bin";

    /// <summary>The file of a size.</summary>
    public string PathOf(int size) => _folder.PathOf(NameOf(size));

    /// <summary>The SHA-256 of the file of a size, in lower-case hexadecimal.</summary>
    public string Sha256(int size) => _hashes[size];

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
