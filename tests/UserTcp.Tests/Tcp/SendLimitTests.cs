using UserTcp.Tcp;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Tcp;

/// <summary>What a sender tells of itself: what limits it, how long, and how far the path reorders. And how lost bursts leave again.</summary>
public sealed class SendLimitTests
{
    private static readonly TcpSettings Sack = Plain with { SelectiveAcknowledgments = true };

    [Fact]
    public void The_time_that_the_peers_window_costs_is_measured()
    {
        using Dialogue d = Established(window: 1000);
        Assert.Equal(SendLimit.Idle, d.Connection.Info.Limit);
        d.After(50);
        d.Write(1500);
        d.ExpectData(101, 1000, push: true);
        Assert.Equal(SendLimit.ReceiveWindow, d.Connection.Info.Limit);
        d.After(30);
        d.Inject(Ack(1001, 1101, 2000));
        d.ExpectData(1101, 500, push: true);
        d.After(20);
        d.Inject(Ack(1001, 1601, 2000));
        TcpInfo info = d.Connection.Info;
        Assert.Equal(SendLimit.Idle, info.Limit);
        Assert.Equal(TimeSpan.FromMilliseconds(30), info.ReceiveWindowLimitedTime);
        Assert.Equal(TimeSpan.FromMilliseconds(50), info.BusyTime);
    }

    [Fact]
    public void The_time_that_a_small_send_buffer_costs_is_measured()
    {
        using Dialogue d = Established(Plain with { SendBufferSize = 2920 });
        d.Write(5000, all: false);
        d.ExpectData(101, 1460, push: false);
        d.ExpectData(1561, 1460, push: true);
        Assert.Equal(SendLimit.SendBuffer, d.Connection.Info.Limit);
        d.After(30);
        d.Inject(Ack(1001, 3021));
        Assert.Equal(TimeSpan.FromMilliseconds(30), d.Connection.Info.SendBufferLimitedTime);
        Assert.Equal(TimeSpan.FromMilliseconds(30), d.Connection.Info.BusyTime);
    }

    [Fact]
    public void The_degree_of_reordering_is_the_distance_to_the_highest_that_had_overtaken()
    {
        using Dialogue d = WithSack(rtt: 100);
        d.Write(9 * 1460, all: true, skipSent: true);
        Assert.Equal(3, d.Connection.Info.ReorderingDegree);
        d.After(100);
        d.Inject(Ack(1001, 101) with { Sack = [6 * 1460 + 101, 7 * 1460 + 101] });
        d.Inject(Ack(1001, 101) with { Sack = [2 * 1460 + 101, 3 * 1460 + 101, 6 * 1460 + 101, 7 * 1460 + 101] });
        Assert.Equal(5, d.Connection.Info.ReorderingDegree); // the third of the segments after the seventh
    }

    // Three bursts of two and one more leave, the second burst is lost.
    [Fact]
    public void Neighbours_of_one_burst_leave_again_as_a_burst_that_ends_with_PSH()
    {
        using Dialogue d = WithSack(rtt: 100);
        d.Write(1460, all: true, skipSent: true);
        d.After(100);
        d.Inject(Ack(1001, 1561));
        d.Write(7 * 1460, all: true, skipSent: true);
        d.After(100);
        d.Inject(Ack(1001, 1561 + 2 * 1460) with { Sack = [1561 + 4 * 1460, 1561 + 7 * 1460] });
        d.ExpectData(1561 + 2 * 1460, 1460, push: false);
        d.ExpectData(1561 + 3 * 1460, 1460, push: true);
    }

    [Fact, Rfc("8985", "7.3")]
    public void A_probe_takes_the_place_of_the_timeout_that_is_due_at_the_same_time()
    {
        using Dialogue d = WithSack(rtt: 100);
        d.CloseWrite();
        d.Expect(Fin(101, 1001));
        Instant due = d.Now + TimeSpan.FromMilliseconds(300);
        Assert.Equal(due, d.Connection.NextDeadline);
        d.Call("time passes twice before anything is sent", connection =>
        {
            connection.Advance(due);
            connection.Advance(due);
        });
        d.Expect(Fin(101, 1001));
        Assert.Equal(RecoveryState.Open, d.Connection.Info.Recovery);
    }

    private static Dialogue WithSack(int rtt)
    {
        var d = new Dialogue(Sack);
        d.Connect();
        d.Expect(Syn(100) with { SackOk = true });
        d.After(rtt);
        d.Inject(SynAck(1000, 101, mss: 1460) with { SackOk = true });
        d.Expect(Ack(101, 1001) with { Sack = [] });
        return d;
    }
}
