using UserTcp.Tcp;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Tcp;

/// <summary>What leaves: segments and their size, the peer's window, the timers, the congestion window.</summary>
public sealed class SendTests
{
    private static readonly TcpSettings NoDelay = Plain with { NoDelay = true };

    [Fact, Rfc("9293", "3.9.1.2", "MUST-61", "SHLD-28"), Rfc("9293", "3.2", "MUST-65")]
    public void A_large_write_leaves_in_full_segments_with_PSH_on_the_last()
    {
        using Dialogue d = Established();
        d.Write(3500);
        d.Expect(Data(101, 1001, 1460));
        d.Expect(Data(1561, 1001, 1460));
        d.Expect(Push(3021, 1001, 580));
    }

    [Fact]
    public void PSH_also_follows_half_of_the_largest_window()
    {
        using Dialogue d = Established(window: 10_000);
        d.Write(9000);
        for (uint seq = 101; seq < 101 + 3 * 1460; seq += 1460) d.Expect(Data(seq, 1001, 1460));
        d.Expect(Push(4481, 1001, 1460)); // 5840 > 5000
        d.Expect(Push(5941, 1001, 1460)); // half of the congestion window
        d.Expect(Data(7401, 1001, 1460));
        d.Expect(Push(8861, 1001, 240));
    }

    [Fact]
    public void The_user_may_want_smaller_segments_than_the_path_allows()
    {
        using Dialogue d = Established(settings: new() { MaximumSegmentSize = 1000 });
        d.Write(1500);
        d.Expect(Data(101, 1001, 1000));
        d.Expect(Push(1101, 1001, 500));
    }

    [Fact, Rfc("9293", "3.7.4", "SHLD-7"), Rfc("9293", "3.9.1.2", "MAY-16", "SHLD-27")]
    public void Nagle_holds_a_second_small_segment_until_the_first_is_acknowledged()
    {
        using Dialogue d = Established();
        d.Write(10);
        d.Expect(Push(101, 1001, 10));
        d.Write(10);
        d.Write(20);
        d.Inject(Ack(1001, 111));
        d.Expect(Push(111, 1001, 30));
        d.Write(1500); // a full segment does not wait, its tail does
        d.Expect(Data(141, 1001, 1460));
        d.Inject(Ack(1001, 141));
        d.Expect(Push(1601, 1001, 40));
    }

    [Fact, Rfc("9293", "3.7.4", "MUST-17")]
    public void Without_Nagle_small_segments_leave_at_once()
    {
        using Dialogue d = Established(NoDelay);
        d.Write(10);
        d.Expect(Push(101, 1001, 10));
        d.Write(10);
        d.Expect(Push(111, 1001, 10));
    }

    [Fact]
    public void With_offload_several_segments_leave_as_one()
    {
        using Dialogue d = Established(path: new(1500, 20, 10_000));
        d.Write(9000);
        d.Expect(Push(101, 1001, 7300)); // half of the congestion window
        d.Expect(Push(7401, 1001, 1700));
        d.ExpectAfter(200, Data(101, 1001, 1460)); // what is lost is cut
        d.Inject(Ack(1001, 101 + 4000)); // and what is acknowledged need not end where it was cut
        d.Expect(Data(4101, 1001, 1460));
        d.Expect(Data(5561, 1001, 1460));
        d.Expect(Push(7021, 1001, 380)); // the three had left in one burst
        d.Inject(Ack(1001, 9101));
        Assert.Equal(0, d.Connection.Info.BytesInFlight);
    }

    [Fact, Rfc("9293", "3.8.6.2.1", "MUST-38")]
    public void No_more_is_sent_than_the_window_allows_and_no_crumbs()
    {
        using Dialogue d = Established(window: 4000);
        d.Write(8000);
        d.Expect(Data(101, 1001, 1460));
        d.Expect(Push(1561, 1001, 1460));
        // 1080 would fit: less than a segment and less than half of the window
        d.Inject(Ack(1001, 1561, window: 4000));
        d.Expect(Data(3021, 1001, 1460));
    }

