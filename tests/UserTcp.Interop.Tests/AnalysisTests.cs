using System.Globalization;
using System.Net;
using System.Net.Sockets;
using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Link;
using UserTcp.Tcp;

namespace UserTcp.Interop.Tests;

/// <summary>What tshark makes of a transfer, beside what the connection says of itself.</summary>
public sealed class AnalysisTests(ITestOutputHelper output)
{
    private const int Bytes = 4 << 20;
    private const double Rounding = 1e-6; // an instant counts 100 ns

    // A full or closed window is no fault and says who waited for whom. The rest are notes: every FIN gets one, and on a busy machine an acknowledgment may
    // come after a tail loss probe, of either side, which is then answered with a D-SACK (RFC 8985 7.4).
    private const string NoFault
        = "tcp.analysis.window_full || tcp.analysis.zero_window || tcp.analysis.zero_window_probe || tcp.analysis.zero_window_probe_ack"
        + " || tcp.connection.fin_active || tcp.connection.fin_passive || tcp.analysis.retransmission || tcp.options.sack.dsack";
    private const string Complaints = $"_ws.expert.severity >= 0x400000 && !({NoFault})"; // notes, warnings and errors

    [Fact]
    public async Task Tshark_has_no_complaint_about_a_clean_transfer_and_measures_what_we_measure()
    {
        await using var lab = new TapLab();
        lab.Namespace.Ip($"link set dev {TapLab.Tap} txqueuelen 10000"); // no loss, however busy the machine is
        (TcpInfo info, StackCounters counters) = await Exchange(lab, link => link);
        Assert.Empty(await Tshark.Read(lab, Capture(lab), Complaints, "frame.number", "_ws.expert.message"));

        ILookup<bool, Segment> segments = (await Segments(lab)).ToLookup(segment => segment.Ours);
        Segment[] ours = [.. segments[true]], theirs = [.. segments[false]];
        Assert.InRange(ours.Count(segment => segment.Repeat), 0, counters.TailLossProbes);
        Assert.Equal((ours.Length, theirs.Length), (info.SegmentsSent, info.SegmentsReceived));
        Assert.Equal(ours.Sum(segment => segment.Length), info.BytesSent);
        Assert.Equal(theirs.Where(segment => !segment.Repeat).Sum(segment => segment.Length), info.BytesReceived);
        Assert.Equal((ours[0].Mss, ours.Max(segment => segment.Length)), (info.AdvertisedMss, info.SendMss));
        Assert.Equal((ours[0].Scale, theirs[0].Scale), (info.ReceiveWindowScale, info.SendWindowScale));
        Assert.Equal((ours[^1].Window, theirs[^1].Window, theirs.Max(segment => segment.Window)), (info.ReceiveWindow, info.SendWindow, info.LargestSendWindow));

        // tshark looks at the last segment that an acknowledgment covers, we at the first, so ours are the longer ones.
        double[] roundTrips = [.. theirs.Select(segment => segment.RoundTrip).OfType<double>()];
        output.WriteLine($"tshark: {roundTrips.Min()}, {roundTrips.Average()}, {roundTrips.Max()} s; ours: {info.MinimumRtt}, smoothed {info.SmoothedRtt}");
        Assert.InRange(info.MinimumRtt.TotalSeconds, roundTrips.Min() - Rounding, roundTrips.Average() + Rounding);
        Assert.InRange(info.SmoothedRtt.TotalSeconds, roundTrips.Min() - Rounding, 2 * roundTrips.Max());
    }

