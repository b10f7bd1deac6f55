using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp.Tests.Tcp;

/// <summary>What CUBIC and Reno do to cwnd, over virtual time, against the formulas of RFC 9438 computed here a second time, in segments.</summary>
public sealed class CongestionControlTests
{
    private const int Mss = 1000;
    private const double C = 0.4, Beta = 0.7;

    // 100 segments, congestion at t = 0: cwnd 70, K = cbrt(30 / 0.4) = 4.217 s
    [Theory, InlineData(1), InlineData(2), InlineData(44), Rfc("9438", "4.2"), Rfc("9438", "4.4"), Rfc("9438", "4.5")]
    public void The_window_follows_the_cubic_function_through_the_plateau_and_beyond(int segmentsPerAck)
    {
        Path path = InAvoidanceAfterLossAt(100, rttMs: 100, segmentsPerAck: segmentsPerAck);
        double k = Math.Cbrt(100 * (1 - Beta) / C);
        Assert.InRange(k, 4.21, 4.22);
        double start = path.Seconds;
        foreach (double t in (double[])[1, 2, 3, k, 5, 6, 8])
        {
            path.RunUntil(start + t);
            // cwnd is on its way to the value one round trip ahead; the Reno-friendly window of this path stays below.
            Assert.InRange(path.Segments, W(t - 0.1) - 1, W(t + 0.1) + 1);
        }

        double W(double t) => C * Math.Pow(t - k, 3) + 100;
    }

    [Fact, Rfc("9438", "4.2")]
    public void Growth_does_not_depend_on_the_round_trip_time()
    {
        Path near = InAvoidanceAfterLossAt(1000, rttMs: 50), far = InAvoidanceAfterLossAt(1000, rttMs: 200);
        near.RunUntil(near.Seconds + 12);
        far.RunUntil(far.Seconds + 12);
        Assert.InRange(near.Segments / far.Segments, 0.99, 1.01);
    }

    // W_max 10, RTT 10 ms: the cubic function would need 1.96 s for what Reno does in 0.1 s.
    [Fact, Rfc("9438", "4.3")]
    public void On_a_short_path_it_is_as_fast_as_Reno()
    {
        Path path = InAvoidanceAfterLossAt(10, rttMs: 10);
        double estimate = 7;
        for (int round = 0; round < 20; round++)
        {
            double before = path.Segments;
            path.Round();
            // Below the window of the congestion 3 (1 - beta) / (1 + beta) a round, from there on 1.
            double alpha = estimate < 10 ? 3 * (1 - Beta) / (1 + Beta) : 1;
            estimate += alpha * path.AcknowledgedLastRound / before;
            Assert.InRange(path.Segments, estimate - 0.6, estimate + 0.6);
        }
        Assert.True(path.Segments > 20);
    }

    [Fact, Rfc("5681", "3.1", "congestion-avoidance")]
    public void Above_its_threshold_Reno_grows_by_one_segment_in_each_round_trip()
    {
        Path path = new(Make(CongestionAlgorithm.Reno), rttMs: 100);
        path.Control.Window = 40 * Mss;
        path.Lose();
        Assert.Equal(20, path.Segments);
        for (int round = 1; round <= 10; round++)
        {
            path.Round();
            Assert.InRange(path.Segments, 20 + 0.9 * round, 20 + round);
        }
    }

    [Fact, Rfc("9438", "4.7")]
    public void A_flow_that_loses_before_it_is_back_leaves_room()
    {
        Path path = InAvoidanceAfterLossAt(100, rttMs: 200);
        path.RunUntil(path.Seconds + 1);
        int second = path.Control.Window;
        Assert.InRange(second, 70_000, 99_000);
        path.Lose();
        Assert.InRange(path.Control.Window, second * Beta - 1, second * Beta + 1);
        // The plateau is now at (1 + beta) / 2 of the second window, not at the second window.
        double wMax = second / 1000.0 * (1 + Beta) / 2;
        double k = Math.Cbrt((wMax - path.Segments) / C);
        path.RunUntil(path.Seconds + k);
        Assert.InRange(path.Segments, wMax - 1, wMax + 1);
    }

