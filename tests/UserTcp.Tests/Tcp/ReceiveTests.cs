using UserTcp.Tcp;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Tcp;

/// <summary>What arrives: reassembly, acknowledgments, the window we promise.</summary>
public sealed class ReceiveTests
{
    private static TcpSettings Buffer(int size) => Plain with { ReceiveBufferSize = size };

    [Fact, Rfc("5681", "4.2", "out-of-order"), Rfc("9293", "3.10.7.4", "seventh", "SHLD-31", "MAY-13")]
    public void Data_ahead_of_a_gap_is_kept_and_each_segment_of_it_acknowledged_at_once()
    {
        using Dialogue d = Established();
        d.Inject(Data(1101, 101, 100), Data(1201, 101, 100)); // in one batch: the peer counts the duplicates
        d.Expect(Ack(101, 1001));
        d.Expect(Ack(101, 1001));
        Assert.Equal(0, d.Connection.AvailableToRead);
        Assert.Equal(SegmentNote.OutOfOrder, d.Received[^1].Note);
        d.Inject(Data(1401, 101, 100)); // a second gap
        d.Expect(Ack(101, 1001));
        d.Inject(Data(1001, 101, 100));
        d.Expect(Ack(101, 1301));
        d.Inject(Data(1301, 101, 100));
        d.Expect(Ack(101, 1501));
        d.Read(500);
    }

    [Fact, Rfc("9293", "3.10.7.4", "eighth")]
    public void FIN_ahead_of_a_gap_is_kept_too()
    {
        using Dialogue d = Established();
        d.Inject(Fin(1101, 101, 50));
        d.Expect(Ack(101, 1001));
        d.Is(TcpState.Established);
        d.Inject(Data(1151, 101, 10)); // behind the FIN: there is nothing
        d.Expect(Ack(101, 1001));
        d.Inject(Data(1001, 101, 100));
        d.Expect(Ack(101, 1152));
        d.Is(TcpState.CloseWait);
        d.Read(150);
        Assert.True(d.Connection.EndOfStream);
    }

    [Fact]
    public void A_bare_FIN_ahead_of_a_gap_is_kept_too()
    {
        using Dialogue d = Established();
        d.Inject(Fin(1101, 101));
        d.Expect(Ack(101, 1001));
        d.Inject(Data(1001, 101, 100));
        d.Expect(Ack(101, 1102));
        d.Is(TcpState.CloseWait);
    }

    [Fact, Rfc("9293", "3.10.7.4", "seventh")]
    public void Overlapping_segments_give_each_byte_once()
    {
        using Dialogue d = Established();
        d.Inject(Data(1001, 101, 100));
        d.Expect(Ack(101, 1101));
        d.Inject(Data(1051, 101, 100)); // half old
        d.Expect(Ack(101, 1151));
        d.Inject(Data(1001, 101, 150)); // all old
        d.Expect(Ack(101, 1151));
        Assert.Equal(SegmentNote.Duplicate, d.Received[^1].Note);
        d.Inject(Data(1201, 101, 100));
        d.Expect(Ack(101, 1151));
        d.Inject(Data(1181, 101, 200)); // around what is kept
        d.Expect(Ack(101, 1151));
        d.Inject(Data(1151, 101, 40));
        d.Expect(Ack(101, 1381));
        d.Read(380);
    }

    [Fact, Rfc("9293", "3.4")]
    public void Sequence_numbers_wrap()
    {
        using Dialogue d = Established(iss: uint.MaxValue - 10, peer: uint.MaxValue - 50);
        uint peer = uint.MaxValue - 49, ours = uint.MaxValue - 9;
        d.Inject(Data(unchecked(peer + 100), ours, 100)); // behind the wrap, ahead of a gap
        d.Expect(Ack(ours, peer));
        d.Inject(Data(peer, ours, 100));
        d.Expect(Ack(ours, unchecked(peer + 200)));
        d.Read(200);
        d.Write(50);
        d.Expect(Push(ours, unchecked(peer + 200), 50));
        d.ExpectAfter(200, Push(ours, unchecked(peer + 200), 50));
        d.Inject(Ack(unchecked(peer + 200), unchecked(ours + 50)));
        d.CloseWrite();
        d.Expect(Fin(unchecked(ours + 50), unchecked(peer + 200)));
    }