    [Fact, Rfc("9293", "3.8.6", "MUST-34", "SHLD-15", "SHLD-16")]
    public void A_shrunk_window_stops_new_data_and_harms_nothing()
    {
        using Dialogue d = Established(window: 4380);
        d.Write(6000);
        d.Expect(Data(101, 1001, 1460));
        d.Expect(Push(1561, 1001, 1460)); // half of the largest window
        d.Expect(Push(3021, 1001, 1460)); // the end of what can be sent now
        d.Inject(Ack(1001, 1561, window: 1000)); // 1561 + 1000 < SND.NXT
        Assert.True(d.Connection.Info.BytesInFlight > d.Connection.Info.SendWindow);
        d.ExpectAfter(200, Data(1561, 1001, 1000)); // as much as is still offered
        d.Inject(Ack(1001, 4481, window: 4380));
        d.Expect(Data(4481, 1001, 1460));
        d.Expect(Push(5941, 1001, 160));
    }

    // The window is closed: nothing to send it with, so it is asked for after an RTO, then with back-off, for ever.
    [Fact, Rfc("9293", "3.8.6.1", "MUST-35", "MUST-36", "MUST-37", "SHLD-29", "SHLD-30")]
    public void A_closed_window_is_probed_with_back_off()
    {
        using Dialogue d = Established(window: 1000);
        d.After(5000); // no data, no probe
        d.Write(1000);
        d.Expect(Push(101, 1001, 1000));
        d.Inject(Ack(1001, 1101, window: 0));
        d.After(5000);
        d.Write(500);
        int wait = 200;
        for (int i = 0; i < 18; i++, wait = Math.Min(2 * wait, 120_000)) // for longer than data may be unacknowledged
        {
            d.ExpectAfter(wait, Ack(1100, 1001));
            Assert.Equal(SegmentNote.WindowProbe, d.Sent[^1].Note);
            d.Inject(Ack(1001, 1101, window: 0)); // a peer that answers may take its time
        }
        d.Inject(Ack(1001, 1101, window: 1000));
        d.Expect(Push(1101, 1001, 500));
    }

    [Fact, Rfc("9293", "3.8.3", "MUST-20")]
    public void Probes_without_an_answer_end_in_the_user_timeout()
    {
        using Dialogue d = Established(window: 0, settings: Plain with { UserTimeout = TimeSpan.FromSeconds(3) });
        d.Write(10);
        foreach (int wait in (int[])[200, 400, 800, 1600]) d.ExpectAfter(wait, Ack(100, 1001));
        d.After(200); // 3 s after the first probe
        d.Is(TcpState.Closed);
        d.FailedWith(TcpFailureReason.TimedOut);
    }

    [Fact, Rfc("9293", "3.8.6.2.1", "MUST-38"), Rfc("9293", "3.9.1.2", "MUST-60")]
    public void A_window_that_stays_small_is_used_when_the_override_timer_expires()
    {
        using Dialogue d = Established(window: 4000);
        d.Write(4000);
        d.Expect(Data(101, 1001, 1460));
        d.Expect(Push(1561, 1001, 1460));
        d.Expect(Push(3021, 1001, 1080));
        d.Write(1000);
        d.Inject(Ack(1001, 4101, window: 100));
        d.ExpectAfter(200, Push(4101, 1001, 100));
    }

    [Fact, Rfc("6298", "5.5"), Rfc("9293", "3.8.2", "MUST-19"), Rfc("9293", "3.8.3", "MUST-20", "MUST-21"), Rfc("9293", "3.10.8")]
    public void Retransmission_backs_off_until_the_user_timeout()
    {
        using Dialogue d = Established(Plain with { UserTimeout = TimeSpan.FromSeconds(10) });
        d.Write(100);
        d.Expect(Push(101, 1001, 100));
        foreach (int wait in (int[])[200, 400, 800, 1600, 3200]) d.ExpectAfter(wait, Push(101, 1001, 100));
        Assert.Equal(5, d.Timers.Count(t => t.Timer == TcpTimer.Retransmission));
        Assert.Equal(5, d.Connection.Info.Backoff);
        d.After(3799);
        d.Is(TcpState.Established);
        d.After(1);
        d.Is(TcpState.Closed);
        d.FailedWith(TcpFailureReason.TimedOut);
    }

