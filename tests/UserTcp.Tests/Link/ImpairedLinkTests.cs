using UserTcp.Link;

namespace UserTcp.Tests.Link;

/// <summary>All in virtual time: the test says what time it is.</summary>
public sealed class ImpairedLinkTests : IDisposable
{
    private readonly TwinWire _wire = new(queueBytes: 64 << 20);

    public void Dispose() => _wire.Dispose();

    [Fact]
    public void The_random_numbers_are_those_of_the_published_generator()
    {
        // SplitMix64 from 42, then xoshiro256**, computed apart from this code.
        var random = new SeededRandom(42);
        Assert.Equal(new ulong[] { 0x15780b2e0c2ec716, 0x6104d9866d113a7e, 0xae17533239e499a1, 0xecb8ad4703b360a1 }, new[] { random.Next(), random.Next(), random.Next(), random.Next() });
    }

    [Fact]
    public void Frames_pass_untouched_when_nothing_is_asked_for()
    {
        using ILink link = new ImpairedLink(_wire.Left, Impairment.None, Impairment.None, 1);
        byte[][] frames = Send(link, 100, Ms(0));
        Assert.Equal(frames, ReceiveAll(_wire.Right, Ms(0)));
        Assert.Equal(Instant.Never, link.NextDeadline);
    }

