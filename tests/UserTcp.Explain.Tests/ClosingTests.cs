using UserTcp.Explain.Lesson;
using UserTcp.Tcp;
using static UserTcp.Explain.Tests.Script;

namespace UserTcp.Explain.Tests;

/// <summary>States of both ends, ours known and the peer's inferred, and the lesson of each way to end.</summary>
public class ClosingTests
{
    // FIN-WAIT-1  FA seq=1001 ack=5001      -->   CLOSE-WAIT
    // FIN-WAIT-2       <--  A seq=5001 ack=1002   CLOSE-WAIT
    // TIME-WAIT       <--  FA seq=5001 ack=1002   LAST-ACK
    // TIME-WAIT   A seq=1002 ack=5002       -->   CLOSED
    [Fact]
    public void We_close_first_and_all_four_waves_are_seen()
    {
        Script script = new Script().Open()
            .Out(F | A, 1001, 5001, state: TcpState.FinWait1).In(A, 5001, 1002, state: TcpState.FinWait2)
            .In(F | A, 5001, 1002, state: TcpState.TimeWait).Out(A, 1002, 5002, state: TcpState.TimeWait);

        Assert.Equal(
        [
            "SYN-SENT SYN-RECEIVED*", "ESTABLISHED SYN-RECEIVED*", "ESTABLISHED ESTABLISHED*",
            "FIN-WAIT-1 CLOSE-WAIT*", "FIN-WAIT-2 CLOSE-WAIT*", "TIME-WAIT LAST-ACK*", "TIME-WAIT CLOSED*",
        ], script.States);
        Section closing = script.Ladder.Sections[^1];
        Assert.Equal("Closing: the four-way handshake", closing.Title);
        Assert.Equal(
        [
            "1  FIN, ACK: #4   seq = u             u = 1001 (relative 1)",
            "2  ACK: #5   ack = u + 1         1002 = 1001 + 1 ✓",
            "3  FIN, ACK: #6   seq = w             w = 5001 (relative 1)",
            ":      ack = u + 1, again  1002 = 1001 + 1 ✓",
            "4  ACK: #7   seq = u + 1         1002 = 1001 + 1 ✓",
            ":      ack = w + 1         5002 = 5001 + 1 ✓",
        ], closing.Blocks[0].Facts.Select(fact => $"{fact.Name}: {fact.Value}"));
        Assert.Equal("the client waits: it closed first", closing.Blocks[1].Facts[0].Value);
    }

    // ESTABLISHED       <--  FA seq=5001 ack=1001   FIN-WAIT-1
    // CLOSE-WAIT  A seq=1001 ack=5002       -->     FIN-WAIT-2
    // LAST-ACK    FA seq=1001 ack=5002      -->     TIME-WAIT
    // CLOSED            <--  A seq=5002 ack=1002    TIME-WAIT
    [Fact]
    public void The_server_closes_first()
    {
        Script script = new Script().Open()
            .In(F | A, 5001, 1001, state: TcpState.CloseWait).Out(A, 1001, 5002, state: TcpState.CloseWait)
            .Out(F | A, 1001, 5002, state: TcpState.LastAck).In(A, 5002, 1002, state: TcpState.Closed);

        Assert.Equal(["CLOSE-WAIT FIN-WAIT-1*", "CLOSE-WAIT FIN-WAIT-2*", "LAST-ACK TIME-WAIT*", "CLOSED TIME-WAIT*"], script.States.Skip(3));
        Assert.Equal("the server waits: it closed first", script.Ladder.Sections[^1].Blocks[1].Facts[0].Value);
    }