    [Fact, Rfc("6298", "3", "karns-algorithm"), Rfc("9293", "3.8.1", "MUST-18")]
    public void Karn_an_acknowledgment_of_a_repeated_segment_tells_no_round_trip_time()
    {
        using Dialogue d = Established();
        d.Write(100);
        d.Expect(Push(101, 1001, 100));
        d.After(100);
        d.Inject(Ack(1001, 201));
        TimeSpan measured = d.Connection.Info.SmoothedRtt;
        Assert.Equal(TimeSpan.FromMilliseconds(12.5), measured); // 0 from the SYN, then an eighth of 100 ms
        d.Write(100);
        d.Expect(Push(201, 1001, 100));
        int rto = (int)d.Connection.Info.Rto.TotalMilliseconds;
        Instant sent = d.Now;
        d.AfterDeadline();
        d.Expect(Push(201, 1001, 100));
        Assert.Equal(rto, (int)(d.Now - sent).TotalMilliseconds);
        d.Inject(Ack(1001, 301));
        Assert.Equal(measured, d.Connection.Info.SmoothedRtt);
        Assert.True(d.Connection.Info.Rto >= TimeSpan.FromMilliseconds(2 * rto)); // the back-off stays until a measurement
        d.Write(100);
        d.Expect(Push(301, 1001, 100));
        d.Inject(Ack(1001, 401));
        Assert.True(d.Connection.Info.Rto < TimeSpan.FromMilliseconds(2 * rto));
    }

    [Fact, Rfc("9293", "3.8.3", "SHLD-11")]
    public void Unless_it_is_set_otherwise_a_connection_is_not_given_up_within_100_seconds()
        => Assert.True(new TcpSettings().UnacknowledgedTimeout >= TimeSpan.FromSeconds(100));

    // 1460 bytes     -->            the timer starts
    //   150 ms
    // 1460 more      -->            and goes on
    //   50 ms
    // the first again -->
    [Fact, Rfc("6298", "5.1")]
    public void The_timer_starts_with_the_first_data_and_not_anew_with_more()
    {
        using Dialogue d = Established();
        d.Write(1460);
        d.Expect(Push(101, 1001, 1460));
        d.After(150);
        d.Write(1460);
        d.Expect(Push(1561, 1001, 1460));
        d.ExpectAfter(50, Push(101, 1001, 1460));
        d.Inject(Ack(1001, 3021));
    }

    [Fact, Rfc("6298", "5.2"), Rfc("6298", "5.3"), Rfc("6298", "5.6")]
    public void The_timer_starts_anew_with_each_acknowledgment_doubled_with_each_timeout_and_stops_with_the_last()
    {
        using Dialogue d = Established();
        d.Write(2 * 1460);
        d.Expect(Data(101, 1001, 1460));
        d.Expect(Push(1561, 1001, 1460));
        d.After(150);
        d.Inject(Ack(1001, 1561));
        d.After(190); // not 50 more
        double rto = d.Connection.Info.Rto.TotalMilliseconds;
        Assert.InRange(rto, 200, 250);
        d.After(rto - 189, skipSent: true);
        Assert.Equal(1, d.Connection.Info.Retransmissions);
        d.After(2 * rto - 5);
        d.After(5, skipSent: true);
        Assert.Equal(2, d.Connection.Info.Retransmissions);
        d.Inject(Ack(1001, 3021));
        d.After(60_000);
    }

    [Fact, Rfc("6298", "5.7")]
    public void After_a_lost_SYN_the_RTO_starts_at_three_seconds()
    {
        using var d = new Dialogue();
        d.Connect();
        d.Expect(Syn(100));
        d.ExpectAfter(1000, Syn(100));
        d.Inject(SynAck(1000, 101, mss: 1460));
        d.Expect(Ack(101, 1001));
        d.Write(10);
        d.Expect(Push(101, 1001, 10));
        d.ExpectAfter(3000, Push(101, 1001, 10));
    }

    // CVE-2019-11478: a tiny MSS and a large window must not make a scoreboard of hundreds of thousands of segments.
    [Fact]
    public void However_small_the_segments_their_number_in_flight_is_bounded()
    {
        const int Mss = 48;
        using var d = new Dialogue(Plain with { WindowScaling = true, InitialSendBufferSize = 1 << 22 }, new PathProperties(1500, 20, 65_000));
        d.Connect();
        d.Expect(Syn(100));
        d.Inject(SynAck(1000, 101, 65535, Mss, scale: 10));
        d.Expect(Ack(101, 1001));
        d.Write(1 << 22, all: true, skipSent: true);
        int most = 0;
        for (int round = 0; round < 15; round++)
        {
            TcpInfo info = d.Connection.Info;
            most = Math.Max(most, info.BytesInFlight);
            d.Inject(Ack(1001, 101 + (uint)(info.BytesAcknowledged + info.BytesInFlight), 65535), skipSent: true);
        }
        Assert.Equal(Budgets.SegmentsInFlight * Mss, most);
        d.Abort();
        d.Expect(RstAck(101 + (uint)d.Connection.Info.BytesSent, 1001));
    }