    [Fact, Rfc("9438", "4.6")]
    public void Congestion_takes_three_tenths_of_the_window_but_leaves_two_segments()
    {
        Path path = InAvoidanceAfterLossAt(100, rttMs: 100);
        path.Control.Window = 2500;
        path.Lose();
        Assert.Equal(2 * Mss, path.Control.SlowStartThreshold);
        Assert.Equal(2 * Mss, path.Control.Window);
    }

    [Fact, Rfc("9438", "4.8"), Rfc("9438", "4.10"), Rfc("5681", "3.1", "same-segment")]
    public void After_a_timeout_it_starts_slowly_and_then_looks_for_more_at_once()
    {
        Path path = InAvoidanceAfterLossAt(100, rttMs: 100);
        int before = path.Control.Window;
        path.Control.OnTimeout(before, again: false, path.Now);
        Assert.Equal(Mss, path.Control.Window);
        int threshold = path.Control.SlowStartThreshold;
        Assert.Equal(before * 7 / 10, threshold);
        path.Control.OnTimeout(before, again: true, path.Now);
        Assert.Equal(threshold, path.Control.SlowStartThreshold);
        path.RunUntil(path.Seconds + 0.65); // 1, 2, 4, 8, 16, 32, 49
        Assert.InRange(path.Segments, 49, 50);
        double start = path.Seconds;
        path.RunUntil(start + 8); // K = 0, W_max = 49
        Assert.InRange(path.Segments, 49 + C * Math.Pow(7.8, 3), 49 + C * Math.Pow(8.2, 3));
    }

    [Fact, Rfc("9438", "4.9")]
    public void A_congestion_that_was_none_leaves_no_trace()
    {
        Path path = InAvoidanceAfterLossAt(100, rttMs: 100), undisturbed = InAvoidanceAfterLossAt(100, rttMs: 100);
        path.RunUntil(path.Seconds + 3);
        undisturbed.RunUntil(undisturbed.Seconds + 3);
        path.Lose();
        path.Control.Undo();
        Assert.Equal(undisturbed.Control.Window, path.Control.Window);
        Assert.Equal(undisturbed.Control.SlowStartThreshold, path.Control.SlowStartThreshold);
        path.Control.OnTimeout(path.Control.Window, again: false, path.Now);
        path.Control.OnTimeout(path.Control.Window, again: true, path.Now);
        path.Control.Undo();
        path.RunUntil(path.Seconds + 4);
        undisturbed.RunUntil(undisturbed.Seconds + 4);
        Assert.Equal(undisturbed.Control.Window, path.Control.Window);
    }

    [Fact, Rfc("9438", "5.8")]
    public void Time_in_which_the_window_was_not_in_use_does_not_count()
    {
        Path path = InAvoidanceAfterLossAt(100, rttMs: 100), idle = InAvoidanceAfterLossAt(100, rttMs: 100);
        path.RunUntil(path.Seconds + 3);
        idle.RunUntil(idle.Seconds + 3);
        idle.Wait(60); // the function would have grown by 0.4 * 60³ segments
        path.RunUntil(path.Seconds + 3);
        idle.RunUntil(idle.Seconds + 3);
        Assert.InRange(idle.Segments, path.Segments - 1, path.Segments + 1);
    }

    [Theory, InlineData(CongestionAlgorithm.Cubic), InlineData(CongestionAlgorithm.Reno), Rfc("5681", "4.1")]
    public void Silence_halves_the_window_for_each_timeout_down_to_the_initial_one(CongestionAlgorithm algorithm)
    {
        ICongestionControl control = Make(algorithm);
        control.Start(Mss, 10 * Mss);
        control.Window = 100 * Mss;
        control.OnIdle(2, Instant.Zero);
        Assert.Equal(25 * Mss, control.Window);
        control.OnIdle(1000, Instant.Zero);
        Assert.Equal(10 * Mss, control.Window);
        Assert.Equal(int.MaxValue, control.SlowStartThreshold); // what it had reached is not forgotten
    }

