using UserTcp.Tcp;
using UserTcp.Tests.Tcp;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Host;

/// <summary>A listener with too many guests: the accept queue, and what becomes of connections that nobody takes.</summary>
public sealed class ListenerTests
{
    private const byte SynAckFlags = WireSegment.Syn | WireSegment.Ack;

    // backlog 2                                   four clients
    //   S.        each SYN is answered     -->
    //             <--    .  .  .  .        the first two connections fill the queue, the others' ACKs are ignored
    //             <--    S                 a fifth client's SYN is ignored
    //   accept
    //   S.        again after 1 s          -->
    //             <--    .                 now there is room
    [Fact, Rfc("9293", "3.10.7.2")]
    public void With_a_full_accept_queue_final_ACKs_wait_and_SYNs_are_ignored()
    {
        NetStackDriver driver = new(backlog: 2) { Accepting = false };
        uint[] ours = [.. Enumerable.Range(0, 4).Select(i => Assert.Single(driver.Segment(Syn(1000, mss: 1460), Port(i))).Seq)];
        for (int i = 0; i < 4; i++) Assert.Empty(driver.Segment(Ack(1001, ours[i] + 1), Port(i)));
        Assert.Empty(driver.Segment(Push(1001, ours[2] + 1, 100), Port(2))); // the client is sure that it is connected
        Assert.Empty(driver.Segment(Syn(1000, mss: 1460), Port(4)));
        StackCounters counters = driver.Net.Counters;
        Assert.Equal((4, 1, 4), (counters.PassiveOpens, counters.ListenDrops, counters.ListenOverflows));

        driver.Accept();
        Assert.Equal(2, driver.Accepted.Count);
        List<WireSegment> repeats = driver.After(TimeSpan.FromSeconds(1));
        Assert.Equal([SynAckFlags, SynAckFlags], repeats.Select(r => r.Flags));
        driver.Segment(Push(1001, ours[2] + 1, 100), Port(2)); // the data comes again too
        driver.Segment(Ack(1001, ours[3] + 1), Port(3));
        driver.Accept();
        Assert.Equal(4, driver.Accepted.Count);
        Assert.Equal(100, driver.Accepted[2].Connection.AvailableToRead);
        Assert.Equal(SynAckFlags, Assert.Single(driver.Segment(Syn(1000, mss: 1460), Port(4))).Flags);
    }

    [Fact, Rfc("9293", "3.10.7.4")]
    public void A_full_accept_queue_does_not_keep_a_RST_from_ending_a_half_open_connection()
    {
        NetStackDriver driver = new(backlog: 1) { Accepting = false };
        uint first = Assert.Single(driver.Segment(Syn(1000), Port(0))).Seq, second = Assert.Single(driver.Segment(Syn(1000), Port(1))).Seq;
        driver.Segment(Ack(1001, first + 1), Port(0));
        Assert.Equal(2, driver.Net.ConnectionCount);
        Assert.Empty(driver.Segment(RstAck(1001, second + 1), Port(1)));
        Assert.Equal(1, driver.Net.ConnectionCount);
        Assert.Equal(WireSegment.Rst, Assert.Single(driver.Segment(Ack(1001, second + 1), Port(1))).Flags); // back in LISTEN
    }

    [Fact, Rfc("9293", "3.10.4"), Rfc("2525", "2.17")]
    public void Closing_a_listener_resets_what_nobody_has_accepted()
    {
        NetStackDriver driver = new() { Accepting = false };
        uint open = Assert.Single(driver.Segment(Syn(1000), Port(0))).Seq, half = Assert.Single(driver.Segment(Syn(1000), Port(1))).Seq;
        driver.Segment(Ack(1001, open + 1), Port(0));
        driver.CloseListener();
        Assert.Equal(
            [(open + 1, (byte)(WireSegment.Rst | WireSegment.Ack)), (half + 1, (byte)(WireSegment.Rst | WireSegment.Ack))],
            driver.Pull().Select(s => (s.Seq, s.Flags)));
        Assert.Equal(0, driver.Net.ConnectionCount);
        Assert.Equal(WireSegment.Rst | WireSegment.Ack, Assert.Single(driver.Segment(Syn(1000), Port(2))).Flags);
    }

    [Fact, Rfc("9293", "3.9.1.1", "MUST-41", "MUST-42", "MUST-44")]
    public void One_can_listen_on_the_port_of_a_connection_that_is_being_opened()
    {
        NetStackDriver driver = new();
        Assert.True(driver.TryConnect(443, out TcpSlot? slot, out _));
        Assert.Equal(NetStackDriver.Ours, slot!.Connection.Tuple.Local.Address);
        Assert.True(driver.Net.TryListen(slot.Connection.Tuple.Local.Port, 1, driver, out _));
        Assert.Equal(TcpState.SynSent, slot.Connection.State);
    }

