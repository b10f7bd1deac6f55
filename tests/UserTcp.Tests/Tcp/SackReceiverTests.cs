using UserTcp.Tcp;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Tcp;

/// <summary>What our acknowledgments say about data ahead of gaps (RFC 2018) and about data that came twice (RFC 2883).</summary>
public sealed class SackReceiverTests
{
    private static readonly TcpSettings Sack = Plain with { SelectiveAcknowledgments = true };

    private static WireSegment SackAck(uint ack, params uint[] edges) => Ack(101, ack) with { Sack = edges };

    private static Dialogue Open(TcpSettings? settings = null, (uint, uint)? ts = null, int window = 65535)
    {
        var d = new Dialogue(settings ?? Sack);
        d.Connect();
        d.Expect(Syn(100) with { SackOk = true });
        d.Inject(SynAck(1000, 101, window, 1460, ts: ts) with { SackOk = true });
        d.Expect(Ack(101, 1001) with { Sack = [] });
        return d;
    }

    // peer                                     us
    //   seq=1101 len=100               -->           (1001..1100 is missing)
    //              <--  ack=1001 sack=1101:1201
    //   seq=1301, 1501, 1701 …         -->           each block first once, then told again behind the newer ones
    [Fact, Rfc("2018", "4", "newest-first")]
    public void The_block_with_the_newest_segment_comes_first_then_the_most_recently_reported()
    {
        using Dialogue d = Open();
        d.Inject(Data(1101, 101, 100));
        d.Expect(SackAck(1001, 1101, 1201));
        d.Inject(Data(1701, 101, 100));
        d.Expect(SackAck(1001, 1701, 1801, 1101, 1201));
        d.Inject(Data(1301, 101, 100));
        d.Expect(SackAck(1001, 1301, 1401, 1701, 1801, 1101, 1201));
        d.Inject(Data(1901, 101, 100));
        d.Expect(SackAck(1001, 1901, 2001, 1301, 1401, 1701, 1801, 1101, 1201));
        d.Inject(Data(2101, 101, 100)); // five blocks: the oldest news has no room
        d.Expect(SackAck(1001, 2101, 2201, 1901, 2001, 1301, 1401, 1701, 1801));
        d.Inject(Data(1401, 101, 100)); // grows
        d.Expect(SackAck(1001, 1301, 1501, 2101, 2201, 1901, 2001, 1701, 1801));
        d.Inject(Data(1501, 101, 200)); // joins two
        d.Expect(SackAck(1001, 1301, 1801, 2101, 2201, 1901, 2001, 1101, 1201));
    }

    [Fact, Rfc("2018", "4", "every-ack"), Rfc("5681", "4.2", "gap-filled")]
    public void When_gaps_are_filled_the_acknowledgment_moves_and_the_rest_stays_reported()
    {
        using Dialogue d = Open();
        d.Inject(Data(1101, 101, 100), Data(1301, 101, 100)); // in one batch: one acknowledgment each
        d.Expect(SackAck(1001, 1101, 1201));
        d.Expect(SackAck(1001, 1301, 1401, 1101, 1201));
        d.Inject(Data(1001, 101, 100));
        d.Expect(SackAck(1201, 1301, 1401));
        d.Inject(Data(1201, 101, 100));
        d.Expect(SackAck(1401));
        d.Read(400);
    }

    // peer                                     us
    //   seq=1101, 1301 … 2101 len=100  -->         at once
    //              <--  ack=1001      six times, and no block is missing in all of them
    [Fact, Rfc("2018", "4", "newest-first", "every-ack")]
    public void A_batch_with_more_gaps_than_blocks_is_told_as_if_its_segments_had_come_one_by_one()
    {
        using Dialogue d = Open();
        d.Inject([.. Enumerable.Range(0, 6).Select(i => Data(1101 + 200 * (uint)i, 101, 100))]);
        d.Expect(SackAck(1001, 1101, 1201));
        d.Expect(SackAck(1001, 1301, 1401, 1101, 1201));
        d.Expect(SackAck(1001, 1501, 1601, 1301, 1401, 1101, 1201));
        d.Expect(SackAck(1001, 1701, 1801, 1501, 1601, 1301, 1401, 1101, 1201));
        d.Expect(SackAck(1001, 1901, 2001, 1701, 1801, 1501, 1601, 1301, 1401));
        d.Expect(SackAck(1001, 2101, 2201, 1901, 2001, 1701, 1801, 1501, 1601));
    }

    [Fact, Rfc("5681", "4.2")]
    public void Segments_ahead_of_a_gap_that_is_filled_in_the_same_batch_cost_one_acknowledgment()
    {
        using Dialogue d = Open();
        d.Inject(Data(1101, 101, 100), Data(1201, 101, 100), Data(1001, 101, 100));
        d.Expect(SackAck(1301));
    }

    [Fact, Rfc("2018", "3")]
    public void With_timestamps_there_is_room_for_three_blocks()
    {
        using Dialogue d = Open(Sack with { Timestamps = true }, ts: (7, 10_000));
        for (uint seq = 1101; seq < 1900; seq += 200) d.Inject(Data(seq, 101, 100, ts: (8, 10_000)), skipSent: seq < 1700);
        d.Expect(SackAck(1001, 1701, 1801, 1501, 1601, 1301, 1401));
    }

