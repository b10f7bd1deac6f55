namespace UserTcp.Link;

/// <summary>A way for Ethernet frames in and out: a TAP device, a twin wire, a SharpPcap device, or a decorator over one of these.</summary>
/// <remarks>
/// One thread at a time calls <see cref="Wait"/> and <see cref="Receive"/>; any thread may call <see cref="Send"/> and <see cref="Wake"/>.
/// Nothing but <see cref="Wait"/> blocks. Time is an argument, so that a link that delays frames works in virtual time too.
/// </remarks>
public interface ILink : IDisposable
{
    /// <summary>The device's name, such as "tap0".</summary>
    string Name { get; }

    /// <summary>The largest IP packet the link carries, in bytes (without the Ethernet header).</summary>
    int Mtu { get; }

    /// <summary>Whether frames can leave checksums and segmentation to the other side (virtio-net header).</summary>
    bool Offload { get; }

    /// <summary>What went in and out so far.</summary>
    LinkCounters Counters { get; }

    /// <summary>When a delaying link has something to do although nothing new arrives; <see cref="Instant.Never"/> otherwise.</summary>
    /// <remarks>
    /// The link knows no clock: the caller limits its <see cref="Wait"/> to this time and then calls <see cref="Receive"/>, which also sends on what was held back on its way out.
    /// When a <see cref="Send"/> brings the time forward, the link ends a wait under way, so that its caller asks anew.
    /// </remarks>
    Instant NextDeadline { get; }

    /// <summary>Takes one bounded batch of the frames that have arrived and hands it over in one call. Never blocks.</summary>
    /// <returns>Whether there was a batch. Ask again until there is none.</returns>
    /// <exception cref="IOException">The device has failed or is gone.</exception>
    bool Receive(IFrameReceiver receiver, Instant now);

    /// <summary>Sends one frame. Never blocks.</summary>
    /// <returns>False when the frame was dropped because the device took no more (counted in <see cref="Counters"/>).</returns>
    bool Send(in OutgoingFrame frame, Instant now);

    /// <summary>Blocks until a frame may be there, <see cref="Wake"/> is called, or <paramref name="timeout"/> has passed.</summary>
    /// <param name="timeout"><see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    void Wait(TimeSpan timeout);

    /// <summary>Makes the current or next <see cref="Wait"/> return at once.</summary>
    void Wake();
}

/// <summary>Takes the batches of frames that a link delivers.</summary>
public interface IFrameReceiver
{
    /// <summary>Handles one batch. The spans are the link's and end with the call.</summary>
    void Receive(in FrameBatch batch, Instant now);
}

/// <summary>What the virtio-net header says of a frame (VIRTIO 1.2, 5.1.6).</summary>
/// <param name="NeedsChecksum">The checksum field holds only the pseudo header's sum; the rest is left to the hardware that is not there.
/// Received so, the payload came from the same machine and is trusted.</param>
/// <param name="ChecksumValid">Received: somebody has already verified the checksum.</param>
/// <param name="ChecksumStart">Where summing starts, in bytes from the start of the frame.</param>
/// <param name="ChecksumOffset">Where the sum goes, in bytes from <paramref name="ChecksumStart"/>.</param>
/// <param name="SegmentSize">The payload bytes per segment when the frame stands for several TCP segments; 0 for a plain frame.</param>
public readonly record struct FrameOffload(bool NeedsChecksum, bool ChecksumValid, ushort ChecksumStart, ushort ChecksumOffset, ushort SegmentSize)
{
    /// <summary>A plain frame: complete checksums, one segment.</summary>
    public static FrameOffload None => default;
}

/// <summary>A frame on its way out, in up to three parts so that payload is sent from where it lies.</summary>
public readonly ref struct OutgoingFrame
{
    /// <summary>Makes a frame of its parts, concatenated in order.</summary>
    public OutgoingFrame(ReadOnlySpan<byte> head, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> payloadRest, FrameOffload offload)
    {
        Head = head;
        Payload = payload;
        PayloadRest = payloadRest;
        Offload = offload;
    }

    /// <summary>The headers (or the whole frame).</summary>
    public ReadOnlySpan<byte> Head { get; }

    /// <summary>The first part of the payload; can be empty.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>The rest of the payload, where a ring buffer wraps; can be empty.</summary>
    public ReadOnlySpan<byte> PayloadRest { get; }

    /// <summary>What is left to offload.</summary>
    public FrameOffload Offload { get; }

    /// <summary>The bytes of the whole frame.</summary>
    public int Length => Head.Length + Payload.Length + PayloadRest.Length;

    /// <summary>Copies the frame into one piece.</summary>
    /// <returns>The bytes written.</returns>
    public int CopyTo(Span<byte> destination)
    {
        Head.CopyTo(destination);
        Payload.CopyTo(destination[Head.Length..]);
        PayloadRest.CopyTo(destination[(Head.Length + Payload.Length)..]);
        return Length;
    }
}

/// <summary>What a link has carried and lost.</summary>
/// <param name="FramesReceived">Frames delivered to the receiver.</param>
/// <param name="BytesReceived">Their bytes, Ethernet header included.</param>
/// <param name="FramesSent">Frames accepted by the device.</param>
/// <param name="BytesSent">Their bytes, Ethernet header included.</param>
/// <param name="FramesDropped">Frames lost at the link: the device did not take them, or a queue was full.</param>
public readonly record struct LinkCounters(long FramesReceived, long BytesReceived, long FramesSent, long BytesSent, long FramesDropped);