    [Fact, Rfc("6928", "2"), Rfc("5681", "3.1", "initial-window", "slow-start"), Rfc("9293", "3.8.2", "MUST-19")]
    public void Slow_start_begins_with_ten_segments_and_doubles()
    {
        using Dialogue d = Established(Plain with { InitialSendBufferSize = 150_000 });
        d.Write(100 * 1460);
        uint seq = 101;
        ExpectSegments(d, ref seq, 10);
        d.Inject(Ack(1001, 101 + 2 * 1460));
        ExpectSegments(d, ref seq, 4, burst: 6);
        d.Inject(Ack(1001, 101 + 10 * 1460));
        ExpectSegments(d, ref seq, 16, burst: 10);
        Assert.Equal(20 * 1460, d.Connection.Info.CongestionWindow);
    }

    [Fact, Rfc("9438", "5.8")]
    public void The_congestion_window_does_not_grow_while_it_is_not_used()
    {
        using Dialogue d = Established(NoDelay);
        uint seq = 101;
        for (int i = 0; i < 20; i++, seq += 1460)
        {
            d.Write(1460);
            d.Expect(Push(seq, 1001, 1460));
            d.Inject(Ack(1001, seq + 1460));
        }
        Assert.Equal(10 * 1460, d.Connection.Info.CongestionWindow);
    }

    // P1 is lost; P2 P3 P4 make three duplicates.
    [Fact, Rfc("5681", "3.2", "(2)", "(3)", "(4)", "(5)"), Rfc("6582", "3.2", "(2)"), Rfc("3042", "2")]
    public void Three_duplicate_acknowledgments_trigger_a_fast_retransmit()
    {
        using Dialogue d = Established();
        d.Write(30 * 1460);
        uint seq = 101;
        ExpectSegments(d, ref seq, 10);
        d.Inject(Ack(1001, 101));
        ExpectSegments(d, ref seq, 1); // limited transmit
        d.Inject(Ack(1001, 101));
        ExpectSegments(d, ref seq, 1);
        d.Inject(Ack(1001, 101));
        d.Expect(Data(101, 1001, 1460));
        Assert.Equal(SegmentNote.Retransmission, d.Sent[^1].Note);
        Assert.Equal(RecoveryState.Recovery, d.Connection.Info.Recovery);
        Assert.Equal(6 * 1460, d.Connection.Info.SlowStartThreshold); // half of the flight of 12
        // Seven more duplicates for what followed: the pipe falls below cwnd and new data leaves for each.
        for (int i = 0; i < 8; i++) d.Inject(Ack(1001, 101), skipSent: true);
        d.Inject(Ack(1001, seq), skipSent: true); // all of it
        Assert.NotEqual(RecoveryState.Recovery, d.Connection.Info.Recovery);
        Assert.Equal(1, d.Connection.Info.Retransmissions);
        Assert.InRange(d.Connection.Info.CongestionWindow, 2 * 1460, 6 * 1460);
    }

    [Fact, Rfc("6582", "3.2", "(3)")]
    public void A_partial_acknowledgment_shows_the_next_hole()
    {
        using Dialogue d = Established();
        d.Write(10 * 1460);
        uint seq = 101;
        ExpectSegments(d, ref seq, 10);
        for (int i = 0; i < 2; i++) d.Inject(Ack(1001, 101));
        d.Inject(Ack(1001, 101));
        d.Expect(Data(101, 1001, 1460));
        d.Inject(Ack(1001, 101 + 3 * 1460)); // the fourth is missing too
        d.Expect(Data(101 + 3 * 1460, 1001, 1460));
        d.Inject(Ack(1001, 101 + 10 * 1460));
        Assert.Equal(0, d.Connection.Info.BytesInFlight);
        Assert.NotEqual(RecoveryState.Recovery, d.Connection.Info.Recovery);
    }

