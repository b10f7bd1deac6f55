using System.Net;
using System.Net.NetworkInformation;
using PacketDotNet;
using UserTcp.Link;
using UserTcp.Testing;
using UserTcp.Wire;

namespace UserTcp.Tests.Link;

/// <summary>Offload both ways: the kernel forwards between two TAPs, so it takes our super-segments and makes its own.</summary>
public sealed class TapOffloadTests : IDisposable
{
    private const int EthernetIpTcp = 14 + 20 + 20;
    private const int SegmentSize = 1000;
    private readonly TestNamespace _namespace = TestNamespace.Create();
    private readonly TapDevice _near = new("near"), _far = new("far");

    public TapOffloadTests()
    {
        _namespace.Run(() =>
        {
            _near.Open();
            _far.Open();
            File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1");
        });
        _namespace.Ip("link set near up");
        _namespace.Ip("link set far up");
        _namespace.Ip("address add 10.0.1.1/24 dev near");
        _namespace.Ip("address add 10.0.2.1/24 dev far");
        _namespace.Ip("neighbor add 10.0.2.2 lladdr 02:00:00:00:00:02 dev far");
    }

    public void Dispose()
    {
        _near.Dispose();
        _far.Dispose();
        _namespace.Dispose();
    }

    // near (we send)                   kernel forwards                    far (we receive)
    // 4000 bytes, gso 1000, partial  ------------------->  offload on:    4000 bytes, gso 1000, partial checksum
    //                                                      offload off:   4 × 1000 bytes, complete checksums
    [Fact]
    public void A_super_segment_passes_whole_with_offload_and_in_pieces_without_and_it_can_be_switched_both_ways()
    {
        (byte[] frame, FrameOffload offload) = SuperSegment(4 * SegmentSize);
        foreach (bool on in (bool[])[true, false, true, false])
        {
            _far.Offload = on;
            Assert.Equal(on, _far.Offload);
            Assert.True(_near.Send(new OutgoingFrame(frame.AsSpan(0, EthernetIpTcp), frame.AsSpan(EthernetIpTcp), default, offload), Instant.Zero), _near.LastError);

            var received = new Collector();
            received.ReceiveFrom(_far, on ? 1 : 4);
            for (int i = 0; i < received.Frames.Count; i++)
            {
                if (on)
                {
                    Assert.Equal(SegmentSize, received.Offloads[i].SegmentSize);
                    Assert.True(received.Offloads[i].NeedsChecksum);
                    Assert.Equal((34, 16), (received.Offloads[i].ChecksumStart, received.Offloads[i].ChecksumOffset));
                }
                else
                {
                    Assert.Equal(0, received.Offloads[i].SegmentSize);
                    Assert.False(received.Offloads[i].NeedsChecksum);
                    var ip = (IPv4Packet)Packet.ParsePacket(LinkLayers.Ethernet, received.Frames[i]).PayloadPacket;
                    var tcp = (TcpPacket)ip.PayloadPacket;
                    Assert.True(tcp.ValidChecksum);
                    Assert.Equal(5000u + (uint)(i * SegmentSize), tcp.SequenceNumber);
                }
            }

            Assert.Equal(frame[EthernetIpTcp..], received.Frames.SelectMany(f => f[EthernetIpTcp..]));
        }
    }

    [Fact]
    public void A_checksum_left_to_offload_travels_through_the_SharpPcap_interface_in_the_capture_header()
    {
        (byte[] frame, FrameOffload offload) = SuperSegment(500);
        offload = offload with { SegmentSize = 0 };
        _near.SendPacket(frame, new TapCaptureHeader { Offload = offload });
        Assert.Equal(SharpPcap.GetPacketStatus.PacketRead, _far.GetNextPacket(out SharpPcap.PacketCapture capture));
        var header = Assert.IsType<TapCaptureHeader>(capture.Header);
        Assert.Equal(offload, header.Offload);
        Assert.Equal(DateTimeKind.Utc, header.Utc.Kind);
        Assert.Equal(header.Utc, header.Timeval.Date);
    }

    /// <summary>A TCP segment from 10.0.1.2 to 10.0.2.2 with only the pseudo header's sum in its checksum field.</summary>
    private (byte[] Frame, FrameOffload Offload) SuperSegment(int payload)
    {
        byte[] data = new byte[payload];
        for (int i = 0; i < data.Length; i++)
            data[i] = (byte)(i * 31);
        var tcp = new TcpPacket(4000, 80) { SequenceNumber = 5000, Acknowledgment = true, AcknowledgmentNumber = 77, WindowSize = 1000, PayloadData = data };
        var ip = new IPv4Packet(IPAddress.Parse("10.0.1.2"), IPAddress.Parse("10.0.2.2")) { PayloadPacket = tcp, TimeToLive = 64 };
        ip.UpdateIPChecksum();
        var ethernet = new EthernetPacket(new PhysicalAddress([2, 0, 0, 0, 0, 1]), _near.MacAddress, PacketDotNet.EthernetType.IPv4) { PayloadPacket = ip };
        byte[] frame = ethernet.Bytes;
        Assert.True(IpAddress.TryParse("10.0.1.2", out IpAddress source));
        Assert.True(IpAddress.TryParse("10.0.2.2", out IpAddress destination));
        ushort sum = InternetChecksum.PseudoHeader(source, destination, IpProtocol.Tcp, 20 + payload).Sum();
        (frame[50], frame[51]) = ((byte)(sum >> 8), (byte)sum);
        return (frame, new FrameOffload(NeedsChecksum: true, ChecksumValid: false, ChecksumStart: 34, ChecksumOffset: 16, SegmentSize));
    }
}
