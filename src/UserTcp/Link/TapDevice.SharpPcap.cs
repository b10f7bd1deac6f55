using System.Diagnostics;
using System.Net.NetworkInformation;
using SharpPcap;

namespace UserTcp.Link;

/// <content>
/// The SharpPcap face: capture events, single reads, injection. What <see cref="BaseLiveDevice"/> does not let a device override is declared
/// again here, and <see cref="ILiveDevice"/> is implemented anew, so that callers through the interface get these members.
/// </content>
public sealed partial class TapDevice
{
    private readonly TapCaptureHeader _header = new();
    private readonly Lock _captureGate = new();
    private int _snapLength = int.MaxValue;
    private CaptureRun? _capture;

    /// <summary>Raised for every frame while a capture runs. The frame's bytes and its <see cref="TapCaptureHeader"/> end with the call.</summary>
    public new event PacketArrivalEventHandler? OnPacketArrival;

    /// <summary>Raised on the capturing thread when a capture ends.</summary>
    public new event CaptureStoppedEventHandler? OnCaptureStopped;

    /// <inheritdoc/>
    public string Description => $"Linux TAP device {Name}";

    /// <summary>What the last failed read or write means, and what to try; null when none has failed.</summary>
    public string? LastError => _lastErrno == 0 || _open is not { } open ? null : open.Explain(_lastErrno);

    /// <summary>The hardware address of the interface, which is the kernel's end of the cable. Null while closed.</summary>
    public PhysicalAddress? MacAddress => _open is { } open ? new PhysicalAddress(open.HardwareAddress) : null;

    /// <summary>Whether a capture started with <see cref="StartCapture"/> runs.</summary>
    public new bool Started => _capture is { Thread.IsAlive: true };

    /// <summary>Frames received, and frames the device did not take. What the kernel dropped because nobody read, only `ip -s link` tells.</summary>
    public new ICaptureStatistics Statistics => new TapStatistics
    {
        ReceivedPackets = (uint)Interlocked.Read(ref _framesReceived),
        DroppedPackets = (uint)Interlocked.Read(ref _framesDropped),
    };

    /// <summary>Opens the device with SharpPcap's read timeout (0 or less: none) and snap length. Other settings mean nothing to a TAP.</summary>
    public void Open(DeviceConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ReadTimeout = configuration.ReadTimeout > 0 ? TimeSpan.FromMilliseconds(configuration.ReadTimeout) : Timeout.InfiniteTimeSpan;
        _snapLength = configuration.Snaplen;
        Open();
    }

    /// <summary>Raises <see cref="OnPacketArrival"/> for every frame on a thread of its own until <see cref="StopCapture"/>.</summary>
    public new void StartCapture()
    {
        TapHandle open = Opened();
        if (OnPacketArrival is null)
            throw new InvalidOperationException($"Nobody listens to OnPacketArrival of {Name}: the frames would be lost. Subscribe first.");
        lock (_captureGate)
        {
            if (Started)
                return;
            var stop = new CancellationTokenSource();
            _capture = new CaptureRun(stop, new Thread(() => RunCapture(stop.Token)) { IsBackground = true, Name = $"capture {open.Name}" });
            _capture.Thread.Start();
        }
    }

    /// <summary>Ends the capture and waits for its thread, also when no frame arrives. May be called from an event handler.</summary>
    public new void StopCapture()
    {
        CaptureRun? run;
        lock (_captureGate)
        {
            run = _capture;
            _capture = null;
        }

        if (run is null)
            return;
        run.Stop.Cancel();
        if (run.Thread != Thread.CurrentThread)
            run.Thread.Join(StopCaptureTimeout);
    }

    /// <summary>Raises <see cref="OnPacketArrival"/> on the calling thread until the device fails or is closed.</summary>
    public new void Capture()
    {
        try
        {
            CaptureLoop(CancellationToken.None);
        }
        catch (ObjectDisposedException)
        {
            // Closed by another thread, which is how this ends.
        }
    }