    // FIN-WAIT-1  FA seq=1001 ack=5001      -->   CLOSE-WAIT
    // TIME-WAIT       <--  FA seq=5001 ack=1002   LAST-ACK      (two waves in one segment)
    // TIME-WAIT   A seq=1002 ack=5002       -->   CLOSED
    [Fact]
    public void A_peer_that_merges_two_waves_is_told_so()
    {
        Script script = new Script().Open().Out(F | A, 1001, 5001, state: TcpState.FinWait1)
            .In(F | A, 5001, 1002, state: TcpState.TimeWait).Out(A, 1002, 5002, state: TcpState.TimeWait);

        Section closing = script.Ladder.Sections[^1];
        Assert.Equal("Closing: four waves in three segments", closing.Title);
        Assert.Contains("share segment #5", closing.Paragraphs[0], StringComparison.Ordinal);
        Assert.Equal("merged into wave 3, #5", closing.Blocks[0].Facts[1].Value);
        Assert.All(closing.Blocks[0].Facts, fact => Assert.NotEqual(Tone.Bad, fact.Tone));
    }

    // FIN-WAIT-1  FA seq=1001 ack=5001  -->  ...
    // CLOSING           <--  FA seq=5001 ack=1001   FIN-WAIT-1    (had not seen ours)
    // CLOSING     A seq=1002 ack=5002       -->     TIME-WAIT
    // TIME-WAIT         <--  A seq=5002 ack=1002    TIME-WAIT
    [Fact]
    public void Both_close_at_once_and_the_guess_about_the_peer_is_taken_back()
    {
        Script script = new Script().Open().Out(F | A, 1001, 5001, state: TcpState.FinWait1).In(F | A, 5001, 1001, state: TcpState.Closing)
            .Out(A, 1002, 5002, state: TcpState.Closing).In(A, 5002, 1002, state: TcpState.TimeWait);

        Assert.Equal(["FIN-WAIT-1 CLOSE-WAIT*", "CLOSING FIN-WAIT-1*", "CLOSING TIME-WAIT*", "TIME-WAIT TIME-WAIT*"], script.States.Skip(3));
        Section closing = script.Ladder.Sections[^1];
        Assert.Equal("Closing: both at once", closing.Title);
        Assert.Contains(closing.Blocks[0].Facts, fact => fact.Value.Contains("1001: it had not seen u yet", StringComparison.Ordinal));
        Assert.Equal("both ends wait", closing.Blocks[1].Facts[0].Value);
    }

    [Fact]
    public void A_reset_ends_it_without_TIME_WAIT()
    {
        Script script = new Script().Open().Out(P | A, 1001, 5001, 10).In(R, 5001, state: TcpState.Closed);

        Assert.Equal("CLOSED CLOSED*", script.States.Last());
        Section closing = script.Ladder.Sections[^1];
        Assert.Equal("Closing: reset", closing.Title);
        Assert.Contains("The server ended it with RST in #5", closing.Paragraphs[0], StringComparison.Ordinal);
        Assert.Empty(closing.Blocks);
        Assert.Equal(0, script.Conversation.Totals.FalseEquations);
    }

    [Fact]
    public void A_closed_port_refuses()
    {
        Script script = new Script().Out(S, 1000, state: TcpState.SynSent).In(R | A, 0, 1001, state: TcpState.Closed);

        Assert.Equal("Opening: refused", Assert.Single(script.Ladder.Sections).Title);
        Assert.Equal("ack 1001 = their seq 1000 + 0 bytes + SYN 1", script.Arrows[1].Ack.ToString());
        Assert.Equal("CLOSED CLOSED*", script.States.Last());
    }

    [Fact]
    public void A_host_that_is_silent_gets_the_same_SYN_again()
    {
        Script script = new Script().Out(S, 1000, state: TcpState.SynSent).Fires(TcpTimer.Retransmission)
            .Out(S, 1000, state: TcpState.SynSent, note: SegmentNote.Retransmission);

        Assert.Equal("Opening: no answer", Assert.Single(script.Ladder.Sections).Title);
        Assert.True(script.Arrows[1].Seq!.Value.Holds);
        Assert.False(new Script().Out(S, 1000, state: TcpState.SynSent).Out(S, 1001, state: TcpState.SynSent).Arrows[1].Seq!.Value.Holds);
    }

