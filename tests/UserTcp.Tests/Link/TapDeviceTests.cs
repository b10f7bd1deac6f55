using SharpPcap;
using UserTcp.Link;
using UserTcp.Testing;

namespace UserTcp.Tests.Link;

public sealed class TapDeviceTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly TestNamespace _namespace = TestNamespace.Create();

    public void Dispose() => _namespace.Dispose();

    [Fact]
    public void Opens_closes_and_opens_again()
    {
        using var tap = new TapDevice("tap0");
        for (int round = 0; round < 3; round++)
        {
            using PacketSocket kernel = OpenUp(tap, "tap0");
            tap.SendPacket(Frames.Numbered(1, round));
            Assert.Equal(Frames.Numbered(1, round), kernel.Receive(Patience));
            kernel.Send(Frames.Numbered(2, round));
            Assert.Equal(GetPacketStatus.PacketRead, tap.GetNextPacket(out PacketCapture capture));
            Assert.Equal(Frames.Numbered(2, round), capture.Data);
            tap.Close();
            Assert.DoesNotContain("tap0", _namespace.Ip("link show"));
        }
    }

    [Fact]
    public void Attaches_to_a_tap_that_is_there_and_leaves_it_there()
    {
        _namespace.Ip("tuntap add mode tap name mine");
        _namespace.Ip("link set mine mtu 1400 address 02:00:00:00:00:77");
        using var tap = new TapDevice("mine");
        _namespace.Run(tap.Open);
        Assert.Equal(("mine", 1400, "020000000077"), (tap.Name, tap.Mtu, tap.MacAddress!.ToString()));
        tap.Close();
        Assert.Contains("mine", _namespace.Ip("link show"));
    }

    [Fact]
    public void The_kernels_end_is_awake_when_a_tap_that_was_up_is_opened()
    {
        _namespace.Ip("tuntap add mode tap name mine");
        _namespace.Ip("link set mine up");
        using PacketSocket kernel = _namespace.Run(() => new PacketSocket("mine"));
        for (int round = 0; round < 3; round++)
        {
            Thread.Sleep(2500); // a change soon after another one is noticed at once
            Assert.Contains("NO-CARRIER", _namespace.Ip("link show mine"), StringComparison.Ordinal);
            using var tap = new TapDevice("mine");
            _namespace.Run(() =>
            {
                tap.Open(new DeviceConfiguration { ReadTimeout = 1_000 });
                kernel.Send(Frames.Numbered(2, round)); // dropped while it sleeps
            });
            Assert.Equal(GetPacketStatus.PacketRead, tap.GetNextPacket(out PacketCapture capture));
            Assert.Equal(Frames.Numbered(2, round), capture.Data);
        }
    }

    [Fact]
    public void The_kernel_numbers_a_tap_without_a_name()
    {
        using var first = new TapDevice();
        using var second = new TapDevice();
        _namespace.Run(first.Open);
        _namespace.Run(second.Open);
        Assert.Equal(("tap0", "tap1"), (first.Name, second.Name));
    }

    [Theory]
    [InlineData("tap0", "already in use by another process")]
    [InlineData("lo", "an interface of another kind")]
    [InlineData("sixteen-letters-", "has 16 bytes; Linux takes at most 15")]
    [InlineData("sl/ash", "the name is not valid")]
    public void Says_why_a_tap_cannot_be_opened_and_what_to_try(string name, string reason)
    {
        using var other = new TapDevice("tap0");
        _namespace.Run(other.Open);
        using var tap = new TapDevice(name);
        IOException e = Assert.Throws<IOException>(() => _namespace.Run(tap.Open));
        Assert.Contains(name, e.Message, StringComparison.Ordinal);
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.Contains("choose a", e.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(2, "does not exist", "modprobe tun")]
    [InlineData(19, "has no tun driver", "modprobe tun")]
    [InlineData(13, "No permission", "sudo")]
    [InlineData(24, "Too many open files", "usertcp doctor")]
    public void Says_why_dev_net_tun_cannot_be_opened_and_what_to_try(int errno, string reason, string tip)
    {
        string message = TapHandle.OpenFailed(errno).Message;
        Assert.Contains(reason, message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(tip, message, StringComparison.Ordinal);
        Assert.Contains("usertcp doctor", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Says_that_attaching_takes_a_capability_and_how_to_get_it()
        => Assert.Contains("sudo ip tuntap add mode tap user $USER tap3", TapHandle.AttachFailed("tap3", 1).Message, StringComparison.Ordinal);

    [Fact]
    public void Says_that_the_interface_is_down()
    {
        using var tap = new TapDevice("tap0");
        _namespace.Run(tap.Open);
        IOException e = Assert.Throws<IOException>(() => tap.SendPacket(Frames.Numbered(1, 1)));
        Assert.Contains("ip link set tap0 up", e.Message, StringComparison.Ordinal);
        Assert.Equal(e.Message, tap.LastError);
        Assert.Equal(1, tap.Counters.FramesDropped);
    }

    [Fact]
    public void Says_that_the_interface_is_gone()
    {
        using var tap = new TapDevice("tap0");
        using (OpenUp(tap, "tap0"))
            _namespace.Ip("link delete tap0");
        tap.Wait(Timeout.InfiniteTimeSpan);
        IOException e = Assert.Throws<IOException>(() => tap.Receive(new Collector(), Instant.Zero));
        Assert.Contains("tap0 is gone", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_closed_device_says_that_it_must_be_opened()
    {
        using var tap = new TapDevice("tap0");
        Assert.Contains("Call Open", Assert.Throws<InvalidOperationException>(() => tap.Receive(new Collector(), Instant.Zero)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Close_ends_a_wait_under_way()
    {
        using var tap = new TapDevice("tap0");
        _namespace.Run(tap.Open);
        var waiter = new Thread(() => tap.Wait(Timeout.InfiniteTimeSpan));
        waiter.Start();
        SpinWait.SpinUntil(() => waiter.ThreadState == ThreadState.WaitSleepJoin, 100); // either order must work; mostly the wait comes first
        tap.Close();
        Assert.True(waiter.Join(Patience));
    }

    [Fact]
    public void Stopping_a_capture_returns_although_no_frame_arrives()
    {
        using ILiveDevice tap = new TapDevice("tap0");
        using PacketSocket kernel = OpenUp((TapDevice)tap, "tap0");
        for (int round = 0; round < 3; round++)
        {
            using var stopped = new ManualResetEventSlim();
            CaptureStoppedEventStatus? status = null;
            void OnStopped(object sender, CaptureStoppedEventStatus s)
            {
                status = s;
                stopped.Set();
            }

            tap.OnPacketArrival += Ignore;
            tap.OnCaptureStopped += OnStopped;
            tap.StopCaptureTimeout = Patience;
            tap.StartCapture();
            Assert.True(tap.Started);
            tap.StopCapture();
            Assert.True(stopped.IsSet, "StopCapture returned while its thread still ran.");
            Assert.Equal(CaptureStoppedEventStatus.CompletedWithoutError, status);
            Assert.False(tap.Started);
            tap.OnPacketArrival -= Ignore;
            tap.OnCaptureStopped -= OnStopped;
        }

        static void Ignore(object sender, PacketCapture e)
        {
        }
    }

    [Fact]
    public void A_capture_raises_an_event_for_every_frame_and_can_be_stopped_from_it()
    {
        using ILiveDevice tap = new TapDevice("tap0");
        using PacketSocket kernel = OpenUp((TapDevice)tap, "tap0");
        List<int> numbers = [];
        using var stopped = new ManualResetEventSlim();
        tap.OnPacketArrival += (_, e) =>
        {
            numbers.Add(Frames.NumberOf(e.Data));
            if (numbers.Count == 50)
                tap.StopCapture();
        };
        tap.OnCaptureStopped += (_, _) => stopped.Set();
        tap.StartCapture();
        for (int i = 0; i < 60; i++)
            kernel.Send(Frames.Numbered(1, i));
        Assert.True(stopped.Wait(Patience, TestContext.Current.CancellationToken));
        Assert.Equal(Enumerable.Range(0, 50), numbers);
    }

    [Fact]
    public void A_capture_needs_a_listener_and_excludes_other_readers()
    {
        using var tap = new TapDevice("tap0");
        _namespace.Run(tap.Open);
        Assert.Throws<InvalidOperationException>(tap.StartCapture);
        tap.OnPacketArrival += (_, _) => { };
        tap.StartCapture();
        Assert.Throws<InvalidOperationException>(() => tap.GetNextPacket(out _));
        Assert.Throws<InvalidOperationException>(() => tap.Receive(new Collector(), Instant.Zero));
    }

    [Fact]
    public void Two_devices_at_once_each_get_their_own_frames()
    {
        using var first = new TapDevice("tap0");
        using var second = new TapDevice("tap1");
        using PacketSocket firstKernel = OpenUp(first, "tap0");
        using PacketSocket secondKernel = OpenUp(second, "tap1");
        for (int i = 0; i < 100; i++)
        {
            firstKernel.Send(Frames.Numbered(1, i));
            secondKernel.Send(Frames.Numbered(2, i));
            first.SendPacket(Frames.Numbered(3, i));
            second.SendPacket(Frames.Numbered(4, i));
        }

        foreach ((TapDevice tap, PacketSocket kernel, int number) in (ReadOnlySpan<(TapDevice, PacketSocket, int)>)[(first, firstKernel, 1), (second, secondKernel, 2)])
        {
            var received = new Collector();
            received.ReceiveFrom(tap, 100);
            Assert.Equal(Enumerable.Range(0, 100).Select(i => Frames.Numbered(number, i)), received.Frames);
            for (int i = 0; i < 100; i++)
                Assert.Equal(Frames.Numbered(number + 2, i), kernel.Receive(Patience));
        }
    }

    [Fact]
    public async Task Reads_with_a_timeout_of_100_ms_lose_none_of_20_frames_at_250_ms()
    {
        using var tap = new TapDevice("tap0");
        using PacketSocket kernel = OpenUp(tap, "tap0", new DeviceConfiguration { ReadTimeout = 100 });
        CancellationToken cancel = TestContext.Current.CancellationToken;
        Task sender = Task.Run(async () =>
        {
            for (int i = 0; i < 20; i++)
            {
                await Task.Delay(250, cancel);
                kernel.Send(Frames.Numbered(1, i));
            }
        }, cancel);

        List<int> numbers = [];
        int timeouts = 0;
        while (numbers.Count < 20 && timeouts < 600)
        {
            GetPacketStatus status = tap.GetNextPacket(out PacketCapture capture);
            if (status == GetPacketStatus.PacketRead)
                numbers.Add(Frames.NumberOf(capture.Data));
            else
                timeouts++;
        }

        await sender;
        Assert.Equal(Enumerable.Range(0, 20), numbers);
        Assert.True(timeouts >= 20, $"Only {timeouts} reads timed out: the frames did not come between the reads.");
    }

    [Fact]
    public void A_filter_lets_only_matching_frames_through()
    {
        using var tap = new TapDevice("tap0");
        using PacketSocket kernel = OpenUp(tap, "tap0");
        tap.Filter = "ether src 02:00:00:00:00:09";
        for (int i = 0; i < 10; i++)
            kernel.Send(Frames.Numbered(i, i));
        Assert.Equal(GetPacketStatus.PacketRead, tap.GetNextPacket(out PacketCapture capture));
        Assert.Equal(9, Frames.NumberOf(capture.Data));
    }

    [Fact]
    public void Sending_and_receiving_allocate_nothing_per_frame()
    {
        using var tap = new TapDevice("tap0");
        using PacketSocket kernel = OpenUp(tap, "tap0");
        byte[] frame = Frames.Numbered(1, 1, 1514);
        var counter = new CountingReceiver();
        long send = 0, receive = 0, single = 0;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 300; i++)
                tap.Send(new OutgoingFrame(frame.AsSpan(0, 54), frame.AsSpan(54), default, FrameOffload.None), Instant.Zero);
            send = GC.GetAllocatedBytesForCurrentThread() - before;

            for (int i = 0; i < 300; i++)
                kernel.Send(frame);
            before = GC.GetAllocatedBytesForCurrentThread();
            while (counter.Frames < 300 * (round + 1))
            {
                tap.Wait(Patience);
                tap.Receive(counter, Instant.Zero);
            }

            receive = GC.GetAllocatedBytesForCurrentThread() - before;

            for (int i = 0; i < 300; i++)
                kernel.Send(frame);
            before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 300; i++)
                tap.GetNextPacket(out _);
            single = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal((0, 0, 0), (send, receive, single));
    }

    [Fact]
    public void A_capture_allocates_nothing_per_frame()
    {
        using var tap = new TapDevice("tap0");
        using PacketSocket kernel = OpenUp(tap, "tap0");
        using var done = new ManualResetEventSlim();
        int frames = 0;
        long atFirst = 0, atLast = 0;
        tap.OnPacketArrival += (_, _) =>
        {
            frames++;
            if (frames == 600)
                atFirst = GC.GetAllocatedBytesForCurrentThread();
            if (frames == 900)
            {
                atLast = GC.GetAllocatedBytesForCurrentThread();
                done.Set();
            }
        };
        tap.StartCapture();
        for (int i = 0; i < 900; i++)
        {
            kernel.Send(Frames.Numbered(1, i));
            if (i % 100 == 99)
                SpinWait.SpinUntil(() => Volatile.Read(ref frames) > i, Patience);
        }

        Assert.True(done.Wait(Patience, TestContext.Current.CancellationToken));
        tap.StopCapture();
        Assert.Equal(0, atLast - atFirst);
    }

    /// <summary>Opens a device in the namespace, brings its interface up, and gives the kernel's side of it.</summary>
    private PacketSocket OpenUp(TapDevice tap, string name, DeviceConfiguration? configuration = null)
    {
        _namespace.Run(() => tap.Open(configuration ?? new DeviceConfiguration { ReadTimeout = 10_000 }));
        _namespace.Ip($"link set {name} up");
        return _namespace.Run(() => new PacketSocket(name));
    }

    private sealed class CountingReceiver : IFrameReceiver
    {
        public int Frames { get; private set; }

        public void Receive(in FrameBatch batch, Instant now) => Frames += batch.Count;
    }
}