    [Theory, InlineData(CongestionAlgorithm.Cubic), InlineData(CongestionAlgorithm.Reno), Rfc("5681", "3.1")]
    public void Smaller_segments_make_a_smaller_window_and_larger_ones_leave_room_for_one(CongestionAlgorithm algorithm)
    {
        ICongestionControl control = Make(algorithm);
        control.Start(1460, 14_600);
        control.ChangeMss(730);
        Assert.Equal(7300, control.Window);
        control.OnTimeout(7300, again: false, Instant.Zero);
        Assert.Equal(730, control.Window);
        control.ChangeMss(9000);
        Assert.Equal(9000, control.Window);
        Assert.Equal(18_000, control.SlowStartThreshold);
    }

    [Theory, InlineData(CongestionAlgorithm.Cubic), InlineData(CongestionAlgorithm.Reno), Rfc("7323", "2.2")]
    public void The_window_stays_within_what_TCP_can_offer(CongestionAlgorithm algorithm)
    {
        Path path = new(Make(algorithm), rttMs: 1, segmentsPerAck: 100_000);
        for (int round = 0; round < 100; round++) path.Round();
        Assert.Equal(1 << 30, path.Control.Window);
        path.Lose();
        path.RunUntil(path.Seconds + 200);
        Assert.InRange(path.Control.Window, 1 << 29, 1 << 30);
    }

    // rounds of 100 ms: 10, 20, 40, then the queue grows and the round-trip time with it
    [Fact, Rfc("9406", "4.2"), Rfc("9438", "4.10")]
    public void A_rising_round_trip_time_ends_slow_start_after_five_gentle_rounds()
    {
        Path path = new(Make(CongestionAlgorithm.Cubic), rttMs: 100);
        path.Round();
        path.Round();
        Assert.Equal(40, path.Segments);
        path.RttMs = 112; // less than an eighth more: noise
        path.Round();
        Assert.Equal(80, path.Segments);
        path.RttMs = 127; // 14 ms more than in the last round
        double before = path.Segments;
        path.Round();
        // The first seven acknowledgments of the round show nothing; from the eighth sample on a quarter.
        Assert.Equal(before + 7 + (80 - 7) / 4.0, path.Segments);
        for (int round = 2; round <= 5; round++)
        {
            before = path.Segments;
            Assert.Equal(int.MaxValue, path.Control.SlowStartThreshold);
            path.Round();
            Assert.InRange(path.Segments, before * 1.25 - 1, before * 1.25);
        }
        before = path.Segments;
        path.Round();
        Assert.Equal(before * 1000, path.Control.SlowStartThreshold); // congestion avoidance, with nothing lost
        Assert.InRange(path.Segments, before, before + 2);
    }

    [Fact, Rfc("9406", "4.2")]
    public void Slow_start_resumes_when_the_round_trip_time_falls_again()
    {
        Path path = new(Make(CongestionAlgorithm.Cubic), rttMs: 100);
        path.Round();
        path.Round();
        path.RttMs = 120;
        path.Round();
        Assert.InRange(path.Segments, 50, 60);
        path.RttMs = 101;
        path.Round();
        double before = path.Segments;
        path.Round();
        Assert.Equal(before * 2, path.Segments);
    }

    [Fact, Rfc("9406", "4.3")]
    public void Fewer_than_eight_measurements_in_a_round_prove_nothing()
    {
        Path path = new(Make(CongestionAlgorithm.Cubic), rttMs: 100, segmentsPerAck: 44);
        for (int round = 0; round < 4; round++)
        {
            double before = path.Segments;
            path.RttMs += 50;
            path.Round();
            Assert.Equal(before * 2, path.Segments);
        }
    }

    [Fact, Rfc("9406", "4.3")]
    public void Later_slow_starts_go_to_their_threshold_whatever_the_round_trip_time()
    {
        Path path = InAvoidanceAfterLossAt(100, rttMs: 100);
        path.Control.OnTimeout(70_000, again: false, path.Now);
        for (int round = 0; round < 5; round++)
        {
            double before = path.Segments;
            path.RttMs += 50;
            path.Round();
            Assert.Equal(before * 2, path.Segments);
        }
    }