    /// <summary>Reads one frame. Its bytes and header are valid until the next call.</summary>
    /// <returns><see cref="GetPacketStatus.ReadTimeout"/> when none came within the read timeout; nothing is lost then.</returns>
    public new GetPacketStatus GetNextPacket(out PacketCapture e)
    {
        RefuseDuringCapture();
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            TimeSpan left = ReadTimeout == Timeout.InfiniteTimeSpan ? ReadTimeout : ReadTimeout - Stopwatch.GetElapsedTime(start);
            GetPacketStatus status = GetUnfilteredPacket(out e, left);
            if (status != GetPacketStatus.PacketRead || (FilterProgram?.Matches(e.Data) ?? true))
                return status;
        }
    }

    /// <summary>Sends one frame from its Ethernet header on. A <see cref="TapCaptureHeader"/> can leave checksum and segmentation to offload.</summary>
    /// <exception cref="IOException">The interface did not take it: the message says why.</exception>
    public void SendPacket(ReadOnlySpan<byte> p, ICaptureHeader? header = null)
    {
        FrameOffload offload = header is TapCaptureHeader tap ? tap.Offload : FrameOffload.None;
        if (!Send(new OutgoingFrame(p, default, default, offload), Instant.Zero))
            throw new IOException(LastError);
    }

    /// <inheritdoc/>
    protected override GetPacketStatus GetUnfilteredPacket(out PacketCapture e, TimeSpan timeout)
    {
        TapHandle open = Opened();
        long start = Stopwatch.GetTimestamp();
        while (!Drain(open, frames: 1))
        {
            TimeSpan left = timeout == Timeout.InfiniteTimeSpan ? timeout : timeout - Stopwatch.GetElapsedTime(start);
            if (left != Timeout.InfiniteTimeSpan && left <= TimeSpan.Zero)
            {
                e = default;
                return GetPacketStatus.ReadTimeout;
            }

            Wait(open, left);
        }

        e = Captured(0, DateTime.UtcNow);
        return GetPacketStatus.PacketRead;
    }

    /// <inheritdoc/>
    protected override void CaptureLoop(CancellationToken token)
    {
        TapHandle open = Opened();
        using CancellationTokenRegistration wake = token.Register(() => Wake(open));
        while (!token.IsCancellationRequested && _open == open)
        {
            if (!Drain(open, int.MaxValue))
            {
                Wait(open, Timeout.InfiniteTimeSpan);
                continue;
            }

            DateTime utc = DateTime.UtcNow;
            for (int i = 0; i < _received.Count && !token.IsCancellationRequested; i++)
            {
                PacketCapture capture = Captured(i, utc);
                if (FilterProgram?.Matches(capture.Data) ?? true)
                    OnPacketArrival?.Invoke(this, capture);
            }
        }
    }

    private void RunCapture(CancellationToken token)
    {
        var status = CaptureStoppedEventStatus.CompletedWithoutError;
        try
        {
            CaptureLoop(token);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            if (!token.IsCancellationRequested)
                status = CaptureStoppedEventStatus.ErrorWhileCapturing;
        }

        OnCaptureStopped?.Invoke(this, status);
    }

    private PacketCapture Captured(int index, DateTime utc)
    {
        FrameBatch batch = _received.Batch;
        _header.Offload = batch.Offload(index);
        _header.Utc = utc;
        ReadOnlySpan<byte> frame = batch.Frame(index);
        return new PacketCapture(this, _header, frame[..Math.Min(frame.Length, _snapLength)]);
    }

    // Two readers would take each other's frames.
    private void RefuseDuringCapture()
    {
        if (Started && _capture?.Thread != Thread.CurrentThread)
            throw new InvalidOperationException($"{Name} is being captured in the background, which takes every frame. Call StopCapture first.");
    }

    private sealed record CaptureRun(CancellationTokenSource Stop, Thread Thread);

    private sealed class TapStatistics : ICaptureStatistics
    {
        public uint ReceivedPackets { get; set; }

        public uint DroppedPackets { get; set; }

        public uint InterfaceDroppedPackets { get; set; }
    }
}