    [Fact]
    public void The_same_seed_loses_the_same_frames_everywhere_and_always()
    {
        using var link = new ImpairedLink(_wire.Left, new Impairment { Loss = 0.2 }, new Impairment { Loss = 0.2 }, 1);
        int[] lostOut = Lost(Send(link, 60, Ms(0)), ReceiveAll(_wire.Right, Ms(0)));
        int[] lostIn = Lost(Send(_wire.Right, 60, Ms(0)), ReceiveAll(link, Ms(0)));

        Assert.Equal([5, 6, 16, 18, 19, 30, 40, 41], lostOut);
        Assert.Equal([6, 16, 17, 31, 35, 46, 49], lostIn);
        Assert.Equal(lostOut.Length, link.Sent.Lost);
        Assert.Equal(lostIn.Length, link.Received.Lost);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_at_the_same_times_and_another_seed_others()
    {
        Assert.Equal(Story(7), Story(7));
        Assert.NotEqual(Story(7), Story(8));

        static string Story(ulong seed)
        {
            using var wire = new TwinWire(queueBytes: 64 << 20);
            var all = new Impairment
            {
                Loss = 0.1,
                LossBurst = 2,
                Delay = TimeSpan.FromMilliseconds(20),
                Jitter = TimeSpan.FromMilliseconds(5),
                Reorder = 0.1,
                Duplicate = 0.1,
                Corrupt = 0.1,
                BitsPerSecond = 10_000_000,
            };
            using var link = new ImpairedLink(wire.Left, all, all, seed);
            for (int i = 0; i < 200; i++)
            {
                link.Send(Frames.Whole(Ip(i)), Ms(0));
                wire.Right.Send(Frames.Whole(Ip(1000 + i)), Ms(0));
            }

            List<string> story = [];
            var atLeft = new Collector();
            var atRight = new Collector();
            link.Receive(atLeft, Ms(0));
            while (link.NextDeadline is var due && due != Instant.Never)
            {
                while (link.Receive(atLeft, due))
                {
                }

                while (wire.Right.Receive(atRight, due))
                {
                }

                story.Add($"{due} {string.Join(' ', atLeft.Frames.Concat(atRight.Frames).Select(Convert.ToHexString))}");
                atLeft.Frames.Clear();
                atRight.Frames.Clear();
            }

            return string.Join('\n', story);
        }
    }

    [Theory]
    [InlineData(0.01, 1, 1.0)]
    [InlineData(0.2, 1, 1.25)] // runs of independent losses: 1 / (1 - p)
    [InlineData(0.1, 5, 5)]
    public void Loss_has_the_share_and_the_bursts_that_were_asked_for(double loss, double burst, double run)
    {
        const int Count = 100_000;
        using var link = new ImpairedLink(_wire.Left, new Impairment { Loss = loss, LossBurst = burst }, Impairment.None, 3);
        bool[] arrived = new bool[Count];
        var received = new Collector();
        for (int i = 0; i < Count; i++)
            link.Send(Frames.Whole(Frames.Numbered(1, i, 22)), Ms(0));
        while (_wire.Right.Receive(received, Ms(0)))
        {
        }

        foreach (byte[] frame in received.Frames)
            arrived[Frames.NumberOf(frame)] = true;

        int lost = arrived.Count(a => !a);
        int runs = Enumerable.Range(1, Count - 1).Count(i => arrived[i - 1] && !arrived[i]);
        Assert.InRange(lost / (double)Count, loss * 0.9, loss * 1.1);
        Assert.InRange(lost / (double)runs, run * 0.9, run * 1.1);
    }

    [Fact]
    public void A_delay_holds_frames_back_in_both_directions_and_the_deadline_says_how_long()
    {
        using var link = new ImpairedLink(
            _wire.Left, new Impairment { Delay = TimeSpan.FromMilliseconds(30) }, new Impairment { Delay = TimeSpan.FromMilliseconds(50) }, 1);
        byte[] sent = Send(link, 1, Ms(10)).Single();
        Assert.Equal(Ms(40), link.NextDeadline);
        byte[] received = Send(_wire.Right, 1, Ms(10)).Single();
        Assert.Empty(ReceiveAll(link, Ms(10)));
        Assert.Empty(ReceiveAll(_wire.Right, Ms(39)));

        Assert.Empty(ReceiveAll(link, Ms(40)));
        Assert.Equal([sent], ReceiveAll(_wire.Right, Ms(40)));
        Assert.Equal(Ms(60), link.NextDeadline);
        Assert.Empty(ReceiveAll(link, new Instant(Ms(60).Ticks - 1)));
        Assert.Equal([received], ReceiveAll(link, Ms(60)));
        Assert.Equal(Instant.Never, link.NextDeadline);
    }

    [Fact]
    public async Task A_send_that_brings_the_deadline_forward_ends_the_wait()
    {
        using var link = new ImpairedLink(_wire.Left, new Impairment { Delay = TimeSpan.FromMilliseconds(30) }, Impairment.None, 1);
        Task wait = Task.Run(() => link.Wait(Timeout.InfiniteTimeSpan), TestContext.Current.CancellationToken);
        Send(link, 1, Ms(0));
        await wait.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Reordered_frames_are_overtaken_and_all_arrive()
    {
        using var link = new ImpairedLink(_wire.Left, new Impairment { Reorder = 0.1, ReorderBy = TimeSpan.FromMilliseconds(4) }, Impairment.None, 1);
        for (int i = 0; i < 1000; i++)
            link.Send(Frames.Whole(Frames.Numbered(1, i)), Ms(i));
        link.Receive(new Collector(), Ms(2000));
        int[] order = [.. ReceiveAll(_wire.Right, Ms(2000)).Select(f => Frames.NumberOf(f))];
        Assert.Equal(Enumerable.Range(0, 1000), order.Order());
        Assert.InRange(link.Sent.Reordered, 70, 130);
        int overtaken = order.Where((number, at) => at > 0 && order[at - 1] > number).Count();
        Assert.InRange(overtaken, 50, 130);
        Assert.All(order.Select((number, at) => Math.Abs(number - at)), moved => Assert.InRange(moved, 0, 5));
    }

    [Fact]
    public void Jitter_stays_within_its_bounds()
    {
        using var link = new ImpairedLink(
            _wire.Left, new Impairment { Delay = TimeSpan.FromMilliseconds(20), Jitter = TimeSpan.FromMilliseconds(5) }, Impairment.None, 1);
        HashSet<long> delays = [];
        for (int i = 0; i < 200; i++)
        {
            Instant now = Ms(i * 100);
            link.Send(Frames.Whole(Frames.Numbered(1, i)), now);
            TimeSpan delay = link.NextDeadline - now;
            Assert.InRange(delay, TimeSpan.FromMilliseconds(15), TimeSpan.FromMilliseconds(25));
            delays.Add(delay.Ticks / TimeSpan.TicksPerMillisecond);
            link.Receive(new Collector(), link.NextDeadline);
        }

        Assert.True(delays.Count >= 10, $"Only {delays.Count} different delays.");
    }

    [Fact]
    public void Duplicated_frames_arrive_twice()
    {
        using var link = new ImpairedLink(_wire.Left, new Impairment { Duplicate = 0.25 }, Impairment.None, 1);
        byte[][] sent = Send(link, 1000, Ms(0));
        byte[][] received = [.. ReceiveAll(_wire.Right, Ms(0))];
        Assert.Equal(sent, received.DistinctBy(f => Frames.NumberOf(f)));
        Assert.Equal(1000 + link.Sent.Duplicated, received.Length);
        Assert.InRange(link.Sent.Duplicated, 200, 300);
    }

    [Fact]
    public void A_corrupt_frame_has_one_bit_wrong_behind_the_Ethernet_header_and_ARP_is_spared()
    {
        using var link = new ImpairedLink(_wire.Left, new Impairment { Corrupt = 1 }, Impairment.None, 1);
        HashSet<int> places = [];
        for (int i = 0; i < 500; i++)
        {
            byte[] frame = Ip(i);
            link.Send(Frames.Whole(frame), Ms(0));
            byte[] received = ReceiveAll(_wire.Right, Ms(0)).Single();
            int[] wrong = [.. Enumerable.Range(0, frame.Length * 8).Where(bit => ((frame[bit / 8] ^ received[bit / 8]) >> (bit % 8) & 1) != 0)];
            places.Add(Assert.Single(wrong));
        }

        Assert.All(places, bit => Assert.InRange(bit, 14 * 8, 60 * 8 - 1));
        Assert.True(places.Count > 200, $"Only {places.Count} different bits of 368.");
        byte[] arp = Ip(0);
        (arp[12], arp[13]) = (8, 6);
        link.Send(Frames.Whole(arp), Ms(0));
        Assert.Equal(arp, ReceiveAll(_wire.Right, Ms(0)).Single());
    }

    [Fact]
    public void A_rate_spaces_the_frames_and_drops_what_the_queue_cannot_hold()
    {
        // 1000 bytes at 8 Mbit/s take 1 ms. Ten wait in the queue, one is on the wire.
        using var link = new ImpairedLink(_wire.Left, new Impairment { BitsPerSecond = 8_000_000, QueueBytes = 10_000 }, Impairment.None, 1);
        bool[] taken = [.. Enumerable.Range(0, 15).Select(i => link.Send(Frames.Whole(Frames.Numbered(1, i, 1000)), Ms(0)))];
        Assert.Equal([.. Enumerable.Repeat(true, 11), .. Enumerable.Repeat(false, 4)], taken);
        for (int i = 0; i < 11; i++)
        {
            Assert.Equal(Ms(i + 1), link.NextDeadline);
            link.Receive(new Collector(), link.NextDeadline);
            Assert.Equal(i, Frames.NumberOf(ReceiveAll(_wire.Right, Ms(i + 1)).Single()));
        }

        Assert.Equal(4, link.Sent.Overflowed);
        Assert.Equal(4, link.Counters.FramesDropped);
        Assert.Equal(Instant.Never, link.NextDeadline);
    }

    [Fact]
    public void Refuses_a_link_with_offload_and_says_why()
    {
        using var wire = new TwinWire(offload: true);
        var e = Assert.Throws<InvalidOperationException>(() => new ImpairedLink(wire.Left, Impairment.None, Impairment.None, 1));
        Assert.Contains("Turn offload off", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1.5)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    public void Refuses_what_is_not_a_probability(double loss)
    {
        var e = Assert.Throws<ArgumentOutOfRangeException>(() => new ImpairedLink(_wire.Left, new Impairment { Loss = loss }, Impairment.None, 1));
        Assert.Contains("write 1 % as 0.01", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Delaying_frames_allocates_nothing_per_frame()
    {
        var some = new Impairment { Delay = TimeSpan.FromMilliseconds(20), Loss = 0.1, Duplicate = 0.1, Corrupt = 0.1 };
        using var link = new ImpairedLink(_wire.Left, some, some, 1);
        byte[] frame = Ip(1);
        var ignore = new Ignore();
        long allocated = 0;
        for (int round = 0; round < 20; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
            {
                Instant now = Ms(round * 100 + i);
                link.Send(Frames.Whole(frame), now);
                _wire.Right.Send(Frames.Whole(frame), now);
                link.Receive(ignore, now);
                _wire.Right.Receive(ignore, now);
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
    }

    private static Instant Ms(long milliseconds) => new(milliseconds * TimeSpan.TicksPerMillisecond);

    private static byte[] Ip(int number)
    {
        byte[] frame = Frames.Numbered(1, number);
        (frame[12], frame[13]) = (8, 0);
        return frame;
    }

    private static byte[][] Send(ILink link, int count, Instant now)
    {
        byte[][] frames = [.. Enumerable.Range(0, count).Select(i => Frames.Numbered(1, i))];
        foreach (byte[] frame in frames)
            Assert.True(link.Send(Frames.Whole(frame), now));
        return frames;
    }

    private static List<byte[]> ReceiveAll(ILink link, Instant now)
    {
        var received = new Collector();
        while (link.Receive(received, now))
        {
        }

        return received.Frames;
    }

    private static int[] Lost(byte[][] sent, List<byte[]> received) => [.. sent.Select(f => Frames.NumberOf(f)).Except(received.Select(f => Frames.NumberOf(f)))];

    private sealed class Ignore : IFrameReceiver
    {
        public void Receive(in FrameBatch batch, Instant now)
        {
        }
    }
}
