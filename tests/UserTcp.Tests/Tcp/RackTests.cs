using UserTcp.Tcp;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Tcp;

/// <summary>Loss detection and recovery with SACK. Segments have 1000 bytes, the round trip takes 100 ms, and P1 is the segment at 101.</summary>
public sealed class RackTests
{
    private const int RoundTrip = 100;

    private static TcpSettings Sack { get; } = Plain with { SelectiveAcknowledgments = true };

    // P1 .. P10      -->            all lost
    // P10 again      -->            after 2 SRTT: the probe
    //                <--            ack=101 sack=P10
    // P1 ..          -->            what the answer shows as lost
    [Fact, Rfc("8985", "7.2"), Rfc("8985", "7.3"), Rfc("8985", "6.2", "step 5")]
    public void A_tail_loss_probe_saves_the_timeout_when_all_is_lost()
    {
        using Dialogue d = TenSent();
        d.ExpectAfter(2 * RoundTrip, Segment(10, push: true));
        Assert.Equal(SegmentNote.TailLossProbe, d.Sent[^1].Note);
        d.After(RoundTrip);
        d.Inject(Sacked(10));
        Assert.Equal(RecoveryState.Recovery, d.Connection.Info.Recovery);
        d.Expect(Segment(1));
        Assert.DoesNotContain(d.Timers, t => t.Timer == TcpTimer.Retransmission);
        d.Abort();
        d.Expect(RstAck(10_101, 1001));
    }

    // P1 .. P10      -->
    // P11 (new)      -->            the probe is new data where there is some and the window of the peer has room for it
    // P11 again      -->            which the peer need not acknowledge at once, but what comes twice it must
    [Fact, Rfc("8985", "7.3"), Rfc("8985", "7.3", "one-probe", "rto-after-probe")]
    public void A_tail_loss_probe_prefers_new_data()
    {
        using Dialogue d = Opened(Sack);
        d.Write(20_000);
        for (int i = 1; i <= 10; i++) d.Expect(Segment(i, push: i % 2 == 0));
        d.ExpectAfter(2 * RoundTrip, Segment(11));
        Assert.Equal(SegmentNote.TailLossProbe, d.Sent[^1].Note);
        d.ExpectAfter(2 * RoundTrip, Segment(11));
        d.ExpectAfter(RoundTrip + 200, Segment(1)); // no third; the timeout, counted from it
        d.Abort();
        d.Expect(RstAck(11_101, 1001));
    }

    // P1 .. P10      -->            P1 lost
    //                <--            ack=101 sack=P2-P10
    // P1 again       -->            lost too
    // P1 again       -->            after 2 SRTT: the probe
    [Fact, Rfc("8985", "7.2"), Rfc("8985", "7.2", "not-in-recovery")]
    public void A_probe_in_a_recovery_saves_the_timeout_when_the_repeat_is_lost()
    {
        using Dialogue d = TenSent();
        d.After(RoundTrip);
        d.Inject(Sacked(2, 10));
        d.Expect(Segment(1));
        d.ExpectAfter(2 * RoundTrip, Segment(1));
        Assert.Equal(SegmentNote.TailLossProbe, d.Sent[^1].Note);
        int threshold = d.Connection.Info.SlowStartThreshold;
        d.After(RoundTrip);
        d.Inject(Ack(1001, 10_101));
        Assert.Equal(RecoveryState.Open, d.Connection.Info.Recovery);
        Assert.Equal(threshold, d.Connection.Info.SlowStartThreshold); // the loss was answered already
        Assert.DoesNotContain(d.Timers, t => t.Timer == TcpTimer.Retransmission);
    }

    // P1             -->
    //                               one segment: the peer may delay its acknowledgment
    // P1 again       -->
    //                <--            ack=1101, and nothing about duplicates: the original was lost
    [Fact, Rfc("8985", "7.2"), Rfc("8985", "7.4.2")]
    public void A_probe_that_repaired_a_loss_reduces_the_window()
    {
        using Dialogue d = TenSent();
        d.ExpectAfter(2 * RoundTrip, Segment(10, push: true));
        d.After(RoundTrip);
        d.Inject(Ack(1001, 10_101));
        d.Write(1000);
        d.Expect(Push(10_101, 1001, 1000));
        d.After(RoundTrip / 2);
        d.Inject(Ack(1001, 11_101)); // beyond the probe, without a duplicate reported
        Assert.InRange(d.Connection.Info.CongestionWindow, 2000, 9000);
    }