    [Theory, Rfc("9293", "3.10.7.2", "first", "fourth")]
    [InlineData(0)] // a "null scan"
    [InlineData(WireSegment.Fin)]
    [InlineData(WireSegment.Fin | WireSegment.Syn)]
    [InlineData(WireSegment.Fin | WireSegment.Psh | 0x20)] // an "xmas scan"
    [InlineData(WireSegment.Rst)]
    [InlineData(WireSegment.Rst | WireSegment.Syn)]
    [InlineData(WireSegment.Rst | WireSegment.Ack)]
    [InlineData(0x20)]
    public void A_listener_ignores_what_neither_opens_nor_acknowledges(int flags)
    {
        NetStackDriver driver = new();
        Assert.Empty(driver.Segment(new() { Seq = 1000, Flags = (byte)flags }));
        Assert.Equal(0, driver.Net.ConnectionCount);
    }

    [Theory, Rfc("9293", "3.10.7.2", "second")]
    [InlineData(WireSegment.Ack)]
    [InlineData(WireSegment.Ack | WireSegment.Fin)]
    [InlineData(WireSegment.Ack | WireSegment.Syn)]
    [InlineData(0xff & ~WireSegment.Rst)] // all but RST
    public void A_listener_that_has_sent_no_cookies_answers_every_ACK_with_RST(int flags)
    {
        NetStackDriver driver = new();
        WireSegment answer = Assert.Single(driver.Segment(new() { Seq = 1000, AckNumber = 5000, Flags = (byte)flags }));
        Assert.Equal((5000u, WireSegment.Rst), (answer.Seq, answer.Flags));
        Assert.Equal(1, driver.Net.Counters.ResetsSent);
    }

    [Fact]
    public void A_stack_that_has_as_many_connections_as_it_may_says_so_and_promises_only_cookies()
    {
        NetStackDriver driver = new(maximumConnections: 2);
        Assert.True(driver.TryConnect(443, out _, out _));
        driver.Pull();
        uint ours = Assert.Single(driver.Segment(Syn(1000), Port(0))).Seq;
        driver.Segment(Ack(1001, ours + 1), Port(0));
        Assert.False(driver.TryConnect(443, out _, out TcpFailure? failure));
        Assert.Equal(TcpFailureReason.TooManyConnections, failure!.Reason);
        WireSegment cookie = Assert.Single(driver.Segment(Syn(1000), Port(1)));
        Assert.Empty(driver.Segment(Ack(1001, cookie.Seq + 1), Port(1)));
        Assert.Equal(2, driver.Net.ConnectionCount);
        driver.Segment(Rst(1001), Port(0));
        driver.Segment(Ack(1001, cookie.Seq + 1), Port(1));
        Assert.Equal((2, 2), (driver.Net.ConnectionCount, driver.Accepted.Count));
        Assert.Equal(2, driver.Net.Counters.ConnectionsRefused);
    }

    // us (a server)                         as many clients as may wait, and one more
    // TIME-WAIT                             CLOSED
    [Fact]
    public void TIME_WAIT_is_bounded_and_the_oldest_goes()
    {
        NetStackDriver driver = new();
        for (int i = 0; i <= Budgets.TimeWaitConnections; i++)
        {
            uint ours = Assert.Single(driver.Segment(Syn(1000, mss: 1460), Port(i))).Seq + 1;
            driver.Segment(Ack(1001, ours), Port(i));
            driver.Net.CloseWrite(driver.Accepted[^1], driver.Now);
            Assert.Equal(WireSegment.Fin | WireSegment.Ack, Assert.Single(driver.Pull()).Flags);
            WireSegment last = Assert.Single(driver.Segment(Fin(1001, ours + 1), Port(i)));
            Assert.Equal((WireSegment.Ack, 1002u), (last.Flags, last.AckNumber)); // the peer's FIN is acknowledged even for the last
        }
        Assert.Equal(Budgets.TimeWaitConnections, driver.Net.ConnectionCount);
        Assert.Equal((TcpState.Closed, TcpState.TimeWait), (driver.Accepted[0].Connection.State, driver.Accepted[1].Connection.State));
        Assert.Equal(1, driver.Net.Counters.TimeWaitOverflows);
        driver.After(TimeSpan.FromSeconds(60));
        Assert.Equal(0, driver.Net.ConnectionCount);
    }

