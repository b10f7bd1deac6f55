using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Text;
using PacketDotNet;
using UserTcp.Link;
using UserTcp.Testing;
using UserTcp.Wire;

namespace UserTcp.Tests.Link;

/// <summary>Captures, judged by tshark.</summary>
public sealed class CaptureFileTests : IDisposable
{
    private static readonly DateTime Start = new(2026, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc);
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"usertcp-{Environment.ProcessId}-{Guid.NewGuid():N}.pcapng");
    private readonly TwinWire _wire = new(offload: true);

    public void Dispose()
    {
        _wire.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void Packets_have_their_time_direction_and_comment()
    {
        using (var file = new CaptureFile(_path, "tap7", new FixedTime(), (frame, direction, at) => direction == FrameDirection.Sent ? $"{direction} at {at}: größer ✓" : null))
        {
            var link = new CapturingLink(_wire.Left, file);
            link.Send(Frames.Whole(Tcp(1, "sent")), Ms(1000));
            _wire.Right.Send(Frames.Whole(Tcp(2, "received")), Ms(1000));
            link.Receive(new Collector(), new Instant(Ms(1500).Ticks + 1));
        }

        string[] lines = Tshark("-T", "fields", "-e", "frame.time_epoch", "-e", "frame.packet_flags_direction", "-e", "frame.interface_name", "-e", "frame.comment", "-e", "tcp.payload");
        Assert.Equal(
            [
                $"1767323045.678000000\t0x00000002\ttap7\tSent at 1.000000 s: größer ✓\t{Convert.ToHexStringLower("sent"u8)}",
                $"1767323046.178000100\t0x00000001\ttap7\t\t{Convert.ToHexStringLower("received"u8)}",
            ],
            lines);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(60_001)]
    public void Checksums_left_to_offload_are_filled_in(int payload)
    {
        using (var file = new CaptureFile(_path, "tap0", TimeProvider.System))
        {
            var link = new CapturingLink(_wire.Left, file);
            byte[] frame = Tcp(1, new string('x', payload));
            (frame[50], frame[51]) = PseudoHeaderSum(20 + payload);
            var offload = new FrameOffload(NeedsChecksum: true, ChecksumValid: false, ChecksumStart: 34, ChecksumOffset: 16, SegmentSize: 1460);
            Assert.True(link.Send(new OutgoingFrame(frame.AsSpan(0, 54), frame.AsSpan(54, 33), frame.AsSpan(87), offload), Ms(0)));
            _wire.Right.Send(new OutgoingFrame(frame, default, default, offload), Ms(0));
            var received = new Collector();
            link.Receive(received, Ms(0));
            Assert.Equal(frame, received.Frames.Single()); // the stack gets it as it came
        }

        string[] lines = Tshark("-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-T", "fields", "-e", "tcp.checksum.status", "-e", "ip.checksum.status", "-e", "tcp.len");
        Assert.Equal([$"1\t1\t{payload}", $"1\t1\t{payload}"], lines);
    }

    [Fact]
    public void An_offload_header_that_points_outside_the_frame_is_left_alone()
    {
        byte[] frame = Tcp(1, "x");
        using (var file = new CaptureFile(_path, "tap0", TimeProvider.System))
        {
            foreach (ushort start in (ushort[])[(ushort)(frame.Length - 1), (ushort)frame.Length, ushort.MaxValue])
                file.Add(new OutgoingFrame(frame, default, default, new FrameOffload(true, false, start, 0, 0)), FrameDirection.Received, Ms(0));
        }

        Assert.Equal(3, Tshark("-o", "tcp.check_checksum:TRUE", "-T", "fields", "-e", "tcp.checksum.status").Count(s => s == "1"));
    }

    [Fact]
    public void Frames_beyond_the_queue_are_left_out_and_the_file_says_how_many()
    {
        var gate = new GatedStream(File.Create(_path));
        var file = new CaptureFile(gate, "tap0", TimeProvider.System);
        byte[] frame = Tcp(1, new string('x', 60_000));
        gate.Shut();
        file.Add(Frames.Whole(frame), FrameDirection.Sent, Ms(0));
        gate.WaitUntilWriting();
        const int Count = 500; // 30 MB
        for (int i = 0; i < Count; i++)
            file.Add(Frames.Whole(frame), FrameDirection.Sent, Ms(i));
        long dropped = file.FramesDropped;
        Assert.InRange(dropped, 1, Count);
        gate.Open();
        SpinWait.SpinUntil(() => gate.Length > (Count - dropped) * frame.Length, TimeSpan.FromSeconds(30));
        file.Add(Frames.Whole(frame), FrameDirection.Sent, Ms(Count));
        file.Add(Frames.Whole(frame), FrameDirection.Sent, Ms(Count));
        file.Dispose();

        string[] counts = Tshark("-T", "fields", "-e", "frame.drop_count");
        Assert.Equal(Count + 3 - dropped, counts.Length);
        Assert.Equal([$"{dropped}"], counts.Where(c => c.Length > 0));
        Assert.Null(file.Failure);

        byte[] written = File.ReadAllBytes(_path); // ends with the interface statistics: ifrecv, ifdrop, end of options, block length
        Assert.Equal((ulong)(Count + 3), BinaryPrimitives.ReadUInt64LittleEndian(written.AsSpan(written.Length - 28)));
        Assert.Equal((ulong)dropped, BinaryPrimitives.ReadUInt64LittleEndian(written.AsSpan(written.Length - 16)));
    }

    [Fact]
    public void A_write_that_fails_is_told_and_does_not_stop_the_link()
    {
        using var file = new CaptureFile(new FullDisk(), "tap0", TimeProvider.System);
        var link = new CapturingLink(_wire.Left, file);
        SpinWait.SpinUntil(
            () =>
            {
                Assert.True(link.Send(Frames.Whole(Tcp(1, "x")), Ms(0)));
                _wire.Right.Receive(new Collector(), Ms(0));
                return file.Failure is not null;
            },
            TimeSpan.FromSeconds(10));
        Assert.Contains("No space left", file.Failure, StringComparison.Ordinal);
        link.Send(Frames.Whole(Tcp(1, "x")), Ms(0));
        Assert.True(file.FramesDropped > 0);
    }

    [Fact]
    public void Capturing_allocates_nothing_per_frame()
    {
        using var file = new CaptureFile(Stream.Null, "tap0", TimeProvider.System);
        var link = new CapturingLink(_wire.Left, file);
        byte[] frame = Tcp(1, "payload");
        var ignore = new Collector();
        long least = long.MaxValue; // the queue changes hands at will, so single rounds can still find one that has to grow
        for (int round = 0; round < 20; round++)
        {
            _wire.Right.Receive(ignore, Ms(0));
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
                link.Send(Frames.Whole(frame), Ms(i));
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    // client (recorded)                              server (recorded)
    // ClientHello                            -->
    //                                        <--     ServerHello .. ServerHelloDone
    //       the capture gets CLIENT_RANDOM here
    // ClientKeyExchange, CCS, Finished       -->
    //                                        <--     CCS, Finished
    // GET /                                  -->
    //                                        <--     200 OK
    [Fact]
    public async Task Wireshark_decrypts_in_one_pass_what_comes_after_the_secrets()
    {
        Tool.Require("openssl", "apt install openssl");
        (List<(bool FromClient, byte[] Bytes)> talk, string keyLog) = await RecordedTls.RunAsync(TestContext.Current.CancellationToken);

        using (var file = new CaptureFile(_path, "tap0", TimeProvider.System))
        {
            var link = new CapturingLink(_wire.Left, file);
            uint client = 1000, server = 2000;
            int at = 0;
            Play(Segment(fromClient: true, client++, 0, syn: true, ack: false, []));
            Play(Segment(fromClient: false, server++, client, syn: true, ack: true, []));
            Play(Segment(fromClient: true, client, server, syn: false, ack: true, []));
            bool told = false, serverSpoke = false;
            foreach ((bool fromClient, byte[] bytes) in talk)
            {
                if (fromClient && serverSpoke && !told)
                {
                    file.AddTlsSecrets(keyLog);
                    told = true;
                }

                serverSpoke |= !fromClient;
                foreach (byte[] part in bytes.Chunk(1460))
                {
                    Play(fromClient ? Segment(true, client, server, false, true, part) : Segment(false, server, client, false, true, part));
                    if (fromClient)
                        client += (uint)part.Length;
                    else
                        server += (uint)part.Length;
                }
            }


            void Play(byte[] frame)
            {
                link.Send(Frames.Whole(frame), Ms(at++));
                _wire.Right.Receive(new Collector(), Ms(at));
            }
        }

        string[] plain = Tshark("-q", "-z", "follow,tls,ascii,0");
        Assert.Contains("GET / HTTP/1.0", plain);
        Assert.Contains(plain, line => line.Contains("HTTP/1.0 200 ok", StringComparison.Ordinal));
        Assert.Empty(Tshark("-Y", "_ws.malformed || tcp.analysis.flags"));
    }

    private static Instant Ms(long milliseconds) => new(milliseconds * TimeSpan.TicksPerMillisecond);

    private static byte[] Tcp(uint seq, string payload) => Segment(true, seq, 1, false, true, Encoding.ASCII.GetBytes(payload));

    private static byte[] Segment(bool fromClient, uint seq, uint ackNumber, bool syn, bool ack, byte[] payload)
    {
        IPAddress client = IPAddress.Parse("10.0.0.1"), server = IPAddress.Parse("10.0.0.2");
        var tcp = new TcpPacket((ushort)(fromClient ? 50000 : 443), (ushort)(fromClient ? 443 : 50000))
        {
            SequenceNumber = seq,
            AcknowledgmentNumber = ackNumber,
            Synchronize = syn,
            Acknowledgment = ack,
            WindowSize = 65535,
            PayloadData = payload,
        };
        var ip = new IPv4Packet(fromClient ? client : server, fromClient ? server : client) { PayloadPacket = tcp, TimeToLive = 64 };
        ip.UpdateIPChecksum();
        tcp.UpdateTcpChecksum();
        return new EthernetPacket(new PhysicalAddress([2, 0, 0, 0, 0, 1]), new PhysicalAddress([2, 0, 0, 0, 0, 2]), EthernetType.IPv4) { PayloadPacket = ip }.Bytes;
    }

    private static (byte High, byte Low) PseudoHeaderSum(int tcpLength)
    {
        Assert.True(IpAddress.TryParse("10.0.0.1", out IpAddress source) & IpAddress.TryParse("10.0.0.2", out IpAddress destination));
        ushort sum = InternetChecksum.PseudoHeader(source, destination, IpProtocol.Tcp, tcpLength).Sum();
        return ((byte)(sum >> 8), (byte)sum);
    }

    private string[] Tshark(params string[] arguments)
    {
        Tool.Require("tshark", "apt install tshark");
        string output = Tool.Run("tshark", ["-r", _path, .. arguments]);
        return output.Length == 0 ? [] : output[..^1].ReplaceLineEndings("\n").Split('\n');
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Start;
    }

    /// <summary>A file whose writes can be held up, as by a slow disk.</summary>
    private sealed class GatedStream(FileStream inner) : Stream
    {
        private readonly ManualResetEventSlim _open = new(true), _writing = new();

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => throw new NotSupportedException(); }

        public void Shut() => _open.Reset();

        public void Open() => _open.Set();

        public void WaitUntilWriting() => _writing.Wait(TestContext.Current.CancellationToken);

        public override void Write(byte[] buffer, int offset, int count)
        {
            if (!_open.IsSet)
                _writing.Set();
            _open.Wait(TimeSpan.FromSeconds(30));
            inner.Write(buffer, offset, count);
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class FullDisk : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            if (Length > 300)
                throw new IOException("No space left on device.");
            base.Write(buffer, offset, count);
        }
    }
}
