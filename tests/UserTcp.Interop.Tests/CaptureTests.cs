using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Interop.Tests.Servers;

namespace UserTcp.Interop.Tests;

/// <summary>The capture that a run leaves, as tshark sees it.</summary>
public sealed class CaptureTests(Bodies bodies)
{
    public static TheoryData<TlsServer, KeyKind, bool> Servers
        => new(Enum.GetValues<TlsServer>().Select((server, i) => (server, (KeyKind)(i % 2), i % 4 < 2)));

    [Theory, MemberData(nameof(Servers))]
    public async Task Tshark_finds_nothing_wrong_and_reads_the_answer_without_another_file(TlsServer server, KeyKind key, bool offload)
    {
        const int size = 1 << 20;
        await using var lab = new TapLab();
        await lab.StartNameServer();
        await lab.StartServer(server, TestAuthority.Of(key).Good(), bodies, size);
        string capture = lab.Folder.PathOf("run.pcapng");

        (await lab.Usertcp("get", [.. TapLab.Offload(offload), "--pcapng", capture, $"{TapLab.UrlOf(Bodies.NameOf(size))}"])).MustEndWith(0);

        await Tshark.MustNotObject(lab, capture);
        Assert.Equal("200", Assert.Single(await Tshark.Read(lab, capture, "http.response", "http.response.code")));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Tshark_sees_an_orderly_end(bool offload)
    {
        await using var lab = new TapLab();
        await lab.StartNameServer();
        await lab.StartNginx(TestAuthority.Of(KeyKind.Rsa).Good(), bodies.Folder);
        string capture = lab.Folder.PathOf("run.pcapng");

        (await lab.Usertcp("get", [.. TapLab.Offload(offload), "--pcapng", capture, $"{TapLab.UrlOf(Bodies.NameOf(1))}"])).MustEndWith(0);

        Assert.Single(await Tshark.Read(lab, capture, "tcp.flags.syn == 1 && tcp.flags.ack == 0"));
        Assert.Equal(2, (await Tshark.Read(lab, capture, Tshark.Fins)).Length);
        Assert.Empty(await Tshark.Read(lab, capture, "tcp.flags.reset == 1"));
    }

    // What the kernel's side of the TAP saw, written by tshark itself: independent of our own writer.
    [Fact]
    public async Task Tshark_on_the_other_end_sees_the_same_segments()
    {
        await using var lab = new TapLab();
        await lab.StartNameServer();
        await lab.StartNginx(TestAuthority.Of(KeyKind.Ecdsa).Good(), bodies.Folder);
        string ours = lab.Folder.PathOf("ours.pcapng"), theirs = lab.Folder.PathOf("theirs.pcapng");
        ChildProcess tshark = lab.Start(lab.Namespace, "tshark", "-n", "-q", "-i", TapLab.Tap, "-w", theirs, "-f", $"tcp port {TlsServers.Port}");
        await tshark.WaitForLog("Capturing on");

        (await lab.Usertcp("get", "--no-offload", "--pcapng", ours, $"{TapLab.UrlOf(Bodies.NameOf(1))}")).MustEndWith(0);

        // Stopped at once, it would forget what it has not yet fetched from the kernel.
        for (long size = -1; size != new FileInfo(theirs).Length; await Task.Delay(1000, TestContext.Current.CancellationToken))
            size = new FileInfo(theirs).Length;
        tshark.Signal(ChildProcess.Interrupt);
        Assert.True(await tshark.WaitForExit() == 0, tshark.Log);
        Assert.Empty(await Tshark.Read(lab, theirs, $"ip.src == {TapLab.Ours} && ({Tshark.Objections})"));
        string[] fields = ["ip.src", "tcp.flags", "tcp.seq_raw", "tcp.ack_raw", "tcp.len"];
        // Segments of the two directions can cross on the way, so each direction is compared by itself.
        foreach (string direction in (string[])[$"ip.src == {TapLab.Ours}", $"ip.dst == {TapLab.Ours}"])
        {
            string filter = $"tcp.port == {TlsServers.Port} && {direction}";
            Assert.Equal(await Tshark.Read(lab, theirs, filter, fields), await Tshark.Read(lab, ours, filter, fields));
        }
    }
}
