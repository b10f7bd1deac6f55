using UserTcp.Tcp;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Tcp;

/// <summary>Keep-alives (RFC 9293 3.8.4) and the other things that a user sets while the connection is open.</summary>
public sealed class OptionTests
{
    private static readonly TcpSettings KeepAlive = Plain with
    {
        KeepAlive = true,
        KeepAliveTime = TimeSpan.FromSeconds(100),
        KeepAliveInterval = TimeSpan.FromSeconds(10),
        KeepAliveProbes = 3,
    };

    [Fact, Rfc("9293", "3.8.4", "MUST-25", "MUST-28")]
    public void Keep_alives_are_off_by_default_and_wait_for_two_hours()
    {
        Assert.False(new TcpSettings().KeepAlive);
        Assert.True(new TcpSettings().KeepAliveTime >= TimeSpan.FromHours(2));
    }

    [Fact, Rfc("9293", "3.8.4", "MUST-24")]
    public void Without_being_asked_to_nothing_is_sent_on_an_idle_connection()
    {
        using Dialogue d = Established();
        d.After(24 * 3_600_000);
        d.Is(TcpState.Established);
    }

    // us                                   peer
    //   100 s of silence
    //   seq=100, no data        -->           an old number: it answers
    //                           <--  ack=101
    //   100 s of silence
    //   seq=100 3 times, 10 s apart -->
    //   RST                     -->
    [Fact, Rfc("9293", "3.8.4", "MUST-26", "MUST-27")]
    public void A_silent_peer_is_asked_and_given_up_after_several_questions()
    {
        using Dialogue d = Established(KeepAlive);
        d.ExpectAfter(100_000, Ack(100, 1001));
        Assert.Equal(SegmentNote.KeepAlive, d.Sent[^1].Note);
        d.Inject(Ack(1001, 101));
        d.ExpectAfter(100_000, Ack(100, 1001));
        d.ExpectAfter(10_000, Ack(100, 1001));
        d.ExpectAfter(10_000, Ack(100, 1001));
        d.ExpectAfter(10_000, RstAck(101, 1001));
        d.Is(TcpState.Closed);
        d.FailedWith(TcpFailureReason.TimedOut);
    }

    [Fact, Rfc("9293", "3.8.4")]
    public void While_data_is_outstanding_there_are_no_keep_alives()
    {
        using Dialogue d = Established(KeepAlive with { MaximumRto = TimeSpan.FromSeconds(200) });
        d.Write(10);
        d.Expect(Push(101, 1001, 10));
        d.After(150_000, skipSent: true);
        Assert.DoesNotContain(d.Sent, segment => segment.Note == SegmentNote.KeepAlive);
    }

    [Fact, Rfc("9293", "3.8.4", "MUST-24")]
    public void It_can_be_switched_on_while_the_connection_is_open()
    {
        using Dialogue d = Established();
        d.After(30_000);
        d.Call("keep alive", connection => connection.Change(KeepAlive, d.Now));
        d.ExpectAfter(70_000, Ack(100, 1001));
    }

    // us                                   peer
    //   1000 s of silence, then the user wants keep-alives
    //   seq=100, no data        -->
    //   10 s
    //   seq=100, no data        -->
    //                           <--  ack=101
    [Fact, Rfc("9293", "3.8.4", "MUST-29")]
    public void Switched_on_after_a_long_silence_every_question_has_its_time()
    {
        using Dialogue d = Established();
        d.After(1_000_000);
        d.Call("keep alive", connection => connection.Change(KeepAlive, d.Now));
        d.ExpectAfter(0, Ack(100, 1001));
        Assert.Equal(d.Now + TimeSpan.FromSeconds(10), d.Connection.NextDeadline);
        d.ExpectAfter(10_000, Ack(100, 1001));
        d.Inject(Ack(1001, 101));
        d.Is(TcpState.Established);
        Assert.Equal(d.Now + TimeSpan.FromSeconds(100), d.Connection.NextDeadline);
    }

