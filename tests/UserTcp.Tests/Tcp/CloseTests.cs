using UserTcp.Tcp;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Tcp;

/// <summary>The ways out: FIN from either side in every state, RST in every state, TIME-WAIT, abort.</summary>
public sealed class CloseTests
{
    // us                                   peer
    // FIN-WAIT-1  F. seq=101 ack=1001 -->  ESTABLISHED
    // FIN-WAIT-2  <--  . seq=1001 ack=102  CLOSE-WAIT
    // TIME-WAIT   <--  F. seq=1001 ack=102 LAST-ACK
    //             . seq=102 ack=1002  -->  CLOSED
    [Fact, Rfc("9293", "3.6")]
    public void Active_close_walks_the_four_way_teardown()
    {
        using Dialogue d = Established();
        d.CloseWrite();
        d.Expect(Fin(101, 1001));
        d.Is(TcpState.FinWait1);
        d.Inject(Ack(1001, 102));
        d.Is(TcpState.FinWait2);
        d.Inject(Fin(1001, 102));
        d.Is(TcpState.TimeWait);
        d.Expect(Ack(102, 1002));
        Assert.True(d.Connection.TakeSignals().HasFlag(TcpSignals.EnteredTimeWait | TcpSignals.PeerClosed));
        Assert.True(d.Connection.EndOfStream);
        Assert.Equal(d.Now + TimeSpan.FromMinutes(1), d.Connection.NextDeadline); // nothing else is to be done for it, ten thousand of which may wait
        d.After(59_999);
        d.Is(TcpState.TimeWait);
        d.After(1);
        d.Is(TcpState.Closed);
        Assert.Equal(TcpSignals.Closed, d.Connection.TakeSignals());
        d.FailedWith(null);
    }

    [Fact, Rfc("9293", "3.6")]
    public void Passive_close_ends_with_the_acknowledgment_of_our_FIN()
    {
        using Dialogue d = Established();
        d.Inject(Fin(1001, 101));
        d.Expect(Ack(101, 1002));
        d.Is(TcpState.CloseWait);
        Assert.True(d.Connection.TakeSignals().HasFlag(TcpSignals.PeerClosed));
        d.Write(10); // the other direction is still open
        d.Expect(Push(101, 1002, 10));
        d.CloseWrite();
        d.Expect(Fin(111, 1002));
        d.Is(TcpState.LastAck);
        d.Inject(Ack(1002, 111));
        d.Is(TcpState.LastAck);
        d.Inject(Ack(1002, 112));
        d.Is(TcpState.Closed);
        d.FailedWith(null);
    }

    // FIN-WAIT-1  F. seq=101 ack=1001 --> <-- F. seq=1001 ack=101
    // CLOSING     . seq=102 ack=1002  -->
    // TIME-WAIT                           <-- . seq=1002 ack=102
    [Fact, Rfc("9293", "3.6")]
    public void Simultaneous_close_goes_through_CLOSING()
    {
        using Dialogue d = Established();
        d.CloseWrite();
        d.Expect(Fin(101, 1001));
        d.Inject(Fin(1001, 101));
        d.Expect(Ack(102, 1002));
        d.Is(TcpState.Closing);
        d.Inject(Ack(1002, 102));
        d.Is(TcpState.TimeWait);
    }

    [Fact, Rfc("9293", "3.10.7.4", "fifth", "eighth")]
    public void A_FIN_that_acknowledges_ours_leads_straight_to_TIME_WAIT()
    {
        using Dialogue d = Established();
        d.CloseWrite();
        d.Expect(Fin(101, 1001));
        d.Inject(Fin(1001, 102));
        d.Expect(Ack(102, 1002));
        d.Is(TcpState.TimeWait);
        Assert.Equal([TcpState.FinWait2, TcpState.TimeWait], d.Changes.TakeLast(2).Select(c => c.To));
    }

