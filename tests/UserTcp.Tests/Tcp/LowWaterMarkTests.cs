using UserTcp.Tcp;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Tcp;

/// <summary>How much may be written ahead of what can be sent (TCP_NOTSENT_LOWAT in Linux).</summary>
public sealed class LowWaterMarkTests
{
    private static readonly TcpSettings Marked = Plain with { NotSentLowWaterMark = 4000 };

    [Fact]
    public void No_more_is_taken_than_the_mark_allows_to_be_unsent()
    {
        using Dialogue d = Established(Marked, window: 1000);
        d.Write(100_000, all: false);
        d.ExpectData(101, 1000, push: true);
        Assert.Equal(3000, d.Connection.Info.BytesNotSent);
        Assert.Equal(1460, d.Connection.SendRoom); // a full segment at least, or the last would be a crumb
        d.Write(2000, all: false);
        Assert.Equal(4460, d.Connection.Info.BytesNotSent);
        Assert.Equal(0, d.Connection.SendRoom);
    }

    [Fact]
    public void Sending_and_not_only_acknowledgment_makes_room()
    {
        using Dialogue d = Established(Marked, window: 1000);
        d.Write(100_000, all: false);
        d.ExpectData(101, 1000, push: true);
        d.Connection.TakeSignals();
        d.Inject(Ack(1001, 101, window: 1900)); // a window of crumbs: nothing leaves
        Assert.Equal(TcpSignals.None, d.Connection.TakeSignals());
        d.Inject(Ack(1001, 101, window: 3920));
        d.ExpectData(1101, 1460, push: false);
        d.ExpectData(2561, 1460, push: true);
        Assert.Equal(TcpSignals.Writable, d.Connection.TakeSignals());
    }

    [Fact]
    public void It_can_be_lifted_while_a_writer_waits()
    {
        using Dialogue d = Established(Marked, window: 0);
        d.Write(100_000, all: false);
        Assert.Equal(4000, d.Connection.Info.BytesNotSent);
        d.Connection.TakeSignals();
        d.Call("no mark", connection => connection.Change(Plain, d.Now));
        Assert.Equal(TcpSignals.Writable, d.Connection.TakeSignals());
    }
}
