using UserTcp.Tcp;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Tcp;

/// <summary>The options of RFC 7323: window scale, timestamps, PAWS.</summary>
public sealed class TimestampTests
{
    private static readonly TcpSettings Full = new();

    private static Dialogue Open(int window = 65535, TcpSettings? settings = null)
    {
        var d = new Dialogue(settings ?? Full);
        d.Connect();
        d.Expect(Syn(100, mss: 1460, scale: 8, ts: (10_000, 0)));
        d.After(20);
        d.Inject(SynAck(1000, 101, window: window, mss: 1460, scale: 7, ts: (500, 10_000)));
        d.Expect(Ack(101, 1001, ts: (10_020, 500)));
        return d;
    }

    [Fact, Rfc("7323", "2.2", "unscaled-syn"), Rfc("7323", "2.3", "scale-always")]
    public void The_window_of_a_SYN_is_never_scaled_and_all_others_are()
    {
        using Dialogue d = Open(window: 2000);
        Assert.Equal(2000, d.Connection.Info.SendWindow);
        d.Inject(Ack(1001, 101, window: 2000, ts: (501, 10_020)));
        Assert.Equal(2000 << 7, d.Connection.Info.SendWindow);
        Assert.Equal(65535, d.Sent[0].Header.Window); // of our SYN
        Assert.Equal(65536 >> 8, d.Sent[1].Header.Window);
    }

    // Linux and gVisor take it, and a middlebox may have removed the option.
    [Fact]
    public void A_segment_without_timestamps_can_be_allowed_and_leaves_the_one_to_echo_as_it_is()
    {
        using Dialogue d = Open(settings: Full with { TimestampsRequired = false });
        d.Inject(Push(1001, 101, 100));
        d.Expect(Ack(101, 1101, ts: (10_020, 500)));
        d.Read(100);
        Assert.Equal(0, d.Counters.TimestampMissing);
    }

    [Theory, Rfc("7323", "2.2", "both-sides", "scale-answer"), Rfc("7323", "2.3", "shift-limit")]
    [InlineData(null, 0, 0)]
    [InlineData(3, 3, 8)]
    [InlineData(0, 0, 8)]
    [InlineData(200, 14, 8)]
    public void A_SYN_ACK_scales_only_when_the_SYN_did(int? offered, int send, int receive)
    {
        using var d = new Dialogue(Full);
        d.Inject(Syn(mss: 1460, scale: offered));
        WireSegment answer = d.Expect(SynAck(100, 1001));
        Assert.Equal(offered is null ? null : 8, answer.Scale);
        Assert.Null(answer.Timestamps);
        d.Inject(Ack(1001, 101));
        Assert.Equal((send, receive), (d.Connection.Info.SendWindowScale, d.Connection.Info.ReceiveWindowScale));
    }

    [Fact, Rfc("7323", "3.2", "every-segment", "reset-too")]
    public void Once_agreed_every_segment_carries_timestamps()
    {
        using Dialogue d = Open();
        Assert.Equal(1448, d.Connection.Info.SendMss);
        d.After(5);
        d.Write(1448);
        d.Expect(Push(101, 1001, 1448, ts: (10_025, 500)));
        d.Inject(Ack(1001, 1549)); // without: dropped
        Assert.Equal(1448, d.Connection.Info.BytesInFlight);
        d.Inject(Ack(1001, 1549, ts: (530, 10_025)));
        Assert.Equal(0, d.Connection.Info.BytesInFlight);
        d.Abort();
        d.Expect(RstAck(1549, 1001) with { Timestamps = (10_025, 530) });
    }

    [Fact, Rfc("7323", "5.3"), Rfc("9293", "3.1", "MUST-5")]
    public void PAWS_drops_what_is_older_than_the_last_timestamp()
    {
        using Dialogue d = Open();
        d.Inject(Data(1001, 101, 10, ts: (499, 10_020)));
        d.Expect(Ack(101, 1001, ts: (10_020, 500)));
        Assert.Equal(SegmentNote.Refused, d.Received[^1].Note);
        d.Inject(Data(1001, 101, 10, ts: (500, 10_020))); // equal is good
        d.Expect(Ack(101, 1011));
        d.Inject(Rst(1011)); // RST needs no timestamp
        d.Is(TcpState.Closed);
    }

    [Fact, Rfc("7323", "5.5")]
    public void PAWS_forgets_a_timestamp_after_24_days_of_silence()
    {
        using Dialogue d = Open();
        d.After(TimeSpan.FromDays(25).TotalMilliseconds);
        d.Inject(Data(1001, 101, 10, ts: (10, 10_020)));
        d.Expect(Ack(101, 1011));
    }

    [Fact, Rfc("7323", "4.3")]
    public void The_echo_is_that_of_the_segment_at_the_left_edge()
    {
        using Dialogue d = Open();
        d.Inject(Data(1101, 101, 100, ts: (600, 10_020))); // ahead of a gap: does not count
        d.Expect(Ack(101, 1001, ts: (10_020, 500)));
        d.Inject(Data(1001, 101, 100, ts: (700, 10_020)));
        d.Expect(Ack(101, 1201, ts: (10_020, 700)));
    }

    [Fact, Rfc("7323", "4.3")]
    public void The_timestamp_of_a_segment_with_an_impossible_acknowledgment_is_not_believed()
    {
        using Dialogue d = Open();
        d.Inject(Ack(1001, 9999, ts: (900_000, 10_020))); // a guess
        d.Expect(Ack(101, 1001, ts: (10_020, 500)));
        d.Inject(Data(1001, 101, 10, ts: (501, 10_020)));
        d.Expect(Ack(101, 1011, ts: (10_020, 501)));
    }

    [Fact, Rfc("7323", "4.1")]
    public void The_echo_measures_what_Karn_forbids_to_measure_otherwise()
    {
        using Dialogue d = Open();
        Assert.Equal(TimeSpan.FromMilliseconds(20), d.Connection.Info.SmoothedRtt);
        d.Write(100);
        d.Expect(Push(101, 1001, 100));
        d.ExpectAfter(220, Push(101, 1001, 100, ts: (10_240, 500)));
        d.After(20);
        d.Inject(Ack(1001, 201, ts: (760, 10_240))); // the repeat was answered, 20 ms ago
        Assert.Equal(TimeSpan.FromMilliseconds(20), d.Connection.Info.SmoothedRtt);
        Assert.Equal(TimeSpan.FromMilliseconds(220), d.Connection.Info.Rto);
    }

    [Fact, Rfc("7323", "3.2", "both-syns")]
    public void Simultaneous_open_agrees_on_options_too()
    {
        using var d = new Dialogue(Full);
        d.Connect();
        d.Expect(Syn(100));
        d.Inject(Syn(1000, mss: 1460, scale: 2, ts: (500, 0)));
        d.Expect(SynAck(100, 1001, mss: 1460, scale: 8, ts: (10_000, 500)));
        d.Inject(SynAck(1000, 101, mss: 1460, scale: 2, ts: (501, 10_000)));
        d.Is(TcpState.Established);
        Assert.True(d.Connection.Info.Timestamps);
        Assert.Equal(2, d.Connection.Info.SendWindowScale);
    }
}