    [Fact, Rfc("9293", "3.8.6.3", "SHLD-18", "MUST-40"), Rfc("5681", "4.2", "half-second")]
    public void The_first_segments_are_acknowledged_at_once_and_later_ones_delayed()
    {
        using Dialogue d = Established();
        uint seq = 1001;
        for (int i = 0; i < 16; i++, seq += 100)
        {
            d.Inject(Data(seq, 101, 100));
            d.Expect(Ack(101, seq + 100));
        }
        d.Inject(Data(seq, 101, 100));
        d.ExpectAfter(40, Ack(101, seq + 100));
    }

    [Fact, Rfc("9293", "3.8.6.3", "SHLD-19"), Rfc("5681", "4.2", "second-segment")]
    public void Every_second_full_segment_is_acknowledged()
    {
        using Dialogue d = EstablishedAndWarm(out uint seq);
        d.Inject(Data(seq, 101, 1460));
        d.Inject(Data(seq + 1460, 101, 1460));
        d.Expect(Ack(101, seq + 2920));
    }

    [Fact, Rfc("9293", "3.10.7.4", "MUST-58", "MUST-59")]
    public void A_batch_costs_one_acknowledgment()
    {
        using Dialogue d = EstablishedAndWarm(out uint seq);
        d.Inject([.. Enumerable.Range(0, 10).Select(i => Data(seq + (uint)i * 1460, 101, 1460))]);
        d.Expect(Ack(101, seq + 14600));
    }

    [Fact, Rfc("9293", "3.10.7.4", "MUST-58")]
    public void Data_on_its_way_out_carries_the_acknowledgment()
    {
        using Dialogue d = EstablishedAndWarm(out uint seq);
        d.Inject(Push(seq, 101, 100));
        d.Write(10);
        d.Expect(Push(101, seq + 100, 10));
        d.Inject(Ack(seq + 100, 111));
        d.After(1000);
    }

    [Fact, Rfc("5681", "4.2")]
    public void After_a_pause_the_peer_starts_slowly_and_is_acknowledged_at_once()
    {
        using Dialogue d = EstablishedAndWarm(out uint seq);
        d.Inject(Push(seq, 101, 100));
        d.ExpectAfter(40, Ack(101, seq + 100));
        d.After(201); // more than the RTO since the last data
        d.Inject(Push(seq + 100, 101, 100));
        d.Expect(Ack(101, seq + 200));
    }

    // A burst, and nothing for many times longer than between its segments: the sender waits for an acknowledgment, and this segment asks for it.
    [Fact, Rfc("8985", "7.3"), Rfc("9293", "3.8.6.3", "SHLD-18")]
    public void A_full_segment_after_a_pause_in_a_stream_is_acknowledged_at_once()
    {
        using Dialogue d = EstablishedAndWarm(out uint seq);
        d.Inject(Data(seq, 101, 1460));
        d.Inject(Data(seq + 1460, 101, 1460));
        d.Expect(Ack(101, seq + 2920));
        d.After(20);
        d.Inject(Data(seq + 2920, 101, 1460));
        d.Expect(Ack(101, seq + 4380));
        d.After(20); // now it is no pause, but the pace
        d.Inject(Data(seq + 4380, 101, 1460));
        d.ExpectAfter(40, Ack(101, seq + 5840));
    }

    [Fact, Rfc("5681", "4.2")]
    public void What_comes_twice_makes_the_next_acknowledgments_quick()
    {
        using Dialogue d = EstablishedAndWarm(out uint seq);
        d.Inject(Data(seq, 101, 1460));
        d.ExpectAfter(40, Ack(101, seq + 1460));
        d.Inject(Data(seq, 101, 1460));
        d.Expect(Ack(101, seq + 1460));
        d.Inject(Data(seq + 1460, 101, 1460));
        d.Expect(Ack(101, seq + 2920));
    }

