using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp.Tests.Tcp;

/// <summary>The decisions of path MTU discovery, without a connection: 40 bytes of headers, so that 1500 are an MSS of 1460.</summary>
public sealed class PathMtuDiscoveryTests
{
    private static readonly TimeSpan TenMinutes = TimeSpan.FromMinutes(10);
    private static readonly SeqNum Una = new(0xffff_fff0); // wraps within the first segment
    private Instant _now = new(TimeSpan.TicksPerDay);

    [Theory, Rfc("9293", "3.7.1")]
    [InlineData(1460, 1500, 0, 1460)]
    [InlineData(null, 1500, 0, 536)] // MUST-15
    [InlineData(9000, 1500, 12, 1448)] // MUST-16
    [InlineData(1, 1500, 0, 48)] // an absurd wish
    [InlineData(1460, 1400, 0, 1360)] // what is known of the path
    [InlineData(500, 1400, 0, 500)]
    public void The_MSS_is_the_least_of_what_peer_link_and_path_allow(int? announced, int pathMtu, int options, int mss)
    {
        PathMtuDiscovery path = new(probing: true);
        path.Settle((ushort?)announced, new(1500, PathMtu: pathMtu), options, _now);
        Assert.Equal(mss, path.Mss);
    }

    [Fact, Rfc("1191", "3")]
    public void A_report_makes_it_smaller_and_never_larger()
    {
        PathMtuDiscovery path = Settled();
        Assert.True(TooBig(ref path, 1400));
        Assert.Equal((1360, 1400), (path.Mss, path.PathMtu));
        Assert.False(TooBig(ref path, 1450));
        Assert.False(TooBig(ref path, 1400));
        Assert.Equal(1360, path.Mss);
        Assert.True(TooBig(ref path, 1300));
        Assert.Equal(1260, path.Mss);
    }

    [Theory, InlineData(68), InlineData(0), InlineData(551), Rfc("5927", "7.2")]
    public void A_report_cannot_make_it_absurdly_small(int mtu)
    {
        PathMtuDiscovery path = Settled();
        Assert.True(TooBig(ref path, mtu));
        Assert.Equal(552, path.PathMtu);
    }

    [Fact, Rfc("5927", "7.2")]
    public void A_report_that_contradicts_what_was_acknowledged_waits_for_a_timeout()
    {
        PathMtuDiscovery path = Settled();
        Assert.False(path.OnAcknowledged(Una, full: true, _now)); // 1460 bytes have got through
        Assert.False(TooBig(ref path, 1000));
        Assert.Equal(1460, path.Mss);
        Assert.Equal(PathMtuVerdict.Reported, TimeOut(ref path, 1));
        Assert.Equal(1000, path.PathMtu);
    }

    [Fact, Rfc("5927", "7.2")]
    public void Such_a_report_is_forgotten_when_the_segment_is_acknowledged()
    {
        PathMtuDiscovery path = Settled();
        path.OnAcknowledged(Una, full: true, _now);
        Assert.False(TooBig(ref path, 1000));
        path.OnAcknowledged(Una + 1460, full: true, _now);
        Assert.Equal(PathMtuVerdict.Unchanged, TimeOut(ref path, 1));
        Assert.Equal(1460, path.Mss);
    }

    [Fact, Rfc("4821", "7.7"), Rfc("2923", "2.1")]
    public void Full_segments_that_time_out_twice_become_smaller_step_by_step()
    {
        PathMtuDiscovery path = Settled();
        Assert.Equal(PathMtuVerdict.Unchanged, TimeOut(ref path, 1));
        Assert.Equal(PathMtuVerdict.BlackHole, TimeOut(ref path, 2));
        Assert.Equal(1024, path.Mss);
        Assert.Equal(PathMtuVerdict.BlackHole, TimeOut(ref path, 3));
        Assert.Equal(512, path.Mss);
        Assert.Equal(PathMtuVerdict.Unchanged, TimeOut(ref path, 4)); // 552 bytes are the least
        Assert.Equal(512, path.Mss);
    }

    [Fact]
    public void A_segment_that_times_out_tells_about_its_own_size()
    {
        PathMtuDiscovery path = Settled();
        Assert.Equal(PathMtuVerdict.Unchanged, path.OnTimeout(5, new SentSegment { Start = Una, Length = 512 }, Space(), _now));
        Assert.Equal(1460, path.Mss);
        Assert.Equal(PathMtuVerdict.BlackHole, path.OnTimeout(5, new SentSegment { Start = Una, Length = 1000 }, Space(), _now));
        Assert.Equal(512, path.Mss); // the next size below
    }