    [Fact, Rfc("5681", "2")]
    public void Segments_that_are_no_pure_duplicates_trigger_nothing()
    {
        using Dialogue d = Established();
        d.Write(4 * 1460);
        uint seq = 101;
        ExpectSegments(d, ref seq, 4);
        for (int i = 1; i <= 4; i++) d.Inject(Ack(1001, 101, window: 65535 - i)); // window updates
        for (uint i = 0; i < 4; i++)
        {
            d.Inject(Data(1001 + i * 10, 101, 10, window: 65531)); // with data
            d.Expect(Ack(seq, 1011 + i * 10));
        }
        Assert.Equal(0, d.Connection.Info.Retransmissions);
    }

    [Fact, Rfc("5681", "3.1", "loss-window", "half-flight", "same-segment"), Rfc("6298", "5.4")]
    public void After_a_timeout_everything_is_sent_again_in_slow_start()
    {
        using Dialogue d = Established();
        d.Write(10 * 1460);
        uint seq = 101;
        ExpectSegments(d, ref seq, 10);
        d.ExpectAfter(200, Data(101, 1001, 1460));
        Assert.Equal(1460, d.Connection.Info.CongestionWindow);
        Assert.Equal(5 * 1460, d.Connection.Info.SlowStartThreshold);
        d.ExpectAfter(400, Data(101, 1001, 1460));
        Assert.Equal(5 * 1460, d.Connection.Info.SlowStartThreshold); // the same loss does not halve it again
        d.Inject(Ack(1001, 1561));
        d.Expect(Data(1561, 1001, 1460));
        d.Expect(Push(3021, 1001, 1460));
        d.Inject(Ack(1001, seq)); // the others had arrived
        Assert.Equal(0, d.Connection.Info.BytesInFlight);
        Assert.Equal(4, d.Connection.Info.Retransmissions);
    }

    [Fact, Rfc("5681", "4.1")]
    public void After_a_silence_the_congestion_window_falls_back()
    {
        using Dialogue d = Established();
        d.Write(30 * 1460);
        uint seq = 101;
        ExpectSegments(d, ref seq, 10);
        d.Inject(Ack(1001, seq), skipSent: true);
        d.Inject(Ack(1001, 101 + 30 * 1460));
        int grown = d.Connection.Info.CongestionWindow;
        Assert.True(grown > 20 * 1460);
        d.After(10_000);
        d.Write(10);
        d.Expect(Push(101 + 30 * 1460, 1001, 10));
        Assert.Equal(10 * 1460, d.Connection.Info.CongestionWindow);
    }

    [Fact]
    public void A_full_send_buffer_tells_when_there_is_room_again()
    {
        using Dialogue d = Established(Plain with { SendBufferSize = 3000 }, window: 1000);
        d.Write(5000, all: false);
        d.Expect(Push(101, 1001, 1000));
        Assert.Equal(0, d.Connection.SendRoom);
        d.Connection.TakeSignals();
        d.Inject(Ack(1001, 601, window: 0));
        Assert.Equal(TcpSignals.None, d.Connection.TakeSignals());
        d.Inject(Ack(1001, 1101, window: 0));
        Assert.Equal(TcpSignals.Writable, d.Connection.TakeSignals());
        Assert.Equal(1000, d.Connection.SendRoom);
    }

    // Full segments, the last of each burst with PSH: half of the congestion window leaves at once.
    private static void ExpectSegments(Dialogue d, ref uint seq, int count, int burst = 5)
    {
        for (int i = 1; i <= count; i++, seq += 1460) d.ExpectData(seq, 1460, i % burst == 0 || (i == count && count % burst > 1));
    }

    // seq=101..5100           -->
    //                         <--  ack=101 win=1000   the peer has taken 9000 bytes back
    // seq=1101 ack=1011       -->                     not 5101, which the peer would not look at
    // seq=101..1100 (again)   -->                     what fits
    [Fact, Rfc("9293", "3.8.6", "MUST-34", "MAY-7")]
    public void Into_a_shrunk_window_goes_only_what_the_peer_accepts()
    {
        using Dialogue d = Established(window: 10_000);
        d.Write(5000);
        for (uint seq = 101; seq < 4000; seq += 1460) d.ExpectData(seq, 1460, push: false);
        d.ExpectData(4481, 620, push: true);
        d.Inject(Data(1001, 101, 10, window: 1000));
        d.Expect(Ack(1101, 1011));
        d.AfterDeadline();
        d.ExpectData(101, 1000, push: false, ack: 1011);
        d.Abort();
        d.Expect(RstAck(1101, 1011));
    }
}