    [Fact]
    public void Both_open_at_once()
    {
        Script script = new Script().Out(S, 1000, state: TcpState.SynSent).In(S, 5000, state: TcpState.SynReceived)
            .Out(S | A, 1000, 5001, state: TcpState.SynReceived).In(S | A, 5000, 1001);

        Assert.Equal("Opening: both at once", Assert.Single(script.Ladder.Sections).Title);
        Assert.Equal(["SYN-SENT SYN-RECEIVED*", "SYN-RECEIVED SYN-SENT*", "SYN-RECEIVED ESTABLISHED*"], script.States.Take(3));
        Assert.Equal(0, script.Conversation.Totals.FalseEquations);
    }

    [Fact]
    public void What_the_peer_still_sends_between_the_waves_is_told()
    {
        Script script = new Script().Open().Out(F | A, 1001, 5001, 20, state: TcpState.FinWait1).In(A, 5001, 1022, state: TcpState.FinWait2)
            .In(P | A, 5001, 1022, 33, state: TcpState.FinWait2).Out(A, 1022, 5034, state: TcpState.FinWait2)
            .In(F | A, 5034, 1022, state: TcpState.TimeWait).Out(A, 1022, 5035, state: TcpState.TimeWait);

        Section closing = script.Ladder.Sections[^1];
        Assert.Contains(closing.Paragraphs, text => text.Contains("33 bytes more", StringComparison.Ordinal));
        Assert.Contains("u = 1021 (relative 21), behind 20 bytes in the same segment", closing.Blocks[0].Facts[0].Value, StringComparison.Ordinal);
        Assert.All(closing.Blocks[0].Facts, fact => Assert.NotEqual(Tone.Bad, fact.Tone));
    }

    [Fact]
    public void A_wave_whose_relation_is_false_is_marked()
    {
        Script script = new Script().Open().Out(F | A, 1001, 5001, state: TcpState.FinWait1).In(A, 5001, 1002, state: TcpState.FinWait2)
            .In(F | A, 5001, 1002, state: TcpState.TimeWait).Out(A, 1003, 5002, state: TcpState.TimeWait);

        Assert.Contains(script.Ladder.Sections[^1].Blocks[0].Facts, fact => fact.Tone == Tone.Bad && fact.Value.Contains("1003 ≠ 1001 + 1 ✗", StringComparison.Ordinal));
        Assert.True(script.Conversation.Totals.FalseEquations > 0);
    }

    // ESTABLISHED       <--  R seq=9000           a blind reset: inside the window, not exact (RFC 5961 3.2)
    // ESTABLISHED  A seq=1001 ack=5001      -->   challenge ACK
    // ESTABLISHED       <--  10 bytes             the connection goes on
    [Fact]
    public void A_refused_reset_closes_nothing()
    {
        Script script = new Script().Open().In(R, 9000, note: SegmentNote.Refused).Out(A, 1001, 5001).In(P | A, 5001, 1001, length: 10);

        Assert.Equal("Data", script.Ladder.Sections[^1].Title);
        Assert.DoesNotContain(script.Ladder.Sections, section => section.Title.StartsWith("Closing", StringComparison.Ordinal));
    }

    // SYN-SENT  S seq=1000            -->
    // SYN-SENT       <--  R ack=7           acknowledges nothing of ours: thrown away (RFC 9293 3.10.7.3)
    // ESTABLISHED    <--  SA seq=5000 ack=1001
    [Fact]
    public void A_refused_reset_does_not_make_an_opening_a_refusal()
    {
        Script script = new Script().Out(S, 1000, state: TcpState.SynSent).In(R | A, 0, 7, state: TcpState.SynSent, note: SegmentNote.Refused)
            .In(S | A, 5000, 1001).Out(A, 1001, 5001);

        Assert.Equal("Opening: the three-way handshake", script.Ladder.Sections[0].Title);
    }
}
