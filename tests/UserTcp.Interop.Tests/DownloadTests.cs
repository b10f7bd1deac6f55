using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Interop.Tests.Servers;

namespace UserTcp.Interop.Tests;

/// <summary>`usertcp get` over a real TAP from other people's servers.</summary>
/// <remarks>
/// The normal run takes a sample in which every pair of values meets; tools/interop-full.sh sets USERTCP_INTEROP=full and takes the whole product.
/// </remarks>
public sealed class DownloadTests(Bodies bodies)
{
    private static readonly TlsServer[] Servers = Enum.GetValues<TlsServer>();

    public static TheoryData<TlsServer, KeyKind, int, bool> Cases
        => new(Environment.GetEnvironmentVariable("USERTCP_INTEROP") == "full" ? Product() : Sample());

    [Theory, MemberData(nameof(Cases))]
    public async Task Get_brings_a_file_unchanged(TlsServer server, KeyKind key, int size, bool offload)
    {
        await using var lab = new TapLab();
        await lab.StartNameServer();
        await lab.StartServer(server, TestAuthority.Of(key).Good(), bodies, size);

        CommandResult result = await lab.Usertcp("get", [.. TapLab.Offload(offload), $"{TapLab.UrlOf(Bodies.NameOf(size))}"]);

        result.MustEndWith(0);
        Assert.Equal((size, bodies.Sha256(size)), (result.OutputLength, result.OutputSha256));
        Assert.Equal(0, lab.SegmentsRefusedByKernel());
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Memory_does_not_grow_with_the_body(bool offload)
    {
        const long slack = 32 << 20; // a third of the body; what the collector leaves lying about differs from run to run
        await using var lab = new TapLab();
        await lab.StartNameServer();
        await lab.StartNginx(TestAuthority.Of(KeyKind.Ecdsa).Good(), bodies.Folder);

        var peaks = new List<long>();
        foreach (int size in Bodies.Sizes[1..])
            peaks.Add((await lab.Usertcp("get", [.. TapLab.Offload(offload), $"{TapLab.UrlOf(Bodies.NameOf(size))}"])).MustEndWith(0).PeakMemory);

        Assert.InRange(peaks[1], 1, peaks[0] + slack);
    }

    [Fact]
    public async Task A_chain_of_six_kilobytes_is_verified_across_its_segments()
    {
        ServerCertificate certificate = TestAuthority.Of(KeyKind.Rsa).Long();
        Assert.InRange(certificate.Leaf.RawData.Length + certificate.Intermediates.Sum(each => each.RawData.Length), 5500, 7000);
        await using var lab = new TapLab();
        await lab.StartNameServer();
        await lab.StartNginx(certificate, bodies.Folder);
        (await lab.Usertcp("get", "--no-offload", $"{TapLab.UrlOf(Bodies.NameOf(1))}")).MustEndWith(0);
    }

    [Fact]
    public async Task An_address_instead_of_a_name_is_verified_too()
    {
        await using var lab = new TapLab();
        await lab.StartNginx(TestAuthority.Of(KeyKind.Ecdsa).Good(), bodies.Folder);
        (await lab.Usertcp("get", $"https://{TapLab.Kernel}:{TlsServers.Port}/{Bodies.NameOf(1)}")).MustEndWith(0);
    }

    [Fact]
    public void The_sample_meets_every_pair()
    {
        static HashSet<(object, object)> Pairs(IEnumerable<(TlsServer, KeyKind, int, bool)> rows)
            => [.. from row in rows
                   let values = new object[] { row.Item1, row.Item2, row.Item3, row.Item4 }
                   from a in Enumerable.Range(0, 4)
                   from b in Enumerable.Range(a + 1, 3 - a)
                   select (values[a], values[b])];

        Assert.Equal(Pairs(Product()), Pairs(Sample()));
    }

    private static IEnumerable<(TlsServer, KeyKind, int, bool)> Product()
        => from server in Servers
           from key in Enum.GetValues<KeyKind>()
           from size in Bodies.Sizes
           from offload in (bool[])[false, true]
           select (server, key, size, offload);

    // Every server with every size; keys and offload alternate against each other.
    private static IEnumerable<(TlsServer, KeyKind, int, bool)> Sample()
        => from i in Enumerable.Range(0, Servers.Length)
           from j in Enumerable.Range(0, Bodies.Sizes.Length)
           select (Servers[i], (KeyKind)((i + j) % 2), Bodies.Sizes[j], (i + j + (j / 2)) % 2 == 1);
}
