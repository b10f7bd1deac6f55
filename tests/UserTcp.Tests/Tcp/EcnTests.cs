using UserTcp.Tcp;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Tcp;

/// <summary>Explicit congestion notification (RFC 3168).</summary>
public sealed class EcnTests
{
    private static WireSegment With(WireSegment segment, int flags) => segment with { Flags = (byte)(segment.Flags | flags) };

    private static Dialogue Agreed()
    {
        var d = new Dialogue(Plain with { Ecn = EcnMode.Request });
        d.Connect();
        d.Expect(With(Syn(100), WireSegment.Ece | WireSegment.Cwr) with { Marked = false });
        d.Inject(With(SynAck(1000, 101, mss: 1460), WireSegment.Ece));
        d.Expect(Ack(101, 1001) with { Marked = false });
        return d;
    }

    [Theory, Rfc("3168", "6.1.1")]
    [InlineData(EcnMode.Off, WireSegment.Ece | WireSegment.Cwr, 0)]
    [InlineData(EcnMode.Accept, WireSegment.Ece | WireSegment.Cwr, WireSegment.Ece)]
    [InlineData(EcnMode.Accept, WireSegment.Ece, 0)]
    [InlineData(EcnMode.Accept, 0, 0)]
    public void A_listener_grants_what_the_SYN_asks_for(EcnMode mode, int asked, int granted)
    {
        using var d = new Dialogue(Plain with { Ecn = mode });
        d.Inject(With(Syn(mss: 1460), asked));
        d.Expect(With(SynAck(100, 1001), granted));
        d.Inject(Ack(1001, 101));
        d.Write(100);
        d.Expect(Push(101, 1001, 100) with { Marked = granted != 0 });
    }

    [Theory, Rfc("3168", "6.1.1")]
    [InlineData(0)]
    [InlineData(WireSegment.Ece | WireSegment.Cwr)] // a peer that reflects what it does not know
    public void Without_the_peers_consent_there_is_none(int answer)
    {
        using var d = new Dialogue(Plain with { Ecn = EcnMode.Request });
        d.Connect();
        d.Expect(With(Syn(100), WireSegment.Ece | WireSegment.Cwr));
        d.Inject(With(SynAck(1000, 101, mss: 1460), answer));
        d.Expect(Ack(101, 1001));
        d.Inject(Data(1001, 101, 100) with { Marked = true });
        d.Expect(Ack(101, 1101));
        d.Write(100);
        d.Expect(Push(101, 1101, 100) with { Marked = false });
        int window = d.Connection.Info.CongestionWindow;
        d.Inject(With(Ack(1101, 201), WireSegment.Ece));
        Assert.True(d.Connection.Info.CongestionWindow >= window);
    }

    [Fact, Rfc("3168", "6.1.1.1")]
    public void A_SYN_that_got_no_answer_is_repeated_without_asking()
    {
        using var d = new Dialogue(Plain with { Ecn = EcnMode.Request });
        d.Connect();
        d.Expect(With(Syn(100), WireSegment.Ece | WireSegment.Cwr));
        d.ExpectAfter(1000, Syn(100));
    }

    // peer                                  us
    //   data, marked CE        -->
    //            <--  ack with ECE, and every one after it
    //   data with CWR          -->
    //            <--  ack without
    [Fact, Rfc("3168", "6.1.3")]
    public void A_mark_is_echoed_until_the_peer_has_slowed_down()
    {
        using Dialogue d = Agreed();
        d.Inject(Data(1001, 101, 100));
        d.Expect(Ack(101, 1101));
        d.Inject(Data(1101, 101, 100) with { Marked = true });
        d.Expect(With(Ack(101, 1201), WireSegment.Ece));
        d.Inject(Data(1201, 101, 100));
        d.Expect(With(Ack(101, 1301), WireSegment.Ece));
        d.Inject(With(Data(1301, 101, 100), WireSegment.Cwr));
        d.Expect(Ack(101, 1401));
        d.Inject(With(Data(1401, 101, 100), WireSegment.Cwr) with { Marked = true }); // marked anew
        d.Expect(With(Ack(101, 1501), WireSegment.Ece));
    }