    // What tshark calls a retransmission or, when it comes soon, out of order: a segment below the highest number so far.
    [Fact]
    public async Task Tshark_counts_our_repeats_and_SACK_blocks_in_a_lossy_transfer_as_we_do()
    {
        await using var lab = new TapLab();
        lab.Namespace.Ip($"link set dev {TapLab.Tap} txqueuelen 10000");
        Impairment loss = new() { Loss = 0.01 };
        (TcpInfo info, StackCounters counters) = await Exchange(lab, link => new ImpairedLink(link, loss, loss, seed: 8985));

        ILookup<bool, Segment> segments = (await Segments(lab)).ToLookup(segment => segment.Ours);
        Segment[] ours = [.. segments[true]], theirs = [.. segments[false]];
        output.WriteLine($"SACK in {ours.Count(segment => segment.Sack)} of ours, {theirs.Count(segment => segment.Sack)} of theirs; {counters}");
        Assert.Equal((ours.Length, theirs.Length), (info.SegmentsSent, info.SegmentsReceived));
        Assert.Equal(ours.Sum(segment => segment.Length), info.BytesSent);
        Assert.Equal(ours.Count(segment => segment.Repeat), counters.Retransmissions);
        Assert.Equal(counters.Retransmissions - counters.SynRetransmissions, info.Retransmissions);
        Assert.NotEqual(0, info.Retransmissions);
        Assert.Contains(ours, segment => segment.Sack);
        Assert.Contains(theirs, segment => segment.Sack);
        Assert.Equal(
            (ours.Count(segment => segment.DuplicateSack), theirs.Count(segment => segment.DuplicateSack)), (counters.DuplicateSacksSent, counters.DuplicateSacksReceived));
    }

    // our stack                                kernel
    //   4 MiB                          -->
    //                                 <--      as many
    //   FIN                            -->
    //                                 <--      FIN
    private static async Task<(TcpInfo Info, StackCounters Counters)> Exchange(TapLab lab, Func<ILink, ILink> impair)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        byte[] data = new byte[Bytes];
        Socket listener = lab.Listen(Tshark.Discard);
        using CaptureFile file = new(Capture(lab), TapLab.Tap, TimeProvider.System);
        // Around the impairment: the file shows what our stack has sent, also what is lost.
        await using StackOnTap ours = new(lab, offload: false, decorate: tap => new CapturingLink(impair(tap), file));
        Task serving = Serve();
        await using TcpStream stream = await ours.Stack.ConnectAsync(new IPEndPoint(TapLab.Kernel, Tshark.Discard), cancellation);
        await stream.WriteAsync(data, cancellation);
        await stream.ReadExactlyAsync(data, cancellation);
        await stream.CloseWriteAsync(cancellation);
        await stream.WaitForCloseAsync(cancellation);
        await serving;
        Assert.Equal(0, file.FramesDropped);
        return (stream.Info, ours.Stack.Counters);

        async Task Serve()
        {
            using Socket accepted = await listener.AcceptAsync(cancellation);
            await using NetworkStream peer = new(accepted);
            byte[] received = new byte[Bytes];
            await peer.ReadExactlyAsync(received, cancellation);
            await peer.WriteAsync(received, cancellation);
            Assert.Equal(0, await peer.ReadAsync(received, cancellation));
        }
    }

    private static string Capture(TapLab lab) => lab.Folder.PathOf("transfer.pcapng");

    private static async Task<Segment[]> Segments(TapLab lab)
    {
        string[] lines = await Tshark.Read(
            lab, Capture(lab), "tcp", "ip.src", "tcp.len", "tcp.window_size", "tcp.options.mss_val", "tcp.options.wscale.shift", "tcp.options.sack_le",
            "tcp.options.sack.dsack_le", "tcp.analysis.retransmission", "tcp.analysis.out_of_order", "tcp.analysis.ack_rtt");
        return [.. lines.Select(line => line.Split('\t')).Select(field => new Segment(
            field[0] == $"{TapLab.Ours}", Number(field[1]) ?? 0, Number(field[2]) ?? 0, Number(field[3]), Number(field[4]), field[5].Length > 0, field[6].Length > 0,
            field[7].Length > 0 || field[8].Length > 0, field[9].Length == 0 ? null : double.Parse(field[9], CultureInfo.InvariantCulture)))];
    }

    private static int? Number(string field) => field.Length == 0 ? null : int.Parse(field, CultureInfo.InvariantCulture);

    /// <summary>A segment of the capture; the round trip of what it acknowledges is in seconds.</summary>
    private sealed record Segment(bool Ours, int Length, int Window, int? Mss, int? Scale, bool Sack, bool DuplicateSack, bool Repeat, double? RoundTrip);
}