    [Fact, Rfc("2018", "2")]
    public void Without_agreement_there_are_no_blocks()
    {
        using var d = new Dialogue(Sack);
        d.Connect();
        d.Expect(Syn(100) with { SackOk = true });
        d.Inject(SynAck(1000, 101));
        d.Expect(Ack(101, 1001));
        d.Inject(Data(1101, 101, 100), Data(1101, 101, 100));
        d.Expect(SackAck(1001));
        d.Expect(SackAck(1001));
    }

    [Fact, Rfc("2883", "4")]
    public void What_came_twice_is_reported_once_and_first()
    {
        using Dialogue d = Open();
        d.Inject(Data(1001, 101, 200));
        d.Expect(SackAck(1201));
        d.Inject(Data(1001, 101, 200)); // wholly old
        d.Expect(SackAck(1201, 1001, 1201));
        d.Inject(Data(1101, 101, 200)); // half old
        d.Expect(SackAck(1301, 1101, 1201));
        d.Inject(Data(1401, 101, 100)); // told once
        d.Expect(SackAck(1301, 1401, 1501));
        d.Inject(Data(1001, 101, 100)); // beside a block ahead of the gap
        d.Expect(SackAck(1301, 1001, 1101, 1401, 1501));
    }

    [Fact, Rfc("2883", "4.1.2")]
    public void What_came_twice_ahead_of_a_gap_stands_before_the_block_that_holds_it()
    {
        using Dialogue d = Open();
        d.Inject(Data(1101, 101, 300));
        d.Expect(SackAck(1001, 1101, 1401));
        d.Inject(Data(1601, 101, 100));
        d.Expect(SackAck(1001, 1601, 1701, 1101, 1401));
        d.Inject(Data(1201, 101, 100));
        d.Expect(SackAck(1001, 1201, 1301, 1101, 1401, 1601, 1701));
        d.Inject(Data(1301, 101, 200)); // partly
        d.Expect(SackAck(1001, 1301, 1401, 1101, 1501, 1601, 1701));
        d.Inject(Data(1001, 101, 200)); // fills the gap and reaches over its end
        d.Expect(SackAck(1501, 1101, 1201, 1601, 1701));
    }

    [Fact, Rfc("2883", "4")]
    public void A_repeated_FIN_is_reported_too()
    {
        using Dialogue d = Open();
        d.Inject(Fin(1001, 101, 100));
        d.Expect(SackAck(1102));
        d.Inject(Fin(1001, 101, 100));
        d.Expect(SackAck(1102, 1001, 1102));
    }

    [Fact, Rfc("2018", "4", "every-ack")]
    public void FIN_ahead_of_a_gap_is_part_of_its_block()
    {
        using Dialogue d = Open();
        d.Inject(Fin(1101, 101, 100));
        d.Expect(SackAck(1001, 1101, 1202));
        d.Inject(Data(1001, 101, 100));
        d.Expect(SackAck(1202));
        d.Is(TcpState.CloseWait);
        d.Read(200);
    }

    [Fact, Rfc("7323", "5.3"), Rfc("2883", "4")]
    public void The_late_original_of_a_retransmission_is_reported_although_its_timestamp_is_old()
    {
        using Dialogue d = Open(Sack with { Timestamps = true }, ts: (700, 10_000));
        d.Inject(Data(1001, 101, 100, ts: (900, 10_000))); // the retransmission overtook it
        d.Expect(SackAck(1101));
        d.Inject(Data(1001, 101, 100, ts: (800, 10_000)));
        d.Expect(SackAck(1101, 1001, 1101));
    }

    [Fact, Rfc("9293", "3.8.6.1")]
    public void A_probe_without_data_is_no_duplicate()
    {
        using Dialogue d = Open();
        d.Inject(Ack(1000, 101));
        d.Expect(SackAck(1001));
    }

    // us                                       peer
    //   seq=101 len=100 sack=1101:1201 -->           a small segment has room
    //   seq=201 len=1460               -->           a full one has none:
    //   ack=1001 sack=1301:1401 …      -->           the acknowledgment follows by itself
    [Fact, Rfc("6691", "3")]
    public void Blocks_never_make_a_data_segment_larger_than_the_MSS()
    {
        using Dialogue d = Open(Sack with { NoDelay = true });
        d.Inject(Data(1101, 101, 100));
        d.Expect(SackAck(1001, 1101, 1201));
        d.Write(100);
        d.Expect(Push(101, 1001, 100) with { Sack = [1101, 1201] });
        d.Write(1460 - 12);
        d.Expect(Push(201, 1001, 1460 - 12) with { Sack = [1101, 1201] }); // exactly one block fits
        d.Inject(Data(1301, 101, 100), Ack(1401, 1649));
        d.Expect(Ack(1649, 1001) with { Sack = [1301, 1401, 1101, 1201] });
        d.Write(1460);
        d.Expect(Push(1649, 1001, 1460) with { Sack = [] });
    }

    [Fact, Rfc("6691", "3"), Rfc("5681", "4.2")]
    public void An_acknowledgment_for_which_a_full_segment_has_no_room_goes_by_itself()
    {
        using Dialogue d = Open(window: 1460);
        d.Write(2920);
        d.Expect(Push(101, 1001, 1460)); // half of the largest window
        d.Inject(Data(1101, 1561, 100)); // acknowledges, opens the window for the next, and shows a gap
        d.Expect(Push(1561, 1001, 1460) with { Sack = [] });
        d.Expect(Ack(3021, 1001) with { Sack = [1101, 1201] });
    }
}
