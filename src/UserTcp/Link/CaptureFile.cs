using System.Buffers.Binary;
using System.Text;
using UserTcp.Wire;

namespace UserTcp.Link;

/// <summary>Which way a frame went, seen from the stack.</summary>
public enum FrameDirection
{
    /// <summary>Towards the stack.</summary>
    Received,

    /// <summary>Away from it.</summary>
    Sent,
}

/// <summary>Gives the comment for a frame that is about to be written; null for none.</summary>
/// <remarks>Called in the order of the file on the capture's own thread, perhaps before the stack has handled the frame.</remarks>
public delegate string? FrameComment(ReadOnlySpan<byte> frame, FrameDirection direction, Instant at);

/// <summary>A pcapng file that fills while frames flow: they wait in a bounded queue for a thread of the file's own.</summary>
/// <remarks>
/// Neither frames nor secrets ever wait for the disk. When the queue is full, frames are left out; the next packet's drop count and the statistics at the
/// end of the file say how many. Checksums that were left to offload are filled in.
/// </remarks>
public sealed class CaptureFile : IDisposable
{
    private const int QueueBytes = 16 << 20;
    private const int UdpChecksumOffset = 6;

    private readonly object _gate = new();
    private readonly PcapngWriter _writer;
    private readonly FrameComment? _comment;
    private readonly TimeProvider _time;
    private readonly Thread _thread;
    private Queue _filling = new(QueueBytes), _writing = new(QueueBytes);
    private bool _started, _closed;
    private long _frames, _dropped, _missing;
    private (DateTime Utc, Instant At) _anchor;
    private volatile IOException? _failure;

    /// <summary>Makes the file, or replaces it, readable for its owner only when it is new: it may hold secrets.</summary>
    /// <param name="path">Where.</param>
    /// <param name="interfaceName">The interface's name as Wireshark shows it.</param>
    /// <param name="time">Tells the UTC of the first frame; the others follow by their monotonic times.</param>
    /// <param name="comment">Gives each packet its comment.</param>
    public CaptureFile(string path, string interfaceName, TimeProvider time, FrameComment? comment = null)
        : this(Create(path), interfaceName, time, comment)
    {
    }

    /// <summary>Writes to a stream, which is closed in the end.</summary>
    /// <inheritdoc cref="CaptureFile(string, string, TimeProvider, FrameComment?)"/>
    public CaptureFile(Stream output, string interfaceName, TimeProvider time, FrameComment? comment = null)
    {
        _writer = new PcapngWriter(output, interfaceName);
        _time = time;
        _comment = comment;
        _thread = new Thread(Write) { IsBackground = true, Name = "capture file" };
        _thread.Start();
    }

    /// <summary>Frames left out because they came faster than the file could be written, or after writing had failed.</summary>
    public long FramesDropped => Interlocked.Read(ref _dropped);

    /// <summary>Why the file is incomplete, such as a full disk; null when all is well.</summary>
    public string? Failure => _failure is { } e ? $"The capture is incomplete, writing it has failed: {e.Message}" : null;

    /// <summary>Adds a frame. Never blocks.</summary>
    public void Add(in OutgoingFrame frame, FrameDirection direction, Instant at)
    {
        lock (_gate)
        {
            if (!_started)
            {
                _started = true;
                _anchor = (_time.GetUtcNow().UtcDateTime, at);
            }

            _frames++;
            if (_closed || _failure is not null || !_filling.Frames.TryAdd(frame, frame.Offload))
            {
                _dropped++;
                _missing++;
                return;
            }

            _filling.Tags.Add(new Tag(direction, at, _missing, IsSecret: false));
            _missing = 0;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Adds TLS secrets, so that readers can decrypt the frames that come after. Never blocks, and does not count towards the bound.</summary>
    /// <param name="nssKeyLogLines">Lines such as "CLIENT_RANDOM 52... 6a...", as in an SSLKEYLOGFILE.</param>
    public void AddTlsSecrets(string nssKeyLogLines)
    {
        ArgumentException.ThrowIfNullOrEmpty(nssKeyLogLines);
        if (!nssKeyLogLines.EndsWith('\n'))
            nssKeyLogLines += '\n';
        lock (_gate)
        {
            if (_closed || _failure is not null)
                return;
            int length = Encoding.ASCII.GetByteCount(nssKeyLogLines);
            Encoding.ASCII.GetBytes(nssKeyLogLines, _filling.Frames.Reserve(length));
            _filling.Frames.Commit(0, length, FrameOffload.None);
            _filling.Tags.Add(new Tag(default, default, 0, IsSecret: true));
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Writes what still waits and closes the file.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    private static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

    private void Write()
    {
        try
        {
            using (_writer)
            {
                while (Take())
                {
                    for (int i = 0; i < _writing.Tags.Count; i++)
                        Write(_writing.Frames.Frame(i), _writing.Frames.Batch.Offload(i), _writing.Tags[i]);
                    _writer.Flush(); // so that a killed process leaves a file that can be read
                }

                _writer.WriteStatistics(_time.GetUtcNow().UtcDateTime, _frames, _dropped);
            }
        }
        catch (IOException e)
        {
            _failure = e;
        }
    }

    /// <summary>Waits for something to write. False when there will be nothing more.</summary>
    private bool Take()
    {
        lock (_gate)
        {
            while (_filling.Tags.Count == 0)
            {
                if (_closed)
                    return false;
                Monitor.Wait(_gate);
            }

            _writing.Clear();
            (_filling, _writing) = (_writing, _filling);
            return true;
        }
    }

    private void Write(Span<byte> bytes, FrameOffload offload, Tag tag)
    {
        if (tag.IsSecret)
        {
            _writer.WriteTlsSecrets(bytes);
            return;
        }

        FinishChecksum(bytes, offload);
        _writer.WritePacket(bytes, tag.Direction, _anchor.Utc + (tag.At - _anchor.At), tag.Missing, _comment?.Invoke(bytes, tag.Direction, tag.At));
    }

    // The field holds the pseudo header's sum, so the sum from there to the end is the whole one (VIRTIO 1.2, 5.1.6.2). A super-segment gets one
    // checksum over all of it: it was never one packet on a wire, but readers verify it as if it had been.
    private static void FinishChecksum(Span<byte> frame, FrameOffload offload)
    {
        int field = offload.ChecksumStart + offload.ChecksumOffset;
        if (!offload.NeedsChecksum || field + sizeof(ushort) > frame.Length)
            return;
        ushort checksum = InternetChecksum.Of(frame[offload.ChecksumStart..]);
        bool isUdp = offload.ChecksumOffset == UdpChecksumOffset;
        BinaryPrimitives.WriteUInt16BigEndian(frame[field..], isUdp && checksum == 0 ? ushort.MaxValue : checksum); // RFC 768: 0 means none
    }

    private readonly record struct Tag(FrameDirection Direction, Instant At, long Missing, bool IsSecret);

    private sealed class Queue(int capacity)
    {
        public FrameBuffer Frames { get; } = new(capacity);

        public List<Tag> Tags { get; } = [];

        public void Clear()
        {
            Frames.Clear();
            Tags.Clear();
        }
    }
}
