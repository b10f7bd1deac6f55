using UserTcp.Link;
using UserTcp.Testing;

namespace UserTcp.Tests.Link;

public enum LinkKind
{
    Twin,
    Tap,
    LibPcapOnVeth,
    ImpairedTwin,
    CapturedTwin,
}

/// <summary>A link under test and the far end of its cable.</summary>
internal abstract class LinkHarness : IDisposable
{
    public abstract ILink Link { get; }

    public static LinkHarness Open(LinkKind kind) => kind switch
    {
        LinkKind.Twin => new TwinHarness(link => link),
        LinkKind.ImpairedTwin => new TwinHarness(link => new ImpairedLink(link, Impairment.None, Impairment.None, seed: 1)),
        LinkKind.CapturedTwin => Captured(new CaptureFile(Stream.Null, "twin", TimeProvider.System)),
        LinkKind.Tap => new TapHarness(),
        _ => new VethHarness(),
    };

    private static TwinHarness Captured(CaptureFile file) => new(link => new CapturingLink(link, file), file);

    /// <summary>Sends a frame from the far end.</summary>
    public abstract void Inject(byte[] frame);

    /// <summary>The next frame at the far end; null when none comes within the time.</summary>
    public abstract byte[]? TakeAtFarEnd(TimeSpan timeout);

    public abstract void Dispose();

    private sealed class TwinHarness : LinkHarness
    {
        private readonly TwinWire _wire = new(queueBytes: 64 << 20);
        private readonly Collector _far = new();
        private int _taken;

        private readonly IDisposable? _owned;

        public TwinHarness(Func<ILink, ILink> decorate, IDisposable? owned = null)
        {
            Link = decorate(_wire.Left);
            _owned = owned;
        }

        public override ILink Link { get; }

        public override void Inject(byte[] frame) => Assert.True(_wire.Right.Send(Frames.Whole(frame), Instant.Zero));

        public override byte[]? TakeAtFarEnd(TimeSpan timeout)
        {
            if (_taken == _far.Frames.Count && !_wire.Right.Receive(_far, Instant.Zero))
            {
                _wire.Right.Wait(timeout);
                _wire.Right.Receive(_far, Instant.Zero);
            }

            return _taken < _far.Frames.Count ? _far.Frames[_taken++] : null;
        }

        public override void Dispose()
        {
            Link.Dispose();
            _owned?.Dispose();
            _wire.Dispose();
        }
    }

    private sealed class TapHarness : LinkHarness
    {
        private readonly TestNamespace _namespace = TestNamespace.Create();
        private readonly TapDevice _tap = new("tap0", offload: false);
        private readonly PacketSocket _kernel;

        public TapHarness()
        {
            _namespace.Run(_tap.Open);
            _namespace.Ip("link set tap0 up");
            _kernel = _namespace.Run(() => new PacketSocket("tap0"));
        }

        public override ILink Link => _tap;

        public override void Inject(byte[] frame) => _kernel.Send(frame);

        public override byte[]? TakeAtFarEnd(TimeSpan timeout) => _kernel.Receive(timeout);

        public override void Dispose()
        {
            _kernel.Dispose();
            _tap.Dispose();
            _namespace.Dispose();
        }
    }

    private sealed class VethHarness : LinkHarness
    {
        private readonly TestNamespace _namespace = TestNamespace.Create();
        private readonly PacketSocket _far;

        public VethHarness()
        {
            _namespace.Ip("link add near type veth peer name far");
            _namespace.Ip("link set near up");
            _namespace.Ip("link set far up");
            Link = _namespace.Run(() => SharpPcapLink.Open("near"));
            _far = _namespace.Run(() => new PacketSocket("far"));
        }

        public override ILink Link { get; }

        public override void Inject(byte[] frame) => _far.Send(frame);

        public override byte[]? TakeAtFarEnd(TimeSpan timeout) => _far.Receive(timeout);

        public override void Dispose()
        {
            _far.Dispose();
            Link.Dispose();
            _namespace.Dispose();
        }
    }
}

/// <summary>Keeps copies of all it receives.</summary>
internal sealed class Collector : IFrameReceiver
{
    public List<byte[]> Frames { get; } = [];

    public List<FrameOffload> Offloads { get; } = [];

    public void Receive(in FrameBatch batch, Instant now)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            Frames.Add(batch.Frame(i).ToArray());
            Offloads.Add(batch.Offload(i));
        }
    }

    /// <summary>Receives until that many frames are there. Fails when the link stays silent for ten seconds.</summary>
    public void ReceiveFrom(ILink link, int count)
    {
        while (Frames.Count < count)
        {
            if (link.Receive(this, Instant.Zero))
                continue;
            link.Wait(TimeSpan.FromSeconds(10));
            Assert.True(link.Receive(this, Instant.Zero) || link.Receive(this, Instant.Zero), $"{Frames.Count} of {count} frames arrived, then none for 10 s.");
        }
    }
}

/// <summary>Ethernet frames to send through links: an EtherType for experiments (IEEE 802, 0x88B5), then numbers that tell them apart.</summary>
internal static class Frames
{
    public const int HeaderLength = 14;

    /// <summary>A frame that carries two numbers and is filled up with a pattern of them.</summary>
    public static byte[] Numbered(int sender, int number, int length = 60)
    {
        byte[] frame = new byte[length];
        frame.AsSpan(0, 6).Fill(0xFF);
        frame[6] = 2;
        frame[11] = (byte)sender;
        frame[12] = 0x88;
        frame[13] = 0xB5;
        for (int i = HeaderLength; i < length; i++)
            frame[i] = (byte)(i * 7 + number);
        BitConverter.TryWriteBytes(frame.AsSpan(HeaderLength), sender);
        BitConverter.TryWriteBytes(frame.AsSpan(HeaderLength + 4), number);
        return frame;
    }

    public static int SenderOf(ReadOnlySpan<byte> frame) => BitConverter.ToInt32(frame[HeaderLength..]);

    public static int NumberOf(ReadOnlySpan<byte> frame) => BitConverter.ToInt32(frame[(HeaderLength + 4)..]);

    public static OutgoingFrame Whole(ReadOnlySpan<byte> frame) => new(frame, default, default, FrameOffload.None);
}
