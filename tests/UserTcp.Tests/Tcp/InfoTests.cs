using UserTcp.Tcp;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Tcp;

/// <summary>What a connection tells about itself (packetimpact: tcp_info). That Wireshark sees the same is checked with the kernel.</summary>
public sealed class InfoTests
{
    // seq=101..110 push       -->
    //   200 ms: again         -->
    //                         <--  ack=111
    [Fact, Rfc("9293", "3.10.6"), Rfc("6298", "5"), Rfc("5681", "3.1")]
    public void A_timeout_shows_in_the_state_the_RTO_and_the_congestion_window()
    {
        using Dialogue d = Established();
        Assert.Equal((RecoveryState.Open, 0, 0), (d.Connection.Info.Recovery, d.Connection.Info.Backoff, d.Connection.Info.RtoDoublings));
        TimeSpan rto = d.Connection.Info.Rto;
        d.Write(10);
        d.Expect(Push(101, 1001, 10));
        d.ExpectAfter(200, Push(101, 1001, 10));
        TcpInfo info = d.Connection.Info;
        Assert.Equal((RecoveryState.Loss, 1, 1), (info.Recovery, info.Backoff, info.RtoDoublings));
        Assert.Equal(2 * rto, info.Rto);
        Assert.Equal(info.SendMss, info.CongestionWindow);
        Assert.Equal((10, 10, 0, 1L), (info.BytesInFlight, info.BytesResent, info.BytesLost, info.Retransmissions));
        Assert.Equal((20L, 10L, 0L), (info.BytesSent, info.BytesRetransmitted, info.BytesAcknowledged));
        d.Inject(Ack(1001, 111));
        info = d.Connection.Info;
        Assert.Equal((0, 1), (info.Backoff, info.RtoDoublings)); // progress, but no measurement yet (Karn)
        Assert.Equal(10, info.BytesAcknowledged);
    }

    [Fact, Rfc("9293", "3.10.6")]
    public void It_tells_how_many_segments_had_data_and_when_the_last_came_and_went()
    {
        using Dialogue d = Established();
        Instant opened = d.Now;
        Assert.Equal((opened, Instant.Never), (d.Connection.Info.LastDataSent, d.Connection.Info.LastDataReceived));
        d.After(10);
        d.Write(10);
        d.Expect(Push(101, 1001, 10));
        Instant sent = d.Now;
        d.After(5);
        d.Inject(Push(1001, 111, 20));
        d.Expect(Ack(111, 1021));
        d.Inject(Push(1001, 111, 20)); // once more
        d.Expect(Ack(111, 1021));
        Instant received = d.Now;
        d.After(5);
        d.Inject(Ack(1021, 111));
        TcpInfo info = d.Connection.Info;
        Assert.Equal((sent, received, d.Now), (info.LastDataSent, info.LastDataReceived, info.LastAcknowledgmentReceived));
        Assert.Equal((1L, 2L, 1L), (info.DataSegmentsSent, info.DataSegmentsReceived, info.DuplicateSegmentsReceived));
        Assert.Equal((5L, 4L), (info.SegmentsSent, info.SegmentsReceived)); // with SYN, SYN-ACK and acknowledgments
        Assert.Equal((20L, 20), (info.BytesReceived, info.BytesToRead));
    }

    // seq=1000 SYN, ACK again -->      the ACK of it was lost
    //                         <--  ack=1001
    // seq=1000                -->      a keep-alive: nothing is repeated
    //                         <--  ack=1001
    [Fact, Rfc("9293", "3.10.6")]
    public void A_SYN_that_comes_twice_is_a_duplicate_and_a_keep_alive_is_none()
    {
        using Dialogue d = Established();
        d.Inject(SynAck(1000, 101));
        d.Expect(Ack(101, 1001));
        d.After(1000); // answers to what is invalid are limited
        d.Inject(Ack(1000, 101));
        d.Expect(Ack(101, 1001));
        Assert.Equal(1, d.Connection.Info.DuplicateSegmentsReceived);
    }

    [Fact, Rfc("9293", "3.10.6")]
    public void Questions_without_an_answer_are_counted()
    {
        using Dialogue d = Established(window: 0);
        d.Write(10);
        d.ExpectAfter(200, Ack(100, 1001));
        d.ExpectAfter(400, Ack(100, 1001));
        Assert.Equal(2, d.Connection.Info.Probes);
        d.Inject(Ack(1001, 101, window: 100));
        d.Expect(Push(101, 1001, 10));
        Assert.Equal(0, d.Connection.Info.Probes);
    }

    [Fact, Rfc("2883", "4")]
    public void What_the_peer_has_received_twice_is_counted()
    {
        using var d = new Dialogue(Plain with { SelectiveAcknowledgments = true });
        d.Connect();
        d.Expect(Syn(100) with { SackOk = true });
        d.Inject(SynAck(1000, 101, 65535, 1460) with { SackOk = true });
        d.Expect(Ack(101, 1001));
        d.Write(10);
        d.Expect(Push(101, 1001, 10));
        d.AfterDeadline(); // a tail loss probe
        d.Expect(Push(101, 1001, 10));
        d.Inject(Ack(1001, 111));
        d.Inject(Ack(1001, 111) with { Sack = [101, 111] });
        Assert.Equal(1, d.Connection.Info.DuplicateSacks);
        Assert.False(d.Connection.Info.ReorderingSeen);
    }

    [Fact, Rfc("9293", "3.10.6")]
    public void It_tells_the_sizes_of_the_buffers_and_how_acknowledgments_are_delayed()
    {
        using Dialogue d = Established(Plain with { SendBufferSize = 5000, ReceiveBufferSize = 7000 });
        TcpInfo info = d.Connection.Info;
        Assert.Equal((5000, 7000, false), (info.SendBufferSize, info.ReceiveBufferSize, info.Ecn));
        d.Inject(Push(1001, 101, 10));
        d.Expect(Ack(101, 1011));
        Assert.Equal(TimeSpan.FromMilliseconds(40), d.Connection.Info.DelayedAckTimeout);
    }
}