    // us                                    a client that sends the last bytes of its window, again and again another one
    // ESTABLISHED     <--  seq=1001+60000
    [Fact]
    public void What_is_kept_ahead_of_gaps_is_bounded_for_all_connections_together()
    {
        const int Ahead = 60_000;
        NetStackDriver driver = new();
        int clients = (int)(Budgets.OutOfOrderBytes / Ahead) + 2;
        List<uint> ours = [];
        for (int i = 0; i < clients; i++)
        {
            ours.Add(Assert.Single(driver.Segment(Syn(1000, mss: 1460), Port(i))).Seq + 1);
            driver.Segment(Ack(1001, ours[i]), Port(i));
            driver.Segment(Data(1001 + Ahead, ours[i], 1), Port(i));
        }
        StackCounters counters = driver.Net.Counters;
        Assert.Equal((2, 0, 0), (counters.OutOfOrderForgotten, Kept(0), Kept(1))); // those that have waited longest
        Assert.Equal((Ahead + 1, Ahead + 1), (Kept(2), Kept(clients - 1)));
        Assert.InRange(driver.Net.OutOfOrderBytes, Budgets.OutOfOrderBytes - Ahead - 1, Budgets.OutOfOrderBytes);

        driver.Segment(Rst(1001), Port(2)); // ended connections hold nothing
        driver.Segment(Data(1001 + Ahead, ours[0], 1), Port(0));
        Assert.Equal((2, Ahead + 1), (counters.OutOfOrderForgotten, Kept(0)));

        // What was forgotten comes again, and nothing of it was made up.
        Assert.Equal(1002u, Assert.Single(driver.Segment(Push(1001, ours[1], 1), Port(1))).AckNumber);
        for (uint at = 1; at < Ahead; at += 1000) driver.Segment(Data(1001 + at, ours[1], (int)Math.Min(1000, Ahead - at)), Port(1));
        Assert.Equal(Ahead, driver.Accepted[1].Connection.AvailableToRead);
        Assert.Equal(2, counters.OutOfOrderForgotten);

        int Kept(int client) => driver.Accepted[client].Connection.OutOfOrderReach;
    }

    // us                                    silent strangers, and after an hour an honest client that loses a segment
    //   ack=1001        3 times -->         which sends it again
    [Fact, Rfc("5681", "4.2")]
    public void Silent_strangers_do_not_take_loss_recovery_from_everybody()
    {
        NetStackDriver driver = new();
        for (int i = 0; i < 1100; i++)
        {
            uint theirs = Assert.Single(driver.Segment(Syn(1000, mss: 1460), Port(i))).Seq + 1;
            driver.Segment(Ack(1001, theirs), Port(i));
            driver.Segment(Data(1001 + 65_534, theirs, 1), Port(i));
        }
        driver.After(TimeSpan.FromHours(1));
        uint ours = Assert.Single(driver.Segment(Syn(1000, mss: 1460), Port(1100))).Seq + 1;
        driver.Segment(Ack(1001, ours), Port(1100));
        for (uint i = 1; i <= 3; i++) Assert.Equal(1001u, Assert.Single(driver.Segment(Data(1001 + i * 1000, ours, 1000), Port(1100))).AckNumber);
        Assert.Equal(5001u, Assert.Single(driver.Segment(Data(1001, ours, 1000), Port(1100))).AckNumber);
    }

    [Fact, Rfc("6056", "3.2"), Rfc("6056", "3.3.1")]
    public void Ports_are_unrelated_and_the_last_free_one_is_found()
    {
        const int Ports = 65_536 - 1037;
        NetStackDriver driver = new(tcp: Plain with { SynRetries = 0 }); // forgotten soon
        HashSet<ushort> seen = [];
        int neighbours = 0;
        ushort before = 0;
        for (int i = 0; i < Ports; i++)
        {
            Assert.True(driver.TryConnect(443, out TcpSlot? slot, out _));
            ushort port = slot!.Connection.Tuple.Local.Port;
            Assert.True(port >= 1024 && seen.Add(port));
            if (i < 1000 && Math.Abs(port - before) < 100) neighbours++;
            before = port;
        }
        Assert.True(neighbours < 30);
        Assert.False(driver.TryConnect(443, out _, out TcpFailure? failure));
        Assert.Equal(TcpFailureReason.TooManyConnections, failure!.Reason);
        Assert.True(driver.TryConnect(444, out _, out _)); // another peer
    }

    private static ushort Port(int client) => (ushort)(10_000 + client);
}