    [Fact, Rfc("9293", "3.8.4", "MUST-29")]
    public void A_process_that_was_stopped_asks_before_it_gives_up()
    {
        using Dialogue d = Established(KeepAlive);
        Instant late = d.Now + TimeSpan.FromSeconds(1000);
        int due = 0;
        for (; d.Connection.NextDeadline <= late && due < 10; due++) d.Connection.Advance(late);
        Assert.Equal((1, TcpState.Established), (due, d.State));
    }

    // us                                   peer
    // FIN-WAIT-2                           CLOSE-WAIT
    //   seq=101 3 times         -->         (gone; what it still had to say will never come)
    [Fact, Rfc("9293", "3.8.4")]
    public void Who_still_reads_after_a_half_close_hears_that_the_peer_is_gone()
    {
        using Dialogue d = In(TcpState.FinWait2, KeepAlive);
        d.ExpectAfter(100_000, Ack(101, 1001));
        d.ExpectAfter(10_000, Ack(101, 1001));
        d.ExpectAfter(10_000, Ack(101, 1001));
        d.ExpectAfter(10_000, RstAck(102, 1001));
        d.FailedWith(TcpFailureReason.TimedOut);
    }

    [Fact, Rfc("9293", "3.7.4")]
    public void A_cork_gathers_small_writes_until_it_is_drawn()
    {
        using Dialogue d = Established();
        d.Call("cork", connection => connection.Change(Plain with { Cork = true }, d.Now));
        d.Write(40);
        d.Write(1460 + 40);
        d.ExpectData(101, 1460, push: false);
        d.Inject(Ack(1001, 1561));
        d.Call("uncork", connection => connection.Change(Plain, d.Now));
        d.ExpectData(1561, 80, push: true);
    }

    [Fact]
    public void A_cork_that_is_forgotten_holds_no_longer_than_an_RTO()
    {
        using Dialogue d = Established(Plain with { Cork = true });
        d.Write(40);
        d.ExpectAfter(200, Push(101, 1001, 40));
    }

    [Fact]
    public void NoDelay_lets_out_what_the_cork_holds()
    {
        using Dialogue d = Established(Plain with { Cork = true });
        d.Write(40);
        d.Call("no delay", connection => connection.Change(Plain with { Cork = true, NoDelay = true }, d.Now));
        d.ExpectData(101, 40, push: true);
        d.Write(40); // held again
    }

    [Fact]
    public void What_belongs_to_more_waits_for_it()
    {
        using Dialogue d = Established(Plain with { NoDelay = true });
        d.WritePart(40);
        d.WritePart(1460);
        d.ExpectData(101, 1460, push: false);
        d.Write(10);
        d.ExpectData(1561, 50, push: true);
    }

    [Fact]
    public void More_that_does_not_come_is_waited_for_until_the_next_acknowledgment()
    {
        using Dialogue d = Established(Plain with { NoDelay = true });
        d.WritePart(1460 + 40);
        d.ExpectData(101, 1460, push: false);
        d.Inject(Ack(1001, 1561));
        d.ExpectData(1561, 40, push: false); // the rest may still come
    }

    [Fact]
    public void More_that_does_not_come_is_waited_for_no_longer_than_an_RTO()
    {
        using Dialogue d = Established(Plain);
        d.WritePart(40);
        d.ExpectAfter(200, Push(101, 1001, 40));
    }

    [Fact]
    public void FIN_takes_along_what_the_cork_holds()
    {
        using Dialogue d = Established(Plain with { Cork = true });
        d.Write(40);
        d.CloseWrite();
        d.Expect(Fin(101, 1001, 40, push: true));
    }

    [Fact]
    public void FIN_WAIT_2_without_a_user_lasts_as_long_as_is_set()
    {
        using Dialogue d = Established(Plain with { FinWait2Timeout = TimeSpan.FromSeconds(3) });
        d.Close();
        d.Expect(Fin(101, 1001));
        d.Inject(Ack(1001, 102));
        d.After(2999);
        d.Is(TcpState.FinWait2);
        d.After(1);
        d.Is(TcpState.Closed);
    }
}
