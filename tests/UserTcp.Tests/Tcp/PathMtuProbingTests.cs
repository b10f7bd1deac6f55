using UserTcp.Tcp;

namespace UserTcp.Tests.Tcp;

/// <summary>An upload over paths that swallow large segments without a word.</summary>
public sealed class PathMtuProbingTests
{
    private const int Bytes = 4 << 20, FullMss = 1448; // 1500, without headers and timestamps

    [Theory, Rfc("4821", "7.3"), Rfc("4821", "7.6.2"), Rfc("4821", "7.7")]
    [InlineData(1300, 0)]
    [InlineData(1100, 0)]
    [InlineData(700, 0)]
    [InlineData(1300, 20_000)] // super-segments
    public void The_size_that_fits_is_found_and_the_search_costs_no_window(int widest, int super)
    {
        Twin twin = new(1, new(Widest: widest), new(), new(1500, MaximumSuperSegment: super), TimeSpan.FromMilliseconds(10));
        Upload upload = new(twin);
        upload.Run(Bytes / 2);
        TcpInfo half = twin.Client.Info;
        upload.Run(Bytes);
        TcpInfo end = twin.Client.Info;
        Assert.InRange(end.SendMss, widest - 16, widest);
        Assert.Equal(half.SendMss, end.SendMss); // it has found it long since
        Assert.Equal(widest >= 1024 ? 2 : 3, twin.ClientCounters.RetransmissionTimeouts);
        Assert.Equal(0, twin.ClientCounters.FastRetransmits); // no probe that was lost counted as congestion
    }

    [Fact, Rfc("4821", "7.3")]
    public void After_an_outage_the_full_size_is_back_with_the_first_probe()
    {
        // Whole segments: what is oldest in flight when the outage begins is a full one.
        Twin twin = new(1, new(Widest: int.MaxValue), new() { SendBufferSize = 200 * FullMss }, new(1500), TimeSpan.FromMilliseconds(10));
        Upload upload = new(twin);
        upload.Run(Bytes / 4);
        Assert.Equal(FullMss, twin.Client.Info.SendMss);
        twin.Widest = -1;
        while (twin.Client.Info.Backoff < 4) upload.Step();
        Assert.Equal(Budgets.LeastPathMtu, twin.Client.Info.PathMtu);
        twin.Widest = int.MaxValue;
        upload.Run(Bytes / 2);
        Assert.Equal(FullMss, twin.Client.Info.SendMss);
    }

    [Fact, Rfc("1191", "6.3")]
    public void A_path_that_has_become_wider_is_found_out_ten_minutes_later()
    {
        Twin twin = new(1, new(Widest: 1000), new(), new(1500), TimeSpan.FromMilliseconds(10));
        Upload upload = new(twin);
        upload.Run(Bytes / 2);
        Assert.InRange(twin.Client.Info.SendMss, 984, 1000);
        Instant found = twin.Now;
        twin.Widest = int.MaxValue;
        upload.RunUntil(found + TimeSpan.FromMinutes(9));
        Assert.InRange(twin.Client.Info.SendMss, 984, 1000);
        upload.RunUntil(found + TimeSpan.FromMinutes(11));
        Assert.Equal(FullMss, twin.Client.Info.SendMss);
    }

    [Fact]
    public void Without_SACK_the_small_size_stays()
    {
        Twin twin = new(1, new(Widest: 1100), new() { SelectiveAcknowledgments = false }, new(1500), TimeSpan.FromMilliseconds(10));
        Upload upload = new(twin);
        upload.Run(Bytes);
        Assert.Equal(1024, twin.Client.Info.SendMss);
    }

    /// <summary>Writes as fast as it can and reads at the other end.</summary>
    private sealed class Upload(Twin twin)
    {
        private readonly byte[] _data = new byte[40 * FullMss], _scratch = new byte[100_000];
        private long _read;

        internal void Run(long until)
        {
            for (int steps = 0; _read < until; steps++)
            {
                Assert.True(steps < 100_000, $"no progress: {twin.Client.Info}");
                Step();
            }
        }

        internal void RunUntil(Instant until)
        {
            while (twin.Now < until) Step();
        }

        internal void Step()
        {
            twin.Client.Send(_data, twin.Now);
            Assert.True(twin.Step());
            while (twin.Server?.Receive(_scratch, twin.Now) is int given and > 0) _read += given;
        }
    }
}