    [Fact, Rfc("3168", "6.1.2"), Rfc("3168", "6.1.5")]
    public void An_echo_reduces_once_in_a_round_trip_and_the_next_new_data_says_so()
    {
        using Dialogue d = Agreed();
        d.Write(14_600, all: true, skipSent: true);
        int before = d.Connection.Info.CongestionWindow;
        d.Inject(With(Ack(1001, 1561), WireSegment.Ece));
        Assert.Equal(RecoveryState.Reduced, d.Connection.Info.Recovery);
        int threshold = d.Connection.Info.SlowStartThreshold;
        Assert.Equal((before - 1460) / 2, threshold); // half of what is in flight
        d.Inject(With(Ack(1001, 3021), WireSegment.Ece)); // the same round trip
        Assert.Equal(threshold, d.Connection.Info.SlowStartThreshold);
        d.Inject(Ack(1001, 14_701));
        d.Write(1460);
        d.Expect(With(Push(14_701, 1001, 1460), WireSegment.Cwr) with { Marked = true });
        d.Write(1460);
        d.Expect(Push(16_161, 1001, 1460) with { Marked = true });
    }

    [Fact, Rfc("3168", "6.1.4"), Rfc("3168", "6.1.6")]
    public void Neither_bare_acknowledgments_nor_window_probes_carry_ECT()
    {
        using Dialogue d = Agreed();
        d.Inject(Data(1001, 101, 100));
        d.Expect(Ack(101, 1101) with { Marked = false });
        d.Inject(Ack(1101, 101, window: 0));
        d.Write(100);
        d.ExpectAfter(200, Ack(100, 1101) with { Marked = false });
        Assert.Equal(SegmentNote.WindowProbe, d.Sent[^1].Note);
        d.Abort();
        d.Expect(RstAck(101, 1101) with { Marked = false });
    }

    [Fact, Rfc("3168", "6.1.5")]
    public void What_is_sent_again_carries_no_ECT()
    {
        using Dialogue d = Agreed();
        d.Write(100);
        d.Expect(Push(101, 1001, 100) with { Marked = true });
        d.ExpectAfter(200, Push(101, 1001, 100) with { Marked = false });
        d.Inject(Ack(1001, 201));
    }

    [Theory, Rfc("3168", "6.1.2")]
    [InlineData(false)]
    [InlineData(true)]
    public void A_reduction_for_a_loss_is_told_too(bool timeout)
    {
        using Dialogue d = Agreed();
        d.Write(14_600, all: true, skipSent: true);
        if (timeout) d.After(1100, skipSent: true);
        else for (int i = 0; i < 3; i++) d.Inject(Ack(1001, 101), skipSent: true);
        d.Inject(Ack(1001, 14_701), skipSent: true);
        d.Write(1460);
        d.Expect(With(Push(14_701, 1001, 1460), WireSegment.Cwr) with { Marked = true });
    }

    // P2 is late. What its repeat undoes is the reaction to the loss, not the one to the mark.
    [Fact, Rfc("3168", "6.1.2"), Rfc("3708", "2")]
    public void The_reduction_for_a_mark_is_not_undone()
    {
        using var d = new Dialogue(Plain with { Ecn = EcnMode.Request, SelectiveAcknowledgments = true });
        d.Connect();
        d.Expect(With(Syn(100), WireSegment.Ece | WireSegment.Cwr));
        d.After(100);
        d.Inject(With(SynAck(1000, 101, mss: 1460), WireSegment.Ece) with { SackOk = true });
        d.Expect(Ack(101, 1001));
        d.Write(14_600, all: true, skipSent: true);
        d.After(10);
        d.Inject(With(Ack(1001, 1561), WireSegment.Ece), skipSent: true);
        int threshold = d.Connection.Info.SlowStartThreshold;
        Assert.Equal(RecoveryState.Reduced, d.Connection.Info.Recovery);
        d.Inject(Ack(1001, 1561) with { Sack = [3021, 7401] }, skipSent: true);
        Assert.Equal(RecoveryState.Recovery, d.Connection.Info.Recovery);
        d.After(10, skipSent: true);
        d.Inject(Ack(1001, 14_701) with { Sack = [1561, 3021] }, skipSent: true);
        Assert.Equal(threshold, d.Connection.Info.SlowStartThreshold);
    }
}
