using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Interop.Tests.Servers;

namespace UserTcp.Interop.Tests;

/// <summary>The control: curl over the kernel gets from every server what our stack shall get. When one of these fails, the peer is broken.</summary>
public sealed class KernelControlTests(Bodies bodies)
{
    public static TheoryData<TlsServer, KeyKind> Servers
        => new MatrixTheoryData<TlsServer, KeyKind>(Enum.GetValues<TlsServer>(), Enum.GetValues<KeyKind>());

    [Theory, MemberData(nameof(Servers))]
    public async Task Curl_gets_a_file_from(TlsServer server, KeyKind key)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await using var lab = new TapLab();
        int size = Bodies.Sizes[1];
        await lab.StartServer(server, TestAuthority.Of(key).Good(), bodies, size);
        string file = lab.Folder.PathOf("got");
        ChildProcess curl = lab.Start(
            lab.Namespace, "curl", "--silent", "--show-error", "--tlsv1.2", "--tls-max", "1.2", "--cacert", lab.Roots, "--output", file,
            "--resolve", $"{TestAuthority.Host}:{TlsServers.Port}:{TapLab.Kernel}", $"{TapLab.UrlOf(Bodies.NameOf(size))}");
        Assert.True(await curl.WaitForExit() == 0, curl.Log);
        Assert.Equal(await File.ReadAllBytesAsync(bodies.PathOf(size), cancellation), await File.ReadAllBytesAsync(file, cancellation));
    }
}
