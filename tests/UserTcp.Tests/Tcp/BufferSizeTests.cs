using UserTcp.Tcp;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Tcp;

/// <summary>How large the buffers are: they grow with the path and with what the user does.</summary>
public sealed class BufferSizeTests
{
    private const int Initial = 64 * 1024;

    private static Dialogue OpenScaled(bool timestamps = false)
    {
        var d = new Dialogue(Plain with { WindowScaling = true, Timestamps = timestamps });
        d.Connect();
        d.Expect(Syn(100, window: 65535));
        d.After(10); // the round-trip time
        d.Inject(SynAck(1000, 101, 65535, 1460, 7, timestamps ? (1u, Echo(d)) : null));
        d.Expect(Ack(101, 1001));
        return d;
    }

    // Our clock 10 ms ago.
    private static uint Echo(Dialogue d) => (uint)d.Now.Milliseconds - 10;

    [Fact, Rfc("7323", "2.2")]
    public void The_shift_offered_is_that_of_the_largest_buffer()
    {
        using var d = new Dialogue(Plain with { WindowScaling = true });
        d.Connect();
        d.Expect(Syn(100, window: 65535) with { Scale = 8 });
        using var small = new Dialogue(Plain with { WindowScaling = true, ReceiveBufferSize = 32 * 1024 });
        small.Connect();
        small.Expect(Syn(100, window: 32 * 1024) with { Scale = 0 });
    }

    // peer                                        us
    //   a window of data           -->                reads it within the round trip
    //                  <--  ack, a larger window
    [Fact, Rfc("9293", "3.8.6")]
    public void The_window_grows_with_what_the_user_reads_in_a_round_trip()
    {
        using Dialogue d = OpenScaled();
        int largest = 0;
        uint seq = 1001;
        for (int round = 0; round < 12; round++)
        {
            int window = d.Connection.Info.ReceiveWindow;
            for (int left = window; left >= 1460; left -= 1460, seq += 1460)
            {
                d.Inject(Data(seq, 101, 1460), skipSent: true);
                d.Read(1460, skipSent: true);
            }
            d.After(10, skipSent: true);
            largest = d.Connection.Info.ReceiveWindow;
        }
        Assert.InRange(largest, 7 * 1024 * 1024, 8 * 1024 * 1024);
    }

    [Fact]
    public void A_user_who_does_not_read_gets_no_larger_window()
    {
        using Dialogue d = OpenScaled();
        uint seq = 1001;
        for (; d.Connection.Info.ReceiveWindow >= 1460; seq += 1460) d.Inject(Data(seq, 101, 1460), skipSent: true);
        d.After(1000, skipSent: true);
        Assert.InRange(d.Connection.AvailableToRead, Initial - Initial / 32 - 1460, Initial + 256);
    }

    [Fact]
    public void A_user_who_reads_slowly_gets_no_larger_window()
    {
        using Dialogue d = OpenScaled(timestamps: true);
        uint seq = 1001;
        for (int i = 0; i < 200; i++, seq += 1460)
        {
            d.Inject(Data(seq, 101, 1460, ts: (2, Echo(d))), skipSent: true);
            d.Read(1460, skipSent: true);
            d.After(2, skipSent: true); // five segments in a round trip: a tenth of the window
        }
        Assert.InRange(d.Connection.Info.ReceiveWindow, Initial - Initial / 32 - 2 * 1460, Initial);
    }

    // As gVisor's tcp_rcv_buf_space: what the user no longer has room for is not taken although it was promised. It comes again.
    [Fact, Rfc("9293", "3.8.6")]
    public void Data_inside_the_window_but_beyond_a_reduced_buffer_is_dropped()
    {
        using Dialogue d = Established(Plain with { InitialReceiveBufferSize = 10_000, ReceiveBufferSize = 10_000 });
        d.Inject(Data(1001, 101, 1000));
        d.Expect(Ack(101, 2001, window: 9000));
        d.Connection.Change(d.Connection.Settings with { ReceiveBufferSize = 2000 }, d.Now);
        d.Inject(Data(2001, 101, 1460));
        d.Expect(Ack(101, 3002, window: 7999)); // the edge that was promised stays (RFC 9293 3.8.6, SHLD-14)
        d.Inject(Data(3002, 101, 1000));
        d.Expect(Ack(101, 3002, window: 7999));
        Assert.Equal(SegmentNote.Refused, d.Received[^1].Note);
        d.Read(2000);
        d.Inject(Data(3002, 101, 1000));
        d.Expect(Ack(101, 4002, window: 6999));
        d.Read(1001);
    }

    [Fact]
    public void The_send_buffer_grows_with_the_congestion_window()
    {
        using Dialogue d = Established(Plain with { InitialSendBufferSize = 20_000, SendBufferSize = 100_000 });
        Assert.Equal(2 * 14_600, d.Connection.SendRoom);
        d.Write(14_600, all: true, skipSent: true);
        d.Inject(Ack(1001, 101 + 14_600));
        Assert.Equal(4 * 14_600, d.Connection.SendRoom);
        d.Connection.Change(d.Connection.Settings with { SendBufferSize = 5000 }, d.Now);
        Assert.Equal(5000, d.Connection.SendRoom);
    }

    // One direction over 100 ms: the windows of both sides open as fast as slow start needs them.
    [Fact]
    public void A_long_path_is_filled_after_slow_start()
    {
        var twin = new Twin(1, new Faults(Loss: 0), new TcpSettings(), new PathProperties(1500), delay: TimeSpan.FromMilliseconds(50));
        byte[] block = new byte[1 << 20];
        long read = 0;
        Instant? start = null;
        while (read < 64 << 20)
        {
            if (twin.Client.State == TcpState.Established)
            {
                start ??= twin.Now;
                while (twin.Client.Send(block, twin.Now) > 0) twin.Pull();
            }
            Assert.True(twin.Step());
            if (twin.Server is null) continue;
            for (int given; (given = twin.Server.Receive(block, twin.Now)) > 0;) read += given;
        }
        // 2 MiB in flight of a send buffer of 4 make 32 round trips, slow start 8 more with HyStart++.
        Assert.InRange((twin.Now - start!.Value).TotalSeconds, 2, 5);
        Assert.InRange(twin.Server!.Info.ReceiveWindow, 2 << 20, 8 << 20);
    }

    [Fact]
    public void An_emptied_ring_keeps_its_memory_until_told_to_release_it()
    {
        var ring = new ByteRing();
        ring.Append(new byte[100]);
        Assert.Equal(2048, ring.Capacity);
        ring.WriteAt(10_000, new byte[100]);
        ring.Skip(100);
        ring.ReleaseSpare();
        Assert.Equal(16_384, ring.Capacity); // there is something ahead of the gap
        ring.WriteAt(0, new byte[9900]);
        ring.Extend(10_000);
        ring.Skip(10_000);
        Assert.Equal(16_384, ring.Capacity);
        ring.ReleaseSpare();
        Assert.Equal(0, ring.Capacity);
        ring.Append(new byte[1]);
        Assert.Equal(2048, ring.Capacity);
    }
}
