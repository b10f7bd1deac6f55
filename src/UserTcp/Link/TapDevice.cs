using System.Runtime.InteropServices;
using SharpPcap;
using static UserTcp.Link.Libc;

namespace UserTcp.Link;

/// <summary>A Linux TAP device: the kernel is at the other end of the cable. A link for the stack and a SharpPcap device at the same time.</summary>
/// <remarks>
/// The device does not configure the interface: `ip` brings it up and gives the kernel's end its address.
/// The TAP gives no back-pressure towards the kernel: when nobody reads, the kernel drops. So drain first and work after.
/// </remarks>
public sealed unsafe partial class TapDevice : BaseLiveDevice, ILiveDevice, ILink
{
    /// <summary>The bytes of one batch, so that a flood cannot keep the reader from its other work.</summary>
    private const int BatchBytes = 1 << 20;

    // Frames that come in ones and twos are a conversation: what comes next waits for an answer. So after such a batch, this many are handed over one by one:
    // asking for another before the answer has left costs a system call and finds nothing.
    private const int FewFrames = 2, Conversation = 32;

    // The largest thing a read returns: the virtio header, an Ethernet header (with room for VLAN tags) and 64 KiB of IP.
    private const int LargestRead = VirtioNetHeader.Size + 32 + 65536;

    private readonly FrameBuffer _received = new(BatchBytes + LargestRead);
    private readonly string _requestedName;
    private TapHandle? _open;
    private bool _offload;
    private int _singles; // frames that the reading thread still hands over one by one
    private bool _drained; // nothing was left when the reading thread last asked
    private int _lastErrno;
    private long _framesReceived, _bytesReceived, _framesSent, _bytesSent, _framesDropped;

    /// <summary>Names a TAP; <see cref="Open()"/> opens it.</summary>
    /// <param name="name">An existing TAP, or a name for a new one that ends with <see cref="Close"/>. "tap%d" lets the kernel choose a number.</param>
    /// <param name="offload">Whether checksums and TCP segmentation are left to the other side.</param>
    public TapDevice(string name = "tap%d", bool offload = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        _requestedName = name;
        _offload = offload;
    }

    /// <inheritdoc cref="ILink.Name"/>
    public string Name => _open?.Name ?? _requestedName;

    /// <summary>The MTU that the interface had when the device was opened, in bytes.</summary>
    public int Mtu => Opened().Mtu;

    /// <summary>Whether checksums and TCP segmentation are left to the other side, both ways. Can be changed at any time.</summary>
    /// <remarks>Frames that the kernel had queued before a change still arrive in the old form.</remarks>
    public bool Offload
    {
        get => _offload;
        set
        {
            _open?.SetOffload(value);
            _offload = value;
        }
    }

    /// <inheritdoc/>
    public LinkCounters Counters => new(
        Interlocked.Read(ref _framesReceived), Interlocked.Read(ref _bytesReceived),
        Interlocked.Read(ref _framesSent), Interlocked.Read(ref _bytesSent), Interlocked.Read(ref _framesDropped));

    /// <inheritdoc/>
    public Instant NextDeadline => Instant.Never;

    /// <summary>Opens the device; does nothing when it is open.</summary>
    /// <exception cref="IOException">The TAP cannot be had: the message says why and what to try.</exception>
    public void Open() => _open ??= TapHandle.Open(_requestedName, _offload);

    /// <summary>Stops a capture and lets go of the TAP. Can be opened again.</summary>
    public override void Close()
    {
        StopCapture();
        if (_open is not { } open)
            return;
        Wake(open);
        _open = null;
        open.Dispose();
    }