    [Fact, Rfc("9293", "3.6")]
    public void After_a_half_close_the_peer_may_send_for_long()
    {
        using Dialogue d = Established();
        d.CloseWrite();
        d.Expect(Fin(101, 1001));
        d.Inject(Push(1001, 101, 100)); // FIN-WAIT-1
        d.Expect(Ack(102, 1101));
        d.Inject(Ack(1101, 102));
        d.After(3_600_000);
        d.Inject(Push(1101, 102, 100)); // FIN-WAIT-2
        d.Expect(Ack(102, 1201));
        d.Read(200);
        Assert.Equal(0, d.Connection.SendRoom);
        d.Write(10, all: false);
        d.Is(TcpState.FinWait2);
        d.Inject(Fin(1201, 102, 50));
        d.Expect(Ack(102, 1252));
        d.Read(50);
        d.Is(TcpState.TimeWait);
    }

    [Fact, Rfc("9293", "3.10.4")]
    public void FIN_follows_the_data_that_is_queued()
    {
        using Dialogue d = Established(window: 1000);
        d.Write(1500);
        d.Expect(Push(101, 1001, 1000));
        d.CloseWrite();
        d.Is(TcpState.FinWait1);
        d.Inject(Ack(1001, 1101, window: 1000));
        d.Expect(Fin(1101, 1001, 500, push: true));
        d.Inject(Ack(1001, 1602));
        d.Is(TcpState.FinWait2);
    }

    [Fact, Rfc("9293", "3.4")]
    public void FIN_waits_for_a_number_in_the_window()
    {
        using Dialogue d = Established(window: 1000);
        d.Write(1000);
        d.Expect(Push(101, 1001, 1000));
        d.CloseWrite();
        d.Inject(Ack(1001, 1101, window: 0));
        d.Inject(Ack(1001, 1101, window: 1));
        d.Expect(Fin(1101, 1001));
    }

    public static TheoryData<TcpState> SynchronizedStates
        => [TcpState.Established, TcpState.FinWait1, TcpState.FinWait2, TcpState.CloseWait, TcpState.Closing, TcpState.LastAck, TcpState.TimeWait];

    [Theory, Rfc("9293", "3.10.7.4", "second"), Rfc("5961", "3.2"), Rfc("1337", "3"), Rfc("9293", "3.6", "MUST-12")]
    [MemberData(nameof(SynchronizedStates))]
    public void RST_at_RCV_NXT_closes_every_state_but_TIME_WAIT(TcpState state)
    {
        using Dialogue d = In(state);
        uint next = PeerFinReceived(state) ? 1002u : 1001u;
        d.Inject(Rst(next - 1)); // outside the window
        d.Inject(Rst(next + 70_000));
        d.Is(state);
        d.Inject(Rst(next + 1)); // inside the window
        if (state != TcpState.TimeWait)
        {
            d.Expect(Ack(d.Connection.Info.BytesInFlight > 0 || OurFinSent(state) ? 102u : 101u, next)); // challenge
            Assert.Equal(SegmentNote.ChallengeAck, d.Sent[^1].Note);
        }
        d.Is(state);
        d.Inject(Rst(next));
        d.Is(state == TcpState.TimeWait ? TcpState.TimeWait : TcpState.Closed);
        // RFC 9293 3.10.7.4: once both have closed there is nothing to complain about.
        d.FailedWith(state is TcpState.Closing or TcpState.LastAck or TcpState.TimeWait ? null : TcpFailureReason.Reset);
    }

    [Fact, Rfc("9293", "3.5.3", "SHLD-2")]
    public void A_RST_may_say_why()
    {
        using Dialogue d = Established();
        d.Inject(Data(1001, 0, 10) with { Flags = WireSegment.Rst });
        d.Is(TcpState.Closed);
        Assert.Equal(0, d.Connection.AvailableToRead);
    }

    [Theory, Rfc("9293", "3.10.7.4", "fourth"), Rfc("5961", "4")]
    [MemberData(nameof(SynchronizedStates))]
    public void SYN_in_a_synchronized_state_is_challenged(TcpState state)
    {
        uint ours = OurFinSent(state) ? 102u : 101u, next = PeerFinReceived(state) ? 1002u : 1001u;
        Check(Syn(next));
        Check(Syn(next + 500_000)); // outside the window
        Check(SynAck(1000, 101)); // the handshake's own once more: our ACK was lost

        void Check(WireSegment syn)
        {
            using Dialogue d = In(state);
            d.Inject(syn);
            d.Expect(Ack(ours, next));
            d.Is(state);
        }
    }

