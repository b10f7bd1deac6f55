using SharpPcap;
using SharpPcap.LibPcap;

namespace UserTcp.Link;

/// <summary>A link over any SharpPcap device, such as libpcap on a veth or a network card. No offload.</summary>
/// <remarks>
/// The kernel uses the interface too: it must have no address that the stack uses, or both answer.
/// On a TAP this is the wrong end: libpcap sits on the kernel's side, and what it injects goes to whoever holds the TAP. Use <see cref="TapDevice"/>.
/// </remarks>
public sealed class SharpPcapLink : ILink
{
    private const int QueueBytes = 8 << 20;
    private const int LinkHeaders = 14 + 2 * 4; // Ethernet and two VLAN tags

    private readonly ILiveDevice _device;
    private readonly FrameQueue _queue = new(QueueBytes);
    private readonly Lock _sending = new();
    private byte[] _frame = new byte[2048];
    private long _framesSent, _bytesSent, _framesDropped;
    private volatile bool _failed;

    /// <summary>Takes over a device that is open, starts its capture, and closes it in the end.</summary>
    /// <param name="device">The device. Without immediate mode libpcap holds frames back for its read timeout.</param>
    /// <param name="mtu">The largest IP packet in bytes; SharpPcap does not tell.</param>
    public SharpPcapLink(ILiveDevice device, int mtu = 1500)
    {
        ArgumentNullException.ThrowIfNull(device);
        _device = device;
        Mtu = mtu;
        device.OnPacketArrival += OnArrival;
        device.OnCaptureStopped += OnStopped;
        device.StartCapture();
    }

    /// <inheritdoc/>
    public string Name => _device.Name;

    /// <inheritdoc/>
    public int Mtu { get; }

    /// <inheritdoc/>
    public bool Offload => false;

    /// <inheritdoc/>
    public LinkCounters Counters => new(
        _queue.FramesReceived, _queue.BytesReceived,
        Interlocked.Read(ref _framesSent), Interlocked.Read(ref _bytesSent), Interlocked.Read(ref _framesDropped));

    /// <inheritdoc/>
    public Instant NextDeadline => Instant.Never;

    /// <summary>Opens an interface through libpcap, promiscuous and without delay.</summary>
    /// <exception cref="IOException">There is no such interface, no libpcap, or no permission: the message says which and what to try.</exception>
    public static SharpPcapLink Open(string interfaceName, int mtu = 1500)
    {
        try
        {
            LibPcapLiveDeviceList devices = LibPcapLiveDeviceList.New();
            LibPcapLiveDevice device = devices.FirstOrDefault(d => d.Name == interfaceName)
                ?? throw new IOException($"libpcap sees no interface \"{interfaceName}\", only: {string.Join(", ", devices.Select(d => d.Name))}. "
                    + "Without root it sees none: try sudo.");
            device.Open(new DeviceConfiguration
            {
                Mode = DeviceModes.Promiscuous | DeviceModes.MaxResponsiveness,
                ReadTimeout = 100,
                // libpcap divides its buffer into slots of the snap length: with the defaults (2 MiB, 64 KiB) a burst of 33 frames overflows it.
                Snaplen = mtu + LinkHeaders,
                BufferSize = QueueBytes,
            });
            return new SharpPcapLink(device, mtu);
        }
        catch (PcapException e)
        {
            throw new IOException($"libpcap cannot open \"{interfaceName}\": {e.Message} Try as root, and `ip link set {interfaceName} up`.", e);
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException)
        {
            throw new IOException("libpcap is not installed. Try: apt install libpcap0.8", e);
        }
    }

    /// <inheritdoc/>
    public bool Receive(IFrameReceiver receiver, Instant now)
    {
        if (_queue.Deliver(receiver, now))
            return true;
        return _failed ? throw new IOException($"The capture on {Name} has failed: {_device.LastError}. Is the interface still there and up?") : false;
    }

    /// <inheritdoc/>
    public bool Send(in OutgoingFrame frame, Instant now)
    {
        int length = frame.Length;
        lock (_sending)
        {
            if (_frame.Length < length)
                _frame = new byte[length];
            frame.CopyTo(_frame);
            try
            {
                _device.SendPacket(_frame.AsSpan(0, length));
            }
            catch (Exception e) when (e is PcapException or IOException)
            {
                Interlocked.Increment(ref _framesDropped);
                return false;
            }
        }

        Interlocked.Increment(ref _framesSent);
        Interlocked.Add(ref _bytesSent, length);
        return true;
    }

    /// <inheritdoc/>
    public void Wait(TimeSpan timeout) => _queue.Wait(timeout);

    /// <inheritdoc/>
    public void Wake() => _queue.Wake();

    /// <inheritdoc/>
    public void Dispose()
    {
        _queue.Close();
        _device.OnPacketArrival -= OnArrival;
        _device.OnCaptureStopped -= OnStopped;
        _device.Dispose();
    }

    private void OnArrival(object sender, PacketCapture e)
    {
        // A frame longer than the MTU (segments merged by the card or the kernel) arrives cut off, and a part is worth nothing.
        bool whole = e.Header is not PcapHeader header || header.PacketLength == header.CaptureLength;
        if (!whole || !_queue.TryAdd(new OutgoingFrame(e.Data, default, default, FrameOffload.None), FrameOffload.None))
            Interlocked.Increment(ref _framesDropped);
    }

    private void OnStopped(object sender, CaptureStoppedEventStatus status)
    {
        if (status == CaptureStoppedEventStatus.ErrorWhileCapturing)
            _failed = true;
        _queue.Wake();
    }
}
