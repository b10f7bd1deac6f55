using UserTcp.Tcp;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Tcp;

/// <summary>A limit that the user sets, also while the connection is open, for what is sent, for a window that stays closed and for keep-alives
/// (packetimpact: tcp_user_timeout, tcp_zero_window_probe_usertimeout).</summary>
/// <remarks>Without such a limit: SendTests, Retransmission_backs_off_until_the_user_timeout and A_closed_window_is_probed_with_back_off.</remarks>
public sealed class UserTimeoutTests
{
    private static readonly TcpSettings Limited = Plain with { UserTimeout = TimeSpan.FromSeconds(3) };

    [Fact, Rfc("9293", "3.8.3", "MUST-21")]
    public void It_can_be_set_while_data_is_unacknowledged()
    {
        using Dialogue d = Established();
        d.Write(10);
        d.Expect(Push(101, 1001, 10));
        d.After(2000, skipSent: true);
        d.Call("user timeout", connection => connection.Change(Limited, d.Now));
        d.After(999, skipSent: true);
        d.Is(TcpState.Established);
        d.After(1);
        d.Is(TcpState.Closed);
        d.FailedWith(TcpFailureReason.TimedOut);
    }

    [Fact, Rfc("9293", "3.8.3", "MUST-21")]
    public void It_can_be_lifted_again()
    {
        using Dialogue d = Established(Limited);
        d.Write(10);
        d.Expect(Push(101, 1001, 10));
        d.After(2000, skipSent: true);
        d.Call("no user timeout", connection => connection.Change(Plain, d.Now));
        d.After(600_000, skipSent: true);
        d.Is(TcpState.Established);
    }

    // us                                   peer
    //   200 ms: seq=100       -->           a probe
    //                         <--  ack=101 win=0
    //   400, 800, 1600 ms     -->           and so on: it answers, and yet nothing can be sent
    //   3 s after the first probe: closed
    [Fact, Rfc("9293", "3.8.3", "MUST-21")]
    public void A_window_that_stays_closed_is_waited_for_no_longer_than_that_even_if_the_peer_answers()
    {
        using Dialogue d = Established(Limited, window: 0);
        d.Write(10);
        foreach (int wait in (int[])[200, 400, 800, 1600])
        {
            d.ExpectAfter(wait, Ack(100, 1001));
            d.Inject(Ack(1001, 101, window: 0));
        }
        d.After(199);
        d.Is(TcpState.Established);
        d.After(1);
        d.Is(TcpState.Closed);
        d.FailedWith(TcpFailureReason.TimedOut);
    }

    [Fact, Rfc("9293", "3.8.3", "MUST-21")]
    public void A_window_that_opens_lets_it_start_anew()
    {
        using Dialogue d = Established(Limited, window: 0);
        d.Write(10);
        foreach (int wait in (int[])[200, 400, 800, 1600]) d.ExpectAfter(wait, Ack(100, 1001));
        d.Inject(Ack(1001, 101, window: 1000));
        d.Expect(Push(101, 1001, 10));
        d.After(2999, skipSent: true);
        d.Is(TcpState.Established);
        d.After(1);
        d.Is(TcpState.Closed);
    }

    // Linux: TCP_USER_TIMEOUT takes the place of TCP_KEEPCNT.
    [Fact, Rfc("9293", "3.8.4", "MUST-29")]
    public void It_counts_in_place_of_the_number_of_keep_alives()
    {
        using Dialogue d = Established(Limited with
        {
            KeepAlive = true,
            KeepAliveTime = TimeSpan.FromSeconds(2),
            KeepAliveInterval = TimeSpan.FromMilliseconds(300),
            KeepAliveProbes = 1,
        });
        d.ExpectAfter(2000, Ack(100, 1001));
        foreach (int _ in (int[])[1, 2, 3]) d.ExpectAfter(300, Ack(100, 1001));
        d.ExpectAfter(300, RstAck(101, 1001)); // 3.2 s of silence
        d.FailedWith(TcpFailureReason.TimedOut);
    }

    [Fact, Rfc("9293", "3.8.4", "MUST-29")]
    public void A_peer_is_asked_before_it_is_given_up()
    {
        using Dialogue d = Established(Limited with { KeepAlive = true, KeepAliveTime = TimeSpan.FromSeconds(10), KeepAliveInterval = TimeSpan.FromSeconds(1) });
        d.ExpectAfter(10_000, Ack(100, 1001));
        d.ExpectAfter(1000, RstAck(101, 1001));
    }
}
