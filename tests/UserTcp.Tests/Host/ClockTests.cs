using System.Net;
using UserTcp.Link;

namespace UserTcp.Tests.Host;

/// <summary>The stack's time never goes back, whoever calls it.</summary>
public sealed class ClockTests
{
    // caller                        reader thread
    //                               asks the link at 1.000 s
    // sends at 1.001 s
    //                               gets the answer, with the time 1.000 s
    [Fact, Rfc("6298", "2")]
    public async Task A_batch_that_was_asked_for_before_the_last_send_makes_no_negative_round_trip()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        TwinWire wire = new();
        await using Stack client = new(new AskedEarlier(wire.Left), new() { Address = StackPair.ClientAddress, PrefixLength = 24 });
        await using Stack server = new(wire.Right, new() { Address = StackPair.ServerAddress, PrefixLength = 24 });
        await using TcpListener listener = server.Listen(7);
        ValueTask<TcpStream> accepting = listener.AcceptAsync(token);
        await using TcpStream stream = await client.ConnectAsync(new IPEndPoint(StackPair.ServerAddress, 7), token);
        await using TcpStream accepted = await accepting;
        byte[] buffer = new byte[1];
        for (int i = 0; i < 10; i++)
        {
            await stream.WriteAsync(buffer, token);
            await accepted.ReadExactlyAsync(buffer, token);
            await accepted.WriteAsync(buffer, token);
            await stream.ReadExactlyAsync(buffer, token);
        }
        Assert.True(stream.Info.MinimumRtt > TimeSpan.Zero, $"{stream.Info.MinimumRtt}");
    }

    private sealed class AskedEarlier(ILink inner) : ILink
    {
        public string Name => inner.Name;

        public int Mtu => inner.Mtu;

        public bool Offload => inner.Offload;

        public LinkCounters Counters => inner.Counters;

        public Instant NextDeadline => inner.NextDeadline;

        public bool Receive(IFrameReceiver receiver, Instant now) => inner.Receive(receiver, now - TimeSpan.FromMilliseconds(1));

        public bool Send(in OutgoingFrame frame, Instant now) => inner.Send(frame, now);

        public void Wait(TimeSpan timeout) => inner.Wait(timeout);

        public void Wake() => inner.Wake();

        public void Dispose() => inner.Dispose();
    }
}
