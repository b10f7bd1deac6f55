namespace UserTcp.Tests.Host;

public class DeadlineQueueTests
{
    private sealed class Item : IDeadline
    {
        public Instant Deadline { get; set; }
        public int QueueIndex { get; set; } = -1;
    }

    [Fact]
    public void Gives_out_in_order_whatever_was_set_moved_and_removed()
    {
        Random random = new(7);
        for (int round = 0; round < 200; round++)
        {
            DeadlineQueue<Item> queue = new();
            Item[] items = [.. Enumerable.Range(0, 50).Select(_ => new Item())];
            Dictionary<Item, Instant> expected = [];
            for (int step = 0; step < 500; step++)
            {
                Item item = items[random.Next(items.Length)];
                Instant deadline = random.Next(4) == 0 ? Instant.Never : new(random.Next(100));
                queue.Set(item, deadline);
                if (deadline == Instant.Never) expected.Remove(item);
                else expected[item] = deadline;
                Assert.Equal(expected.Count == 0 ? Instant.Never : expected.Values.Min(), queue.Earliest);
            }
            Instant last = Instant.Zero;
            while (queue.TryTakeDue(new(99), out Item due))
            {
                Assert.True(due.Deadline >= last);
                last = due.Deadline;
                Assert.True(expected.Remove(due, out Instant at));
                Assert.Equal(at, due.Deadline);
            }
            Assert.Empty(expected);
        }
    }

    [Fact]
    public void Gives_nothing_before_its_time()
    {
        DeadlineQueue<Item> queue = new();
        queue.Set(new(), new(10));
        Assert.False(queue.TryTakeDue(new(9), out _));
        Assert.True(queue.TryTakeDue(new(10), out _));
        Assert.Equal(0, queue.Count);
    }
}