    // Rows of the table: what is outside the window is dropped, and answered with where we are.
    [Theory, Rfc("9293", "3.10.7.4", "first", "MAY-12"), Rfc("5961", "5")]
    [MemberData(nameof(SynchronizedStates))]
    public void Unacceptable_SEQ_or_ACK_gets_a_bare_acknowledgment(TcpState state)
    {
        uint ours = OurFinSent(state) ? 102u : 101u, next = PeerFinReceived(state) ? 1002u : 1001u;
        foreach (uint beyond in (uint[])[next + 65_535, next + 65_536, next + 65_537])
        {
            if (beyond != next + 65_535) Check(Ack(beyond, ours)); // at the edge stand the acknowledgments of a peer that has filled the window
            Check(Syn(beyond));
            Check(SynAck(beyond, ours));
            Check(Data(beyond, ours, 10));
            Check(Fin(beyond, ours));
        }
        Check(Ack(next, ours + 1)); // of something never sent
        Check(Ack(next, unchecked(ours - 70_000))); // older than anything that could be under way

        void Check(WireSegment segment)
        {
            using Dialogue d = In(state);
            d.Inject(segment);
            d.Expect(Ack(ours, next));
            d.Is(state);
        }
    }

    [Theory, Rfc("9293", "3.10.7.4", "first")]
    [InlineData(TcpState.CloseWait)]
    [InlineData(TcpState.LastAck)]
    [InlineData(TcpState.Closing)]
    [InlineData(TcpState.TimeWait)]
    public void The_peers_FIN_again_is_acknowledged_again(TcpState state)
    {
        using Dialogue d = In(state);
        uint ours = OurFinSent(state) ? 102u : 101u;
        d.Inject(Fin(1001, 101));
        d.Expect(Ack(ours, 1002));
        d.Is(state);
    }

    [Fact, Rfc("9293", "3.10.7.4", "eighth")]
    public void A_repeated_FIN_restarts_TIME_WAIT()
    {
        using Dialogue d = In(TcpState.TimeWait);
        d.After(50_000);
        d.Inject(Fin(1001, 102));
        d.Expect(Ack(102, 1002));
        d.After(59_999);
        d.Is(TcpState.TimeWait);
        d.After(1);
        d.Is(TcpState.Closed);
    }

    [Fact, Rfc("9293", "3.10.7.4", "eighth")]
    public void Only_the_peers_own_FIN_restarts_TIME_WAIT()
    {
        using Dialogue d = In(TcpState.TimeWait);
        d.After(2000);
        Instant end = d.Connection.NextDeadline;
        d.Inject(Fin(500_000, 102)); // a guess, which is answered like everything outside the window
        d.Expect(Ack(102, 1002));
        Assert.Equal(end, d.Connection.NextDeadline);
    }

    [Fact, Rfc("9293", "3.6.1", "MUST-13"), Rfc("9293", "3.10.8")]
    public void TIME_WAIT_lasts_twice_the_MSL_that_is_set()
    {
        using Dialogue d = In(TcpState.TimeWait, Plain with { MaximumSegmentLifetime = TimeSpan.FromSeconds(1) });
        d.After(1999);
        d.Is(TcpState.TimeWait);
        d.After(1);
        d.Is(TcpState.Closed);
    }

    [Theory, Rfc("6298", "5.4")]
    [InlineData(TcpState.FinWait1)]
    [InlineData(TcpState.Closing)]
    [InlineData(TcpState.LastAck)]
    public void Our_FIN_is_retransmitted(TcpState state)
    {
        using Dialogue d = In(state);
        uint next = PeerFinReceived(state) ? 1002u : 1001u;
        d.ExpectAfter(200, Fin(101, next));
        d.ExpectAfter(400, Fin(101, next));
        d.ExpectAfter(800, Fin(101, next));
        d.Is(state);
    }