    [Fact, Rfc("8985", "7.4.2"), Rfc("2883", "4")]
    public void A_probe_that_was_one_too_many_changes_nothing()
    {
        using Dialogue d = TenSent();
        d.ExpectAfter(2 * RoundTrip, Segment(10, push: true));
        d.Inject(Ack(1001, 10_101)); // late
        d.After(RoundTrip);
        d.Inject(Ack(1001, 10_101) with { Sack = [9101, 10_101] }); // and the probe came too
        Assert.Equal(int.MaxValue, d.Connection.Info.SlowStartThreshold);
        Assert.Equal(1, d.Connection.Info.Retransmissions);
    }

    // P1 is lost; P2 P3 P4 arrive.
    [Fact, Rfc("8985", "6.2", "step 4"), Rfc("8985", "6.2", "step 5"), Rfc("2018", "5")]
    public void Three_segments_ahead_of_a_gap_begin_a_recovery_at_once()
    {
        using Dialogue d = TenSent();
        d.After(RoundTrip);
        d.Inject(Sacked(2));
        d.Inject(Sacked(2, 3));
        Assert.Equal(RecoveryState.Disorder, d.Connection.Info.Recovery);
        d.Inject(Sacked(2, 4));
        d.Expect(Segment(1));
        Assert.Equal(RecoveryState.Recovery, d.Connection.Info.Recovery);
        Assert.Equal(5000, d.Connection.Info.SlowStartThreshold);
        d.After(RoundTrip);
        d.Inject(Ack(1001, 10_101));
        Assert.Equal(RecoveryState.Open, d.Connection.Info.Recovery);
        Assert.Equal(5000, d.Connection.Info.CongestionWindow); // RFC 9937 6.3
        Assert.Equal(1, d.Connection.Info.Retransmissions);
    }

    // Only P2 arrives ahead: perhaps P1 is just late. A quarter of the round trip later it counts as lost.
    [Fact, Rfc("8985", "6.2", "step 4"), Rfc("8985", "6.3")]
    public void One_segment_ahead_of_a_gap_waits_for_the_reordering_window()
    {
        using Dialogue d = TenSent();
        d.After(RoundTrip);
        d.Inject(Sacked(2));
        d.ExpectAfter(RoundTrip / 4, Segment(1));
        Assert.Single(d.Timers, t => t.Timer == TcpTimer.Reordering);
        d.Inject(Ack(1001, 10_101));
    }

    // P1 comes late, after P2 .. P3: the path reorders, and three ahead are no reason any more.
    [Fact, Rfc("8985", "6.2", "step 3")]
    public void A_path_that_reorders_is_given_time()
    {
        using Dialogue d = TenSent();
        d.After(RoundTrip);
        d.Inject(Sacked(2, 3));
        d.Inject(Ack(1001, 3101)); // P1 after P2 and P3
        d.Inject(Ack(1001, 3101) with { Sack = [4101, 9101] }); // five ahead of P4
        Assert.NotEqual(RecoveryState.Recovery, d.Connection.Info.Recovery);
        d.Inject(Ack(1001, 10_101));
        Assert.Equal(0, d.Connection.Info.Retransmissions);
        Assert.True(d.Connection.Info.CongestionWindow > 10_000);
    }

    // The repeat of P1 is lost too. P11, sent after it, arrives: that tells.
    [Fact, Rfc("8985", "6.1"), Rfc("8985", "6.2", "step 2", "step 5")]
    public void A_lost_repeat_is_repeated_without_a_timeout()
    {
        using Dialogue d = TenSent();
        d.Write(2000);
        d.After(RoundTrip);
        d.Inject(Sacked(2, 4));
        d.Expect(Segment(1));
        d.Expect(Segment(11)); // for three that have left the network half as many follow
        d.After(RoundTrip);
        d.Inject(Ack(1001, 101) with { Sack = [10_101, 11_101, 1101, 4101] });
        d.Expect(Segment(1));
        d.Expect(Segment(5)); // lost like it
        Assert.DoesNotContain(d.Timers, t => t.Timer == TcpTimer.Retransmission);
        d.Inject(Ack(1001, 11_101), skipSent: true);
        d.Inject(Ack(1001, 12_101));
    }

