using UserTcp.Link;

namespace UserTcp.Tests.Link;

/// <summary>What every link must do, whatever is under it.</summary>
public class LinkTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static TheoryData<LinkKind> Kinds => [.. Enum.GetValues<LinkKind>()];

    [Theory, MemberData(nameof(Kinds))]
    public void A_frame_in_three_parts_arrives_whole(LinkKind kind)
    {
        using LinkHarness harness = LinkHarness.Open(kind);
        byte[] frame = Frames.Numbered(1, 2, 1514);

        Assert.True(harness.Link.Send(new OutgoingFrame(frame.AsSpan(0, 54), frame.AsSpan(54, 1000), frame.AsSpan(1054), FrameOffload.None), Instant.Zero));

        Assert.Equal(frame, harness.TakeAtFarEnd(Patience));
        Assert.Equal(new LinkCounters(0, 0, 1, 1514, 0), harness.Link.Counters);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Frames_arrive_in_order_with_their_bytes(LinkKind kind)
    {
        using LinkHarness harness = LinkHarness.Open(kind);
        byte[][] sent = [.. Enumerable.Range(0, 200).Select(i => Frames.Numbered(7, i, 60 + i * 7))];
        foreach (byte[] frame in sent)
            harness.Inject(frame);

        var received = new Collector();
        received.ReceiveFrom(harness.Link, sent.Length);

        Assert.Equal(sent, received.Frames);
        Assert.Equal(sent.Length, harness.Link.Counters.FramesReceived);
        Assert.Equal(sent.Sum(f => f.Length), harness.Link.Counters.BytesReceived);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Receive_says_no_at_once_when_nothing_has_arrived(LinkKind kind)
    {
        using LinkHarness harness = LinkHarness.Open(kind);
        Assert.False(harness.Link.Receive(new Collector(), Instant.Zero));
        Assert.Equal(Instant.Never, harness.Link.NextDeadline);
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task A_wake_ends_the_wait_that_comes_after_it_and_the_one_under_way(LinkKind kind)
    {
        using LinkHarness harness = LinkHarness.Open(kind);
        harness.Link.Wake();
        harness.Link.Wake();
        await Guarded(() => harness.Link.Wait(Timeout.InfiniteTimeSpan));

        using var waiting = new ManualResetEventSlim();
        Task wait = Guarded(() =>
        {
            waiting.Set();
            harness.Link.Wait(Timeout.InfiniteTimeSpan);
        });
        waiting.Wait(Patience, TestContext.Current.CancellationToken);
        harness.Link.Wake();
        await wait;
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task An_arriving_frame_ends_the_wait(LinkKind kind)
    {
        using LinkHarness harness = LinkHarness.Open(kind);
        var received = new Collector();
        Task wait = Guarded(() =>
        {
            while (!harness.Link.Receive(received, Instant.Zero))
                harness.Link.Wait(Timeout.InfiniteTimeSpan);
        });
        harness.Inject(Frames.Numbered(3, 4));
        await wait;
        Assert.Equal(4, Frames.NumberOf(received.Frames.Single()));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_wait_ends_when_its_time_has_passed(LinkKind kind)
    {
        using LinkHarness harness = LinkHarness.Open(kind);
        harness.Link.Wait(TimeSpan.FromMilliseconds(5));
        harness.Link.Wait(TimeSpan.Zero);
        Assert.False(harness.Link.Receive(new Collector(), Instant.Zero));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Two_threads_send_20000_frames_each_and_none_is_lost_or_merged(LinkKind kind)
    {
        const int Each = 20_000;
        using LinkHarness harness = LinkHarness.Open(kind);
        Thread[] senders = [.. Enumerable.Range(1, 2).Select(sender => new Thread(() =>
        {
            for (int i = 0; i < Each; i++)
            {
                byte[] frame = Frames.Numbered(sender, i, 60 + i % 900);
                harness.Link.Send(new OutgoingFrame(frame.AsSpan(0, 30), frame.AsSpan(30, 20), frame.AsSpan(50), FrameOffload.None), Instant.Zero);
            }
        }))];
        foreach (Thread sender in senders)
            sender.Start();

        int[] next = new int[3];
        for (int i = 0; i < 2 * Each; i++)
        {
            byte[]? frame = harness.TakeAtFarEnd(Patience);
            Assert.True(frame is not null, $"Frame {i} of {2 * Each} did not arrive; {harness.Link.Counters}.");
            int sender = Frames.SenderOf(frame), number = next[sender]++;
            Assert.Equal(Frames.Numbered(sender, number, 60 + number % 900), frame);
        }

        foreach (Thread sender in senders)
            sender.Join();
        Assert.Equal(2 * Each, harness.Link.Counters.FramesSent);
    }

    /// <summary>Runs what could hang on a thread of its own, so that a hang fails the test.</summary>
    private static Task Guarded(Action action) => Task.Run(action, TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
}