    /// <inheritdoc/>
    public bool Receive(IFrameReceiver receiver, Instant now)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        RefuseDuringCapture();
        bool nothingLeft = _drained;
        _drained = false;
        if (nothingLeft || !Drain(Opened(), _singles > 0 ? 1 : int.MaxValue))
            return false;
        if (_singles > 0)
            _singles--;
        else if (_drained && _received.Count <= FewFrames)
            _singles = Conversation;
        receiver.Receive(_received.Batch, now);
        return true;
    }

    /// <inheritdoc/>
    public bool Send(in OutgoingFrame frame, Instant now)
    {
        if (_open is not { } open)
        {
            Interlocked.Increment(ref _framesDropped);
            return false;
        }

        VirtioNetHeader header = VirtioNetHeader.For(frame);
        nint written;
        fixed (byte* head = frame.Head, payload = frame.Payload, rest = frame.PayloadRest)
        {
            IoVector* vectors = stackalloc IoVector[4];
            vectors[0] = new() { Base = &header, Length = VirtioNetHeader.Size };
            vectors[1] = new() { Base = head, Length = (nuint)frame.Head.Length };
            vectors[2] = new() { Base = payload, Length = (nuint)frame.Payload.Length };
            vectors[3] = new() { Base = rest, Length = (nuint)frame.PayloadRest.Length };
            written = WriteVector(open.Tap, vectors, 4);
        }

        if (written < 0)
        {
            _lastErrno = Marshal.GetLastSystemError();
            Interlocked.Increment(ref _framesDropped);
            return false;
        }

        Interlocked.Increment(ref _framesSent);
        Interlocked.Add(ref _bytesSent, frame.Length);
        return true;
    }

    /// <inheritdoc/>
    public void Wait(TimeSpan timeout)
    {
        _drained = false;
        // The frame that ends a wait is mostly alone, and whoever sent it waits for an answer: it goes first, and asking for more comes after.
        if (Wait(Opened(), timeout))
            _singles = Math.Max(_singles, 1);
    }

    /// <inheritdoc/>
    public void Wake()
    {
        if (_open is { } open)
            Wake(open);
    }

    /// <returns>Whether a frame is there.</returns>
    private static bool Wait(TapHandle open, TimeSpan timeout)
    {
        bool tapHeld = false, wakeHeld = false;
        try
        {
            // Held, so that a Close meanwhile cannot give the numbers to other files.
            open.Tap.DangerousAddRef(ref tapHeld);
            open.WakeEvent.DangerousAddRef(ref wakeHeld);
            PollEntry* entries = stackalloc PollEntry[2];
            entries[0] = new() { File = (int)open.Tap.DangerousGetHandle(), Events = PollIn };
            entries[1] = new() { File = (int)open.WakeEvent.DangerousGetHandle(), Events = PollIn };
            // Not poll, which counts milliseconds: the reordering window of RACK and the tail loss probe wait for tens of microseconds on a short path.
            bool limited = timeout != Timeout.InfiniteTimeSpan;
            long ticks = Math.Max(timeout.Ticks, 0);
            TimeSpecification limit = new()
            {
                Seconds = ticks / TimeSpan.TicksPerSecond,
                Nanoseconds = ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
            };
            if (Poll(entries, 2, limited ? &limit : null, null) <= 0)
                return false;
            if ((entries[1].Returned & PollIn) != 0)
            {
                ulong count;
                Read(open.WakeEvent, &count, sizeof(ulong));
            }

            return (entries[0].Returned & PollIn) != 0;
        }
        finally
        {
            if (tapHeld)
                open.Tap.DangerousRelease();
            if (wakeHeld)
                open.WakeEvent.DangerousRelease();
        }
    }

    private static void Wake(TapHandle open)
    {
        ulong one = 1;
        Write(open.WakeEvent, &one, sizeof(ulong));
    }

    /// <summary>Reads frames until there is none, the batch is full, or <paramref name="frames"/> are there.</summary>
    private bool Drain(TapHandle open, int frames)
    {
        _received.Clear();
        while (_received.Room >= LargestRead && _received.Count < frames)
        {
            Span<byte> room = _received.Reserve(LargestRead);
            nint read;
            fixed (byte* start = room)
                read = Read(open.Tap, start, (nuint)room.Length);
            if (read < 0)
            {
                int errno = Marshal.GetLastSystemError();
                if (errno == Interrupted)
                    continue;
                if (errno != Again && _received.Count == 0)
                    throw new IOException(open.Explain(_lastErrno = errno));
                _drained = _received.Count > 0;
                break;
            }

            if (read < VirtioNetHeader.Size)
                break;
            int length = (int)read - VirtioNetHeader.Size;
            _received.Commit(VirtioNetHeader.Size, length, MemoryMarshal.Read<VirtioNetHeader>(room).ToOffload());
        }

        Interlocked.Add(ref _framesReceived, _received.Count);
        Interlocked.Add(ref _bytesReceived, _received.Bytes);
        return _received.Count > 0;
    }

    private TapHandle Opened() => _open ?? throw new InvalidOperationException($"The TAP device \"{_requestedName}\" is not open. Call Open first.");
}