    [Theory, Rfc("9293", "3.10.5")]
    [InlineData(TcpState.SynReceived, true)]
    [InlineData(TcpState.Established, true)]
    [InlineData(TcpState.FinWait1, true)]
    [InlineData(TcpState.FinWait2, true)]
    [InlineData(TcpState.CloseWait, true)]
    [InlineData(TcpState.Closing, false)]
    [InlineData(TcpState.LastAck, false)]
    [InlineData(TcpState.TimeWait, false)]
    public void Abort_sends_RST_where_the_peer_still_has_a_connection(TcpState state, bool reset)
    {
        using Dialogue d = In(state);
        d.Abort();
        if (reset) d.Expect(RstAck(OurFinSent(state) ? 102u : 101u, PeerFinReceived(state) ? 1002u : 1001u));
        d.Is(TcpState.Closed);
        d.FailedWith(TcpFailureReason.Aborted);
        Assert.Equal(Instant.Never, d.Connection.NextDeadline);
    }

    [Fact, Rfc("9293", "3.6.1", "MAY-1", "SHLD-3"), Rfc("2525", "2.17")]
    public void Closing_with_data_unread_sends_RST()
    {
        using Dialogue d = Established();
        d.Inject(Push(1001, 101, 10));
        d.Expect(Ack(101, 1011));
        d.Close();
        d.Expect(RstAck(101, 1011));
        d.Is(TcpState.Closed);
    }

    [Fact, Rfc("9293", "3.6.1", "MAY-1", "SHLD-3")]
    public void Data_after_both_ways_are_closed_is_answered_with_RST()
    {
        using Dialogue d = Established();
        d.Close();
        d.Expect(Fin(101, 1001));
        d.Inject(Ack(1001, 102));
        d.Is(TcpState.FinWait2);
        d.Inject(Push(1001, 102, 10));
        d.Expect(Rst(102));
        d.Is(TcpState.Closed);
    }

    [Fact]
    public void An_orphan_in_FIN_WAIT_2_does_not_wait_for_ever()
    {
        using Dialogue d = Established();
        d.Close();
        d.Expect(Fin(101, 1001));
        d.Inject(Ack(1001, 102));
        d.After(59_999);
        d.Is(TcpState.FinWait2);
        d.After(1);
        d.Is(TcpState.Closed);
        d.Inject(Fin(1001, 102));
        d.Expect(Rst(102));
    }

    [Fact, Rfc("6429", "2")]
    public void An_orphan_does_not_wait_for_ever_for_a_window_that_stays_closed()
    {
        using Dialogue d = Established(window: 0, settings: Plain with { UserTimeout = TimeSpan.FromSeconds(100) });
        d.Write(10);
        d.Close();
        d.AfterDeadline();
        for (int probes = 0; d.State != TcpState.Closed; probes++)
        {
            Assert.True(probes < 20, "still there");
            d.Expect(Ack(100, 1001)); // a probe, and its answer
            d.Inject(Ack(1001, 101, window: 0));
            d.AfterDeadline();
        }
        d.FailedWith(TcpFailureReason.TimedOut);
    }

    [Fact]
    public void What_arrived_before_the_end_can_be_read_after_it()
    {
        using Dialogue d = Established();
        d.Inject(Push(1001, 101, 10));
        d.Expect(Ack(101, 1011));
        d.Inject(Rst(1011));
        d.Is(TcpState.Closed);
        d.Read(10);
        Assert.False(d.Connection.EndOfStream); // it was no orderly end
        d.FailedWith(TcpFailureReason.Reset);
    }

    private static bool OurFinSent(TcpState state)
        => state is TcpState.FinWait1 or TcpState.FinWait2 or TcpState.Closing or TcpState.LastAck or TcpState.TimeWait;

    private static bool PeerFinReceived(TcpState state) => state is TcpState.CloseWait or TcpState.Closing or TcpState.LastAck or TcpState.TimeWait;
}