    // Every repeat is reported as a duplicate: nothing had been lost.
    [Fact, Rfc("2883", "4"), Rfc("3708", "2")]
    public void Repeats_that_were_all_duplicates_undo_the_reduction()
    {
        using Dialogue d = TenSent();
        d.After(RoundTrip);
        d.Inject(Sacked(2, 4));
        d.Expect(Segment(1));
        d.Inject(Ack(1001, 4101)); // P1 was late
        d.Inject(Ack(1001, 4101) with { Sack = [101, 1101] }); // and its repeat came too
        Assert.NotEqual(RecoveryState.Recovery, d.Connection.Info.Recovery);
        Assert.True(d.Connection.Info.CongestionWindow >= 10_000);
        Assert.Equal(int.MaxValue, d.Connection.Info.SlowStartThreshold);
        d.Inject(Ack(1001, 10_101));
    }

    // The acknowledgment echoes a timestamp from before the repeat: it is for the original.
    [Fact, Rfc("3522", "3.2")]
    public void An_echo_from_before_the_repeat_undoes_the_reduction()
    {
        using Dialogue d = new(Sack with { Timestamps = true });
        d.Connect();
        WireSegment syn = d.Expect(Syn(100));
        d.After(RoundTrip);
        d.Inject(SynAck(1000, 101, 60_000, 1012, ts: (500, syn.Timestamps!.Value.Value)) with { SackOk = true });
        d.Expect(Ack(101, 1001));
        d.Write(10_000);
        WireSegment first = d.Expect(Data(101, 1001, 1000));
        for (int i = 2; i <= 10; i++) d.Expect(Segment(i, push: i % 2 == 0));
        uint sentAt = first.Timestamps!.Value.Value;
        d.After(RoundTrip);
        d.Inject(Sacked(2, 4) with { Timestamps = (600, sentAt) });
        d.Expect(Segment(1));
        d.After(RoundTrip / 10);
        d.Inject(Ack(1001, 10_101, ts: (610, sentAt)));
        Assert.Equal(RecoveryState.Open, d.Connection.Info.Recovery);
        Assert.True(d.Connection.Info.CongestionWindow >= 10_000);
        Assert.Equal(int.MaxValue, d.Connection.Info.SlowStartThreshold);
    }

    // P1 .. P10      -->            delayed, not lost
    // P1 again       -->            timeout (the probe before it was lost)
    //                <--            sack=P2: an original arrives after the timeout
    [Fact, Rfc("5682", "3.1"), Rfc("4015", "3")]
    public void An_original_that_arrives_after_the_timeout_undoes_it()
    {
        using Dialogue d = TenSent();
        d.ExpectAfter(2 * RoundTrip, Segment(10, push: true));
        d.ExpectAfter(RoundTrip + 200, Segment(1));
        Assert.Equal(RecoveryState.Loss, d.Connection.Info.Recovery);
        d.Inject(Sacked(2));
        Assert.NotEqual(RecoveryState.Loss, d.Connection.Info.Recovery);
        Assert.True(d.Connection.Info.CongestionWindow >= 10_000);
        Assert.Equal(0, d.Connection.Info.BytesLost);
        d.Abort();
        d.Expect(RstAck(10_101, 1001));
    }

    // After the first new acknowledgment F-RTO sends new data. A duplicate then says that the loss was real.
    [Fact, Rfc("5682", "2.1")]
    public void New_data_after_a_timeout_tells_whether_the_loss_was_real()
    {
        using Dialogue d = TenSent(more: 2000);
        d.ExpectAfter(2 * RoundTrip, Segment(11)); // the probe
        d.ExpectAfter(2 * RoundTrip, Segment(11)); // and once more
        d.ExpectAfter(RoundTrip + 200, Segment(1));
        d.After(RoundTrip);
        d.Inject(Ack(1001, 1101));
        d.Expect(Push(11_101, 1001, 1000)); // not P2
        d.After(RoundTrip);
        d.Inject(Ack(1001, 1101) with { Sack = [11_101, 12_101] });
        d.Expect(Segment(2));
        d.Expect(Segment(3));
        Assert.Equal(RecoveryState.Loss, d.Connection.Info.Recovery);
        d.Inject(Ack(1001, 12_101));
        Assert.Equal(RecoveryState.Open, d.Connection.Info.Recovery);
    }

