using UserTcp.Tcp;

namespace UserTcp.Tests.Tcp;

public sealed class AllocationTests
{
    [Fact]
    public void A_steady_transfer_allocates_nothing()
    {
        var settings = new TcpSettings { SendBufferSize = 64 * 1024, ReceiveBufferSize = 64 * 1024 };
        var path = new PathProperties(1500);
        FourTuple tuple = Twin.ClientTuple;
        var client = TcpConnection.Connect(tuple, settings, path, new(1), 0, null, Instant.Zero);
        Assert.True(client.TryTransmit(Instant.Zero, out OutgoingSegment syn));
        var server = TcpConnection.Accept(
            new(tuple.Remote, tuple.Local), new TcpSegment(syn.Header, syn.Options, default), settings, path, new(2), 0, null, Instant.Zero);
        byte[] data = new byte[20_000], scratch = new byte[30_000];
        Instant now = Instant.Zero;
        long transferred = 0;
        for (int i = 0; i < 200; i++) Round();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 200; i++) Round();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(transferred > 100 * data.Length);
        Assert.Equal(0, allocated);

        void Round()
        {
            now += TimeSpan.FromMilliseconds(1);
            client.Send(data, now);
            Carry(client, server);
            Carry(server, client);
            transferred += server.Receive(scratch, now);
            server.Send(data.AsSpan(0, 100), now);
            Carry(server, client);
            client.Receive(scratch, now);
            client.Advance(now);
            server.Advance(now);
        }

        void Carry(TcpConnection from, TcpConnection to)
        {
            while (from.TryTransmit(now, out OutgoingSegment segment))
            {
                Assert.True(segment.PayloadRest.Length < scratch.Length);
                segment.Payload.CopyTo(scratch);
                segment.PayloadRest.CopyTo(scratch.AsSpan(segment.Payload.Length));
                to.SegmentArrives(new TcpSegment(segment.Header, segment.Options, scratch.AsSpan(0, segment.Payload.Length + segment.PayloadRest.Length)), now);
            }
        }
    }
}
