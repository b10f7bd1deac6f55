using UserTcp.Explain.Model;
using UserTcp.Tcp;
using static UserTcp.Explain.Tests.Script;

namespace UserTcp.Explain.Tests;

/// <summary>Where the numbers of segments come from.</summary>
public class SequenceTests
{
    // client                            server
    // S seq=1000                   -->
    //            <--  SA seq=5000 ack=1001
    // A seq=1001 ack=5001          -->
    [Fact]
    public void A_SYN_counts_one_in_the_numbers_that_answer_it()
    {
        IReadOnlyList<Arrow> arrows = new Script().Open().Arrows;

        Assert.Equal("seq 1000 = our ISN 1000", arrows[0].Seq.ToString());
        Assert.Null(arrows[0].Ack);
        Assert.Equal("ack 1001 = their seq 1000 + 0 bytes + SYN 1", arrows[1].Ack.ToString());
        Assert.Equal("ack = their seq + bytes + SYN", arrows[1].Ack!.Value.Symbolic);
        Assert.Equal("1001 = 1000 + 0 + 1", arrows[1].Ack!.Value.Evaluated);
        Assert.Equal("1 = 0 + 0 + 1", arrows[1].Ack!.Value.Relative);
        Assert.Equal("seq 1001 = our last seq 1000 + 0 bytes + SYN 1", arrows[2].Seq.ToString());
        Assert.Equal((1, 1), (arrows[2].RelativeSeq, arrows[2].RelativeAck));
        Assert.All(arrows.SelectMany(arrow => arrow.Equations), equation => Assert.True(equation.Holds));
    }

    [Fact]
    public void Data_moves_the_numbers_by_its_bytes()
    {
        IReadOnlyList<Arrow> arrows = new Script().Open().Out(P | A, 1001, 5001, 300).In(A, 5001, 1301).Out(P | A, 1301, 5001, 1).In(A, 5001, 1302).Arrows;

        Assert.Equal("ack 1301 = their seq 1001 + 300 bytes", arrows[4].Ack.ToString());
        Assert.Equal("seq 1301 = our last seq 1001 + 300 bytes", arrows[5].Seq.ToString());
        Assert.Equal("ack 1302 = their seq 1301 + 1 byte", arrows[6].Ack.ToString());
    }

    [Fact]
    public void Numbers_pass_2_to_the_32_and_the_relative_ones_do_not()
    {
        Script script = new Script()
            .Out(S, 0xffff_ff00, state: TcpState.SynSent).In(S | A, 0xffff_ffff, 0xffff_ff01).Out(A, 0xffff_ff01, 0)
            .Out(P | A, 0xffff_ff01, 0, 512).In(A, 0, 0x101);

        Assert.Equal("ack 0 = their seq 4294967295 + 0 bytes + SYN 1 (mod 2³²)", script.Arrows[2].Ack.ToString());
        Assert.Equal("ack 257 = their seq 4294967041 + 512 bytes (mod 2³²)", script.Arrows[4].Ack.ToString());
        Assert.Equal(513, script.Arrows[4].RelativeAck);
        Assert.Equal(0, script.Conversation.Totals.FalseEquations);
    }

