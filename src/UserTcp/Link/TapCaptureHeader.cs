using SharpPcap;

namespace UserTcp.Link;

/// <summary>What travels beside a frame of a <see cref="TapDevice"/> through SharpPcap's interface: the time and the virtio header.</summary>
/// <remarks>The device uses one object for all frames, so that none is allocated per frame: what is to be kept must be copied.</remarks>
public sealed class TapCaptureHeader : ICaptureHeader
{
    /// <summary>What the frame's sender left to offload.</summary>
    public FrameOffload Offload { get; set; }

    /// <summary>When the frame was read, UTC.</summary>
    public DateTime Utc { get; set; }

    /// <summary>The same time as SharpPcap counts it. Makes a new object each time.</summary>
    public PosixTimeval Timeval => new(Utc);
}