    [Fact, Rfc("9293", "3.8.6.3")]
    public void Reading_the_last_of_what_the_peer_had_to_say_acknowledges_it()
    {
        using Dialogue d = EstablishedAndWarm(out uint seq);
        d.Inject(Data(seq, 101, 1460));
        d.Read(1460); // a full segment: more may follow
        d.Inject(Push(seq + 1460, 101, 100));
        d.Expect(Ack(101, seq + 1560)); // more than a full segment
        d.Inject(Push(seq + 1560, 101, 100));
        d.Read(50);
        d.Read(150);
        d.Expect(Ack(101, seq + 1660));
    }

    // The peer sends every 60 ms over a path of 100 ms: an acknowledgment that waits for company may wait for the next segment.
    [Fact, Rfc("9293", "3.8.6.3")]
    public void On_a_long_path_the_delay_grows_to_the_round_trip_time_at_most()
    {
        using var d = new Dialogue();
        d.Connect();
        d.Expect(Syn(100));
        d.After(100);
        d.Inject(SynAck(1000, 101, mss: 1460));
        d.Expect(Ack(101, 1001));
        uint seq = 1001;
        for (int i = 0; i < 16; i++, seq += 100)
        {
            d.Inject(Data(seq, 101, 100));
            d.Expect(Ack(101, seq + 100));
        }
        foreach (int delay in (int[])[40, 80, 100, 100])
        {
            d.Inject(Data(seq, 101, 100));
            d.ExpectAfter(delay, Ack(101, seq += 100));
        }
    }

    [Fact]
    public void An_interactive_connection_delays_acknowledgments_from_the_start()
    {
        using Dialogue d = Established();
        d.Inject(Push(1001, 101, 10));
        d.Expect(Ack(101, 1011));
        d.Write(10);
        d.Expect(Push(101, 1011, 10));
        d.Inject(Push(1011, 111, 10));
        d.ExpectAfter(40, Ack(111, 1021));
    }

    [Fact, Rfc("9293", "3.8.6.1", "MAY-8"), Rfc("9293", "3.8.6.2.2", "MUST-39"), Rfc("9293", "3.10.7.4", "first")]
    public void A_full_buffer_closes_the_window_and_reading_opens_it()
    {
        using Dialogue d = Established(Buffer(4000));
        d.Inject(Data(1001, 101, 1460));
        d.Expect(Ack(101, 2461, window: 2540));
        d.Inject(Data(2461, 101, 1460));
        d.Expect(Ack(101, 3921, window: 1080));
        d.Inject(Data(3921, 101, 1080));
        d.ExpectAfter(40, Ack(101, 5001, window: 0));
        d.Inject(Data(5001, 101, 1)); // a probe with a byte
        d.Expect(Ack(101, 5001, window: 0));
        d.Inject(Ack(5000, 101)); // a probe without
        d.Expect(Ack(101, 5001, window: 0));
        d.Read(1000); // not yet worth a segment (RFC 9293 3.8.6.2.2)
        d.Read(460);
        d.Expect(Ack(101, 5001, window: 1460));
        Assert.Equal(SegmentNote.WindowUpdate, d.Sent[^1].Note);
    }

    [Fact, Rfc("9293", "3.4", "MUST-66")]
    public void With_a_closed_window_acknowledgments_and_resets_still_count()
    {
        using Dialogue d = Established(Buffer(1000));
        d.Inject(Data(1001, 101, 1000));
        d.Expect(Ack(101, 2001, window: 0));
        d.Write(100);
        d.Expect(Push(101, 2001, 100));
        d.Inject(Data(2001, 201, 10)); // its ACK is good, its text is not wanted
        d.Expect(Ack(201, 2001, window: 0));
        Assert.Equal(0, d.Connection.Info.BytesInFlight);
        d.Inject(Rst(2001));
        d.Is(TcpState.Closed);
    }