    // The peer had reported P1 and P2 ahead of nothing, and then acknowledges only up to P1's start: it has thrown them away.
    [Fact, Rfc("2018", "8")]
    public void A_peer_that_takes_back_its_reports_gets_everything_again()
    {
        using Dialogue d = TenSent();
        d.After(RoundTrip);
        d.Inject(Sacked(3, 10));
        d.Expect(Segment(1));
        d.Expect(Push(1101, 1001, 1000)); // the end of the burst that is repeated
        d.After(RoundTrip);
        d.Inject(Ack(1001, 2101)); // and not 10101
        d.AfterDeadline();
        d.Expect(Segment(3));
        Assert.Equal(0, d.Connection.Info.BytesSacked);
        d.Abort();
        d.Expect(RstAck(10_101, 1001));
    }

    // What SACK says of data that was never sent, or was acknowledged long ago, changes nothing.
    [Fact, Rfc("2018", "5")]
    public void Reports_that_cannot_be_true_change_nothing()
    {
        using Dialogue d = TenSent();
        d.After(RoundTrip / 2);
        foreach (uint[] lie in (uint[][])[[10_101, 11_101], [20_101, 30_101], [5101, 4101], [5101, 5101], [4_000_000_000, 101]])
            d.Inject(Ack(1001, 101) with { Sack = lie });
        Assert.Equal(0, d.Connection.Info.BytesSacked);
        Assert.Equal(10_000, d.Connection.Info.CongestionWindow);
        d.Inject(Ack(1001, 10_101));
    }

    // An acknowledgment that was overtaken still carries news.
    [Fact, Rfc("2018", "5")]
    public void Reports_of_an_overtaken_acknowledgment_count()
    {
        using Dialogue d = TenSent();
        d.After(RoundTrip);
        d.Inject(Ack(1001, 3101));
        d.Inject(Ack(1001, 2101) with { Sack = [4101, 5101] });
        Assert.Equal(1000, d.Connection.Info.BytesSacked);
        d.Inject(Ack(1001, 10_101));
    }

    private static Dialogue Opened(TcpSettings settings)
    {
        Dialogue d = new(settings);
        d.Connect();
        d.Expect(Syn(100));
        d.After(RoundTrip);
        d.Inject(SynAck(1000, 101, 60_000, 1000) with { SackOk = true });
        d.Expect(Ack(101, 1001));
        return d;
    }

    private static Dialogue TenSent(int more = 0)
    {
        Dialogue d = Opened(Sack);
        d.Write(10_000 + more);
        for (int i = 1; i <= 10; i++) d.Expect(Segment(i, push: i % 2 == 0)); // two at once on a path that is as long as this
        return d;
    }

    private static WireSegment Segment(int number, bool push = false)
        => push ? Push((uint)(101 + (number - 1) * 1000), 1001, 1000) : Data((uint)(101 + (number - 1) * 1000), 1001, 1000);

    private static WireSegment Sacked(int first, int? last = null)
        => Ack(1001, 101) with { Sack = [(uint)(101 + (first - 1) * 1000), (uint)(101 + (last ?? first) * 1000)] };

    [Fact, Rfc("2018", "8")]
    public void What_was_repeated_and_reported_is_counted_as_repeated_again_when_the_report_is_taken_back()
    {
        SentSegments sent = new(new(101));
        Instant now = new(TimeSpan.TicksPerSecond);
        for (uint i = 0; i < 3; i++) sent.Add(new() { Start = new(101 + i * 1000), Length = 1000, SentAt = now });
        sent.MarkLost(1);
        sent.MarkResent(1, now);
        Delivery delivery = new(now, default, new(101), new(101));
        sent.MarkSacked(new(new(1101), new(2101)), 1000, ref delivery);
        Assert.Equal(0, sent.ResentBytes);
        sent.ForgetSacks();
        Assert.Equal(1000, sent.ResentBytes);
        sent.MarkLost(1);
        Assert.Equal((0, 1000), (sent.ResentBytes, sent.LostBytes));
    }

    [Fact, Rfc("8985", "7.2")]
    public void An_acknowledgment_that_comes_before_the_probe_leaves_makes_it_wait_again()
    {
        TailLossProbe probe = new();
        RttEstimator rtt = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        probe.Schedule(rtt, oneSegment: false, Instant.Never, Instant.Zero);
        probe.Expire();
        Assert.True(probe.IsDue);
        probe.Schedule(rtt, oneSegment: false, Instant.Never, Instant.Zero + TimeSpan.FromSeconds(1));
        Assert.False(probe.IsDue);
    }
}
