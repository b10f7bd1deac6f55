using UserTcp.Tcp;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Tcp;

/// <summary>What closing does with data that is not delivered yet (packetimpact: tcp_linger).</summary>
public sealed class LingerTests
{
    private static readonly TcpSettings AtOnce = Plain with { Linger = TimeSpan.Zero }, TwoSeconds = Plain with { Linger = TimeSpan.FromSeconds(2) };

    [Theory, Rfc("9293", "3.10.5"), Rfc("1122", "4.2.2.13")]
    [InlineData(TcpState.Established)]
    [InlineData(TcpState.FinWait2)]
    [InlineData(TcpState.CloseWait)]
    public void With_a_linger_time_of_zero_closing_resets(TcpState state)
    {
        using Dialogue d = In(state, AtOnce);
        d.Close();
        d.Expect(RstAck(state == TcpState.FinWait2 ? 102u : 101, state == TcpState.CloseWait ? 1002u : 1001));
        d.Is(TcpState.Closed);
        d.FailedWith(TcpFailureReason.Aborted);
    }

    // us                                   peer
    // seq=101..200            -->
    // RST seq=201             -->           whether or not it has the data
    [Fact, Rfc("9293", "3.10.5")]
    public void With_a_linger_time_of_zero_what_is_queued_is_forgotten()
    {
        using Dialogue d = Established(AtOnce, window: 100);
        d.Write(300);
        d.ExpectData(101, 100, push: true);
        d.Close();
        d.Expect(RstAck(201, 1001));
        d.Is(TcpState.Closed);
    }

    [Fact, Rfc("9293", "3.10.5")]
    public void With_a_linger_time_of_zero_a_connection_that_is_not_open_is_only_deleted()
    {
        using Dialogue d = new(AtOnce);
        d.Connect();
        d.Expect(Syn(100));
        d.Close();
        d.Is(TcpState.Closed);
    }

    [Fact, Rfc("9293", "3.6.1", "MUST-13")]
    public void TIME_WAIT_is_kept_in_spite_of_a_linger_time_of_zero()
    {
        using Dialogue d = In(TcpState.TimeWait, AtOnce);
        d.Close();
        d.Is(TcpState.TimeWait);
    }

    // The half-close is none that lingers: only when both directions are closed is nobody left who could care for the data.
    [Fact, Rfc("9293", "3.6")]
    public void The_half_close_sends_FIN_whatever_the_linger_time_is()
    {
        using Dialogue d = Established(AtOnce);
        d.CloseWrite();
        d.Expect(Fin(101, 1001));
        d.Inject(Push(1001, 102, 10));
        d.Expect(Ack(102, 1011));
        d.Read(10);
    }

    // us                                   peer
    // seq=101..200 FIN        -->
    //   200, 400 … ms         -->           again, and no acknowledgment
    //   2 s: RST              -->
    [Fact, Rfc("9293", "3.10.4"), Rfc("9293", "3.10.5")]
    public void A_linger_time_that_runs_out_resets_what_is_not_delivered()
    {
        using Dialogue d = Established(TwoSeconds);
        d.Write(100);
        d.ExpectData(101, 100, push: true);
        d.Close();
        d.Expect(Fin(201, 1001));
        d.After(1999, skipSent: true);
        d.Is(TcpState.FinWait1);
        d.After(1);
        d.Expect(RstAck(202, 1001));
        d.Is(TcpState.Closed);
        d.FailedWith(TcpFailureReason.Aborted);
    }

    [Fact, Rfc("9293", "3.10.4")]
    public void What_is_delivered_within_the_linger_time_is_told_and_ends_it()
    {
        using Dialogue d = Established(TwoSeconds);
        d.Write(100);
        d.ExpectData(101, 100, push: true);
        d.Close();
        d.Expect(Fin(201, 1001));
        d.Connection.TakeSignals();
        d.Inject(Ack(1001, 201)); // the data, but not the FIN
        Assert.Equal(TcpSignals.None, d.Connection.TakeSignals());
        d.Inject(Ack(1001, 202));
        Assert.Equal(TcpSignals.Delivered, d.Connection.TakeSignals());
        d.After(59_999); // the wait for the peer's FIN is another
        d.Is(TcpState.FinWait2);
    }

    [Fact, Rfc("9293", "3.10.4")]
    public void A_linger_time_holds_in_LAST_ACK_too()
    {
        using Dialogue d = In(TcpState.CloseWait, TwoSeconds);
        d.Close();
        d.Expect(Fin(101, 1002));
        d.After(1999, skipSent: true);
        d.Is(TcpState.LastAck);
        d.After(1); // in LAST-ACK the connection is only deleted (RFC 9293 3.10.5)
        d.Is(TcpState.Closed);
    }

    [Fact, Rfc("2525", "2.17")]
    public void With_data_unread_closing_resets_whatever_the_linger_time_is()
    {
        using Dialogue d = Established(TwoSeconds);
        d.Inject(Push(1001, 101, 10));
        d.Expect(Ack(101, 1011));
        d.Close();
        d.Expect(RstAck(101, 1011));
    }
}
