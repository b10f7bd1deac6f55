using UserTcp.Tcp;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Tcp;

/// <summary>What connections add to the counters of their stack.</summary>
public sealed class CounterTests
{
    [Fact]
    public void Changes_of_state_are_counted_as_in_the_TCP_MIB()
    {
        using (Dialogue d = Dialogue.In(TcpState.TimeWait))
        {
            Assert.Equal(new StackCounters { ActiveOpens = 1, TimeWaits = 1 }, d.Counters);
        }
        using (Dialogue d = Dialogue.In(TcpState.SynReceived))
        {
            d.Inject(Rst(1001));
            Assert.Equal(new StackCounters { PassiveOpens = 1, FailedAttempts = 1 }, d.Counters);
        }
        using (Dialogue d = Dialogue.In(TcpState.CloseWait))
        {
            d.Inject(Rst(1002));
            Assert.Equal(new StackCounters { ActiveOpens = 1, EstablishedResets = 1 }, d.Counters);
        }
        using (Dialogue d = Dialogue.In(TcpState.LastAck)) // an orderly end is none of these
        {
            d.Inject(Ack(1002, 102));
            Assert.Equal(new StackCounters { ActiveOpens = 1 }, d.Counters);
        }
    }

    [Fact]
    public void A_SYN_without_an_answer_counts_its_repeats_and_its_end()
    {
        using var d = new Dialogue();
        d.Connect();
        d.Expect(Syn(100));
        foreach (int seconds in (int[])[1, 2, 4, 8, 16]) d.ExpectAfter(seconds * 1000, Syn(100));
        d.After(32_000);
        Assert.Equal(
            new StackCounters { ActiveOpens = 1, FailedAttempts = 1, SynRetransmissions = 5, Retransmissions = 5, ConnectionsTimedOut = 1 }, d.Counters);
    }

    [Fact]
    public void Data_ahead_of_a_gap_and_data_that_comes_twice_are_counted()
    {
        using var d = new Dialogue(new TcpSettings { Timestamps = false, WindowScaling = false });
        d.Connect();
        d.Expect(Syn(100));
        d.Inject(SynAck(1000, 101, mss: 1460) with { SackOk = true });
        d.Expect(Ack(101, 1001));
        d.Inject(Data(1101, 101, 100));
        d.Expect(Ack(101, 1001));
        d.Inject(Data(1101, 101, 100));
        d.Expect(Ack(101, 1001));
        d.Inject(Data(900, 101, 50));
        d.Expect(Ack(101, 1001));
        Assert.Equal((2, 2, 1), (d.Counters.OutOfOrder, d.Counters.DuplicateSacksSent, d.Counters.OutOfWindow));
    }
}
