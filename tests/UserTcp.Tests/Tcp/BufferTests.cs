using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp.Tests.Tcp;

/// <summary>The parts that hold bytes and ranges, against models too simple to be wrong.</summary>
public sealed class BufferTests
{
    [Fact]
    public void A_ring_behaves_like_a_list_of_bytes()
    {
        var random = new Random(7);
        var ring = new ByteRing();
        List<byte> model = [];
        byte[] scratch = new byte[5000];
        for (int round = 0; round < 20_000; round++)
        {
            switch (random.Next(model.Count > 20_000 ? 3 : 4))
            {
                case 0:
                    int given = ring.Read(scratch.AsSpan(0, random.Next(scratch.Length)));
                    Assert.Equal(model.Take(given), scratch.Take(given));
                    model.RemoveRange(0, given);
                    break;
                case 1:
                    int skipped = random.Next(ring.Count + 1) / 4;
                    ring.Skip(skipped);
                    model.RemoveRange(0, skipped);
                    break;
                case 2 when model.Count > 0:
                    int offset = random.Next(model.Count), length = random.Next(model.Count - offset);
                    ring.Slice(offset, length, out ReadOnlySpan<byte> first, out ReadOnlySpan<byte> rest);
                    Assert.True(((byte[])[.. first, .. rest]).AsSpan().SequenceEqual(model.GetRange(offset, length).ToArray()));
                    break;
                case 3:
                    // The second half first, ahead of a gap.
                    byte[] data = new byte[random.Next(3000)];
                    random.NextBytes(data);
                    int half = data.Length / 2;
                    ring.WriteAt(ring.Count + half, data.AsSpan(half));
                    ring.WriteAt(ring.Count, data.AsSpan(0, half));
                    ring.Extend(data.Length);
                    model.AddRange(data);
                    break;
            }
            Assert.Equal(model.Count, ring.Count);
        }
        ring.Release();
        Assert.Equal(0, ring.Count);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(uint.MaxValue - 200)]
    public void Ranges_behave_like_a_set_of_numbers(uint start)
    {
        var random = new Random(3);
        for (int round = 0; round < 200; round++)
        {
            var ranges = new OutOfOrderRanges();
            bool[] model = new bool[500];
            int reached = 0;
            for (int step = 0; step < 40 && reached < 400; step++)
            {
                int left = random.Next(reached + 1, 490), right = random.Next(left + 1, Math.Min(left + 40, 499));
                Assert.True(ranges.Add(new SeqNum(start) + left, new SeqNum(start) + right, out _));
                for (int i = left; i < right; i++) model[i] = true;
                if (random.Next(8) == 0)
                {
                    int next = reached + random.Next(60);
                    for (int i = reached; i < next; i++) model[i] = true;
                    reached = next;
                    while (model[reached]) reached++;
                    Assert.Equal(new SeqNum(start) + reached, ranges.Reach(new SeqNum(start) + next));
                }
                Check(ranges, model, reached, start);
            }
        }
    }

    private static void Check(OutOfOrderRanges ranges, bool[] model, int reached, uint start)
    {
        int index = 0;
        for (int i = reached; i < model.Length - 1; i++)
        {
            if (!model[i] || (i > reached && model[i - 1])) continue;
            int end = i;
            while (model[end]) end++;
            Assert.Equal(new SackBlock(new SeqNum(start) + i, new SeqNum(start) + end), ranges[index++]);
        }
        Assert.Equal(index, ranges.Count);
    }

    [Fact, Rfc("6298", "2.1"), Rfc("6298", "2.2"), Rfc("6298", "2.3"), Rfc("6298", "2.5")]
    public void The_RTO_follows_the_round_trip_times()
    {
        var rtt = new RttEstimator(TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(120));
        Assert.Equal(TimeSpan.FromSeconds(1), rtt.Rto);
        rtt.Measure(TimeSpan.FromMilliseconds(400), 1);
        Assert.Equal(TimeSpan.FromMilliseconds(1200), rtt.Rto); // R + 4 R/2
        rtt.Measure(TimeSpan.FromMilliseconds(800), 1);
        Assert.Equal(TimeSpan.FromMilliseconds(450), rtt.Smoothed); // 7/8 400 + 1/8 800
        Assert.Equal(TimeSpan.FromMilliseconds(250), rtt.Variation); // 3/4 200 + 1/4 400
        Assert.Equal(TimeSpan.FromMilliseconds(1450), rtt.Rto);
        for (int i = 0; i < 200; i++) rtt.Measure(TimeSpan.FromMilliseconds(400), 1);
        Assert.InRange(rtt.Rto.TotalMilliseconds, 600, 601); // never less than 200 ms above SRTT
        rtt.Measure(TimeSpan.FromMinutes(5), 1);
        Assert.Equal(TimeSpan.FromSeconds(120), rtt.Rto);
        Assert.Equal(TimeSpan.FromMilliseconds(400), rtt.Minimum);
    }
}