    [Fact]
    public void The_settings_choose_the_algorithm()
    {
        Assert.IsType<CubicCongestionControl>(new Sender(new(1), new(), new()).Congestion);
        Assert.IsType<RenoCongestionControl>(new Sender(new(1), new() { CongestionControl = CongestionAlgorithm.Reno }, new()).Congestion);
    }

    private static ICongestionControl Make(CongestionAlgorithm algorithm)
        => algorithm == CongestionAlgorithm.Cubic ? new CubicCongestionControl() : new RenoCongestionControl();

    private static Path InAvoidanceAfterLossAt(int segments, int rttMs, int segmentsPerAck = 1)
    {
        Path path = new(Make(CongestionAlgorithm.Cubic), rttMs, segmentsPerAck);
        path.Control.Window = segments * Mss;
        path.Lose();
        Assert.Equal(segments * Mss * 7 / 10, path.Control.Window);
        return path;
    }

    /// <summary>A path that is always full: each round trip a window is acknowledged, spread evenly over it.</summary>
    private sealed class Path
    {
        private readonly int _segmentsPerAck;
        private SeqNum _acknowledged = new(0xffff_0000); // wraps during the tests

        internal Path(ICongestionControl control, int rttMs, int segmentsPerAck = 1)
        {
            Control = control;
            RttMs = rttMs;
            _segmentsPerAck = segmentsPerAck;
            Control.Start(Mss, 10 * Mss);
        }

        internal ICongestionControl Control { get; }
        internal int RttMs { get; set; }
        internal Instant Now { get; private set; } = new(TimeSpan.TicksPerDay);
        internal double Seconds => Now.Ticks / (double)TimeSpan.TicksPerSecond;
        internal double Segments => Control.Window / (double)Mss;
        internal int AcknowledgedLastRound { get; private set; }

        internal void Wait(double seconds) => Now += TimeSpan.FromSeconds(seconds);

        internal void Lose()
        {
            Control.OnCongestion(Control.Window, CongestionSignal.Loss, Now);
            Control.Window = Control.SlowStartThreshold; // what recovery does at its end
        }

        internal void RunUntil(double seconds)
        {
            while (Seconds < seconds - 1e-6) Round();
        }

        internal void Round()
        {
            int segments = Control.Window / Mss;
            SeqNum next = _acknowledged + segments * Mss;
            TimeSpan rtt = TimeSpan.FromMilliseconds(RttMs), step = rtt * Math.Min(_segmentsPerAck, segments) / segments;
            Instant end = Now + rtt;
            for (int left = segments; left > 0;)
            {
                int acknowledged = Math.Min(_segmentsPerAck, left);
                left -= acknowledged;
                _acknowledged += acknowledged * Mss;
                Now = left == 0 ? end : Now + step;
                // What an acknowledgment lets go was sent by the time the next comes.
                next += acknowledged * Mss;
                Control.OnAcknowledged(new(acknowledged * Mss, _acknowledged, next, rtt, rtt, Now));
            }
            AcknowledgedLastRound = segments;
        }
    }

    // A SYN lost twice leaves an initial window of one segment. When segments become larger, it must not become less than one.
    [Theory, InlineData(CongestionAlgorithm.Cubic), InlineData(CongestionAlgorithm.Reno), Rfc("5681", "4.1")]
    public void Silence_leaves_room_for_a_segment(CongestionAlgorithm algorithm)
    {
        ICongestionControl congestion = algorithm == CongestionAlgorithm.Reno ? new RenoCongestionControl() : new CubicCongestionControl();
        congestion.Start(1000, 1000);
        congestion.ChangeMss(1448);
        congestion.Window = 5000;
        congestion.OnIdle(20, Instant.Zero);
        Assert.Equal(1448, congestion.Window);
    }

    [Fact]
    public void With_the_largest_window_bursts_are_large()
    {
        Sender sender = new(new(100), new(), new());
        sender.Rtt.Measure(TimeSpan.FromMilliseconds(100), 1);
        sender.Congestion.Window = 1 << 30;
        Assert.Equal(65_536 / sender.Mss * sender.Mss, sender.Burst);
    }
}