    [Fact, Rfc("9293", "3.10.7.4", "seventh")]
    public void Data_beyond_the_window_is_cut_off()
    {
        using Dialogue d = Established(Buffer(1000));
        d.Inject(Fin(1001, 101, 1400));
        d.Expect(Ack(101, 2001, window: 0));
        d.Is(TcpState.Established);
        d.Read(1000);
        d.Expect(Ack(101, 2001, window: 1000));
        d.Inject(Fin(2001, 101, 400));
        d.Expect(Ack(101, 2402));
        d.Is(TcpState.CloseWait);
    }

    [Fact, Rfc("9293", "3.8.6", "SHLD-14"), Rfc("7323", "2.4")]
    public void The_promised_edge_never_moves_back()
    {
        var random = new Random(1);
        foreach (int size in (int[])[3000, 100_000, 1_000_000])
        {
            using var d = new Dialogue(Plain with { ReceiveBufferSize = size, InitialReceiveBufferSize = size, WindowScaling = true });
            d.Connect();
            d.Expect(Syn(100));
            d.Inject(SynAck(1000, 101, mss: 1460, scale: 7));
            WireSegment ack = d.Expect(Ack(101, 1001));
            int shift = d.Connection.Info.ReceiveWindowScale;
            uint seq = 1001;
            long edge = Edge(ack, shift);
            while (d.Connection.Info.ReceiveWindow > 0)
            {
                int length = Math.Min(random.Next(100, 1460), d.Connection.Info.ReceiveWindow);
                d.Inject(Data(seq, 101, length), Data(seq, 101, 1)); // the repeated byte asks for an acknowledgment at once
                seq += (uint)length;
                ack = d.Expect(Ack(101, seq));
                Assert.True(Edge(ack, shift) >= edge, $"the edge moved from {edge} to {Edge(ack, shift)} with {d.Connection.AvailableToRead} unread");
                edge = Edge(ack, shift);
                if (random.Next(4) == 0 && d.Connection.AvailableToRead > 100)
                {
                    int before = d.Sent.Count;
                    d.Read(100);
                    if (d.Sent.Count > before) edge = Math.Max(edge, Edge(d.Expect(Ack(101, seq)), shift));
                }
            }
            Assert.InRange(d.Connection.AvailableToRead, size - size / 32 - 1460, size);
        }

        static long Edge(WireSegment ack, int shift) => ack.AckNumber + ((long)ack.Window!.Value << shift);
    }

    [Fact]
    public void The_ranges_ahead_of_gaps_are_bounded()
    {
        using Dialogue d = Established();
        for (int i = 0; i < 1000; i++)
        {
            d.Inject(Data((uint)(1002 + 2 * i), 101, 1)); // every second byte
            d.Expect(Ack(101, 1001));
        }
        d.Inject(Data(1001, 101, 1));
        d.Expect(Ack(101, 1003));
        d.Read(2);
    }

    private static Dialogue EstablishedAndWarm(out uint seq)
    {
        Dialogue d = Established();
        seq = 1001;
        for (int i = 0; i < 16; i++, seq += 1460)
        {
            d.Inject(Data(seq, 101, 1460));
            d.Expect(Ack(101, seq + 1460));
        }
        d.Read(16 * 1460);
        return d;
    }

    // The last byte of the window, and a FIN behind it, ahead of a gap: the FIN has no room and must come again.
    [Fact, Rfc("9293", "3.4")]
    public void A_FIN_beyond_the_window_is_not_counted_as_a_byte()
    {
        using Dialogue d = Established();
        int window = d.Connection.Info.ReceiveWindow;
        uint edge = 1001 + (uint)window;
        d.Inject(Fin(edge - 100, 101, 100), skipSent: true);
        for (uint seq = 1001; seq < edge - 100; seq += 1000) d.Inject(Data(seq, 101, (int)Math.Min(1000, edge - 100 - seq)), skipSent: true);
        Assert.Equal(window, d.Connection.AvailableToRead);
        d.Read(window, skipSent: true);
        Assert.False(d.Connection.EndOfStream);
        d.Inject(Fin(edge, 101), skipSent: true);
        Assert.True(d.Connection.EndOfStream);
    }
}