    [Fact]
    public void A_false_acknowledgment_is_marked_and_drawn_and_counted()
    {
        Script script = new Script().Open().Out(P | A, 1001, 5001, 300).In(A, 5001, 1302, note: SegmentNote.Refused, reason: "acknowledges what was not sent");

        Assert.False(script.Arrows[4].Ack!.Value.Holds);
        Assert.Equal("ack 1302 ≠ their seq 1001 + 300 bytes", script.Arrows[4].Ack.ToString());
        Assert.Equal(1, script.Conversation.Totals.FalseEquations);
        Assert.Contains("ack 1302 ≠ their seq 1001 + 300 bytes ✗ FALSE", script.Text(), StringComparison.Ordinal);
        Assert.Contains("1 do NOT hold ✗", script.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void Our_own_acknowledgment_must_be_what_we_expect_next()
    {
        Equation ack = new Script().Open().In(P | A, 5001, 1001, 100).Out(A, 1001, 5100, receiveNext: 5101).Arrows[4].Ack!.Value;

        Assert.False(ack.Holds);
        Assert.Equal("ack 5100 ≠ our RCV.NXT 5101", ack.ToString());
    }

    [Fact]
    public void Our_own_segment_may_not_leave_a_gap()
    {
        Equation seq = new Script().Open().Out(P | A, 1002, 5001, 10).Arrows[3].Seq!.Value;

        Assert.False(seq.Holds);
        Assert.Equal("seq 1002 ≠ our last seq 1000 + 0 bytes + SYN 1", seq.ToString());
    }

    [Fact]
    public void Old_numbers_that_are_said_to_be_new_are_false()
        => Assert.False(new Script().Open().Out(P | A, 1001, 5001, 10).Out(P | A, 1001, 5001, 10).Arrows[4].Seq!.Value.Holds);

    [Fact]
    public void A_retransmission_has_the_numbers_of_the_first_time()
    {
        Script script = new Script().Open().Out(P | A, 1001, 5001, 300).Fires(TcpTimer.Retransmission)
            .Out(P | A, 1001, 5001, 300, note: SegmentNote.Retransmission).Out(A, 1101, 5001, 200, note: SegmentNote.Retransmission);

        Assert.Equal("seq 1001 = our seq 1001 of #4", script.Arrows[4].Seq.ToString());
        Assert.Equal("seq 1101 = our seq 1001 of #4 + 100 bytes", script.Arrows[5].Seq.ToString());
        Assert.Equal((2, 0), (script.Conversation.Totals.Retransmissions, script.Conversation.Totals.FalseEquations));
        Assert.Contains("─ sent again ─", script.Text(), StringComparison.Ordinal);
        Assert.Contains("retransmission timer ran out, 1st time in a row", script.Text(), StringComparison.Ordinal);
    }

    // client                                server
    //                 <--  seq=5101 len=100      (early)
    // A ack=5001                        -->
    //                 <--  seq=5001 len=100      (fills the gap)
    // A ack=5201                        -->
    [Fact]
    public void What_comes_early_is_told_by_its_gap_and_acknowledged_when_it_closes()
    {
        Script script = new Script().Open()
            .In(A, 5101, 1001, 100, note: SegmentNote.OutOfOrder).Out(A, 1001, 5001).In(A, 5001, 1001, 100).Out(A, 1001, 5201).In(P | A, 5201, 1001, 7);

        Assert.Equal("seq 5101 = our seq expected next 5001 + 100 bytes not seen yet", script.Arrows[3].Seq.ToString());
        Assert.Equal("ack 5001 = their seq 5000 + 0 bytes + SYN 1", script.Arrows[4].Ack.ToString());
        Assert.Equal("fills the gap in front of what came early", script.Arrows[5].Seq!.Value.Remark);
        Assert.Equal("ack 5201 = their seq 5101 + 100 bytes", script.Arrows[6].Ack.ToString());
        Assert.Equal("seq 5201 = our last seq 5101 + 100 bytes", script.Arrows[7].Seq.ToString());
        Assert.Equal(0, script.Conversation.Totals.FalseEquations);
    }

    [Fact]
    public void A_gap_that_was_taken_for_data_in_order_is_false()
        => Assert.False(new Script().Open().In(A, 5101, 1001, 100).Arrows[3].Seq!.Value.Holds);

    [Theory]
    [InlineData(SegmentNote.WindowProbe, "RFC 9293 3.8.6.1")]
    [InlineData(SegmentNote.KeepAlive, "RFC 9293 3.8.4")]
    public void A_probe_stands_one_before_the_next_number(SegmentNote note, string rule)
    {
        Equation seq = new Script().Open().Out(P | A, 1001, 5001, 300).In(A, 5001, 1301).Out(A, 1300, 5001, note: note).Arrows[5].Seq!.Value;

        Assert.Equal("seq 1300 = our next seq 1301 − 1 byte already sent", seq.ToString());
        Assert.True(seq.Holds);
        Assert.Equal(rule, seq.Rule);
    }

    [Fact]
    public void A_place_inside_a_large_segment_can_be_acknowledged()
    {
        Equation ack = new Script().Open().Out(P | A, 1001, 5001, 64000).In(A, 5001, 2461).Arrows[4].Ack!.Value;

        Assert.Equal("ack 2461 = their seq 1001 + 1460 bytes", ack.ToString());
        Assert.Equal("a part of what #4 carried", ack.Remark);
        Assert.True(ack.Holds);
    }

    [Fact]
    public void Options_are_shown_when_they_are_new()
    {
        var syn = new Wire.TcpOptions { MaximumSegmentSize = 1460, Timestamps = new(1, 0) };
        var later = new Wire.TcpOptions { Timestamps = new(2, 9) };
        var sack = new Wire.TcpOptions { Timestamps = new(3, 9) };
        sack.AddSack(new(new(5101), new(5201)));
        IReadOnlyList<Arrow> arrows = new Script()
            .Out(S, 1000, state: TcpState.SynSent, options: syn).In(S | A, 5000, 1001, options: syn).Out(A, 1001, 5001, options: later)
            .In(A, 5101, 1001, 100, note: SegmentNote.OutOfOrder, options: later).Out(A, 1001, 5001, options: sack).Arrows;

        Assert.Equal([true, true, false, false, true], arrows.Select(arrow => arrow.OptionsAreNews));
    }
}
