using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Interop.Tests.Servers;

namespace UserTcp.Interop.Tests;

/// <summary>The command as `dotnet publish` makes it: native code without a runtime, of which everything unused has been cut away.</summary>
public sealed class NativeCommandTests(Bodies bodies)
{
    [Theory, InlineData(false), InlineData(true)]
    public async Task Native_code_fetches_a_page_and_writes_the_same_capture(bool offload)
    {
        string[] native = [Published.File("src/UserTcp.Cli", "usertcp")];
        await using var lab = new TapLab();
        await lab.StartNameServer();
        await lab.StartNginx(TestAuthority.Of(KeyKind.Ecdsa).Good(), bodies.Folder);
        string capture = lab.Folder.PathOf("native.pcapng"), body = lab.Folder.PathOf("body");
        string url = $"{TapLab.UrlOf(Bodies.NameOf(1 << 20))}";

        (await lab.Usertcp(native, "get", [.. TapLab.Offload(offload), "-v", "--json", "--pcapng", capture, "-o", body, url])).MustEndWith(0);

        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(bodies.Folder, Bodies.NameOf(1 << 20)), TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(body, TestContext.Current.CancellationToken));
        Assert.Empty(await Tshark.Read(lab, capture, Tshark.Objections));
        Assert.Equal("200\t1048576", Assert.Single(await Tshark.Read(lab, capture, "http.response", "http.response.code", "http.content_length")));
    }

    [Fact]
    public async Task Native_code_draws_the_whole_lesson()
    {
        string[] native = [Published.File("src/UserTcp.Cli", "usertcp")];
        await using var lab = new TapLab();
        CommandResult result = (await UsertcpCommand.Run(lab.Namespace, native, ["handshake", "--twin"], TestContext.Current.CancellationToken)).MustEndWith(0);
        Assert.Contains("equations checked: all hold", result.Output, StringComparison.Ordinal);
    }
}