    [Fact, Rfc("4821", "7.3")]
    public void After_a_black_hole_probes_find_the_size_that_fits()
    {
        PathMtuDiscovery path = Settled();
        TimeOut(ref path, 2);
        List<int> probes = Search(ref path, fits: 1300);
        Assert.Equal(1460, probes[0]); // it may have been an outage
        Assert.InRange(path.Mss, 1300 - 16, 1300);
        Assert.InRange(probes.Count, 2, 8);
        // Then it rests, and looks again whether the path has become wider.
        _now += TenMinutes;
        Assert.Equal(1460, path.ProbeLength(_now));
        Search(ref path, fits: 1460);
        Assert.Equal(1460, path.Mss);
        _now += TimeSpan.FromDays(1);
        Assert.Equal(0, path.ProbeLength(_now));
    }

    [Fact, Rfc("1191", "6.3")]
    public void Ten_minutes_after_a_report_it_is_tried_whether_the_path_has_become_wider()
    {
        PathMtuDiscovery path = Settled();
        TooBig(ref path, 1400);
        _now += TenMinutes - TimeSpan.FromTicks(1);
        Assert.Equal(0, path.ProbeLength(_now));
        _now += TimeSpan.FromTicks(1);
        Assert.Equal(1460, path.ProbeLength(_now));
        path.OnProbeSent(Una, 1460);
        Assert.Equal(0, path.ProbeLength(_now)); // one at a time
        // The router says how much fits now: that is tried next.
        Assert.True(TooBig(ref path, 1440));
        Assert.Equal(1360, path.Mss);
        path.OnResent(Una, _now);
        Assert.Equal(1400, path.ProbeLength(_now));
        path.OnProbeSent(Una, 1400);
        Assert.True(path.OnAcknowledged(Una + 1400, full: true, _now));
        Assert.Equal(1400, path.Mss);
        Assert.Equal(0, path.ProbeLength(_now));
    }

    [Fact]
    public void What_is_known_of_the_path_at_the_start_is_tried_again_in_time()
    {
        PathMtuDiscovery path = new(probing: true);
        path.Settle(1460, new(1500, PathMtu: 1400), 0, _now);
        Assert.Equal(0, path.ProbeLength(_now));
        Assert.Equal(1460, path.ProbeLength(_now + TenMinutes));
    }

    [Fact]
    public void Without_probing_only_reports_count()
    {
        PathMtuDiscovery path = new(probing: false);
        path.Settle(1460, new(1500), 0, _now);
        Assert.Equal(PathMtuVerdict.Unchanged, TimeOut(ref path, 9));
        Assert.True(TooBig(ref path, 1400));
        Assert.Equal(0, path.ProbeLength(_now + TimeSpan.FromDays(1)));
    }

    [Fact, Rfc("4821", "7.6.2")]
    public void Only_the_loss_of_what_was_too_large_is_no_congestion()
    {
        PathMtuDiscovery path = Settled();
        TimeOut(ref path, 2);
        SentSegments sent = new(Una);
        sent.Add(new SentSegment { Start = Una, Length = 1460, SentAt = _now });
        sent.Add(new SentSegment { Start = Una + 1460, Length = 1024, SentAt = _now });
        path.OnProbeSent(Una, 1460);
        sent.MarkLost(0);
        Assert.True(path.Explains(ref sent));
        sent.Split(0, 1024);
        sent.MarkResent(0, _now);
        path.OnResent(Una, _now);
        Assert.True(path.Explains(ref sent)); // its rest
        sent.MarkResent(1, _now);
        sent.MarkLost(0);
        Assert.False(path.Explains(ref sent)); // lost again, at a size that fits
        sent.MarkResent(0, _now);
        sent.MarkLost(2);
        Assert.False(path.Explains(ref sent)); // another segment
    }

    private PathMtuDiscovery Settled()
    {
        PathMtuDiscovery path = new(probing: true);
        path.Settle(1460, new(1500), 0, _now);
        return path;
    }

    private static SendSequenceSpace Space() => new(Una - 1) { Unacknowledged = Una, Next = Una + 14_600 };

    private bool TooBig(ref PathMtuDiscovery path, int mtu) => path.OnTooBig(mtu, Una, Space(), _now);

    private PathMtuVerdict TimeOut(ref PathMtuDiscovery path, int times)
        => path.OnTimeout(times, new SentSegment { Start = Una, Length = path.Mss }, Space(), _now);

    // Probes until none is wanted; those that fit are acknowledged, the others sent again.
    private List<int> Search(ref PathMtuDiscovery path, int fits)
    {
        List<int> probes = [];
        while (path.ProbeLength(_now) is int length and > 0)
        {
            Assert.True(probes.Count < 20, "the search does not end");
            probes.Add(length);
            path.OnProbeSent(Una, length);
            if (length <= fits) Assert.True(path.OnAcknowledged(Una + length, full: true, _now));
            else path.OnResent(Una, _now);
        }
        return probes;
    }
}
