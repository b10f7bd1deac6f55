using System.Buffers.Binary;
using UserTcp.Link;
using UserTcp.Tcp;
using UserTcp.Tests.Tcp;
using UserTcp.Wire;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Host;

/// <summary>Routers, and those who play routers, tell the whole stack that packets are too large.</summary>
public sealed class PathMtuTests
{
    private readonly NetStackDriver _driver = new();

    // us                                   peer
    // 101..1560, 1561..3020         -->    1500 bytes each
    //   <--  ICMP 3/4, MTU 1400            a router, quoting 1561
    // 101..1460, 1461..1560, …      -->    1400 bytes each, at once
    [Fact, Rfc("1191", "3"), Rfc("1191", "6.4")]
    public void What_was_too_large_leaves_again_at_once_in_smaller_segments()
    {
        (TcpSlot slot, uint first) = Open(NetStackDriver.PeerPort);
        List<WireSegment> sent = Send(slot, 4 * 1460);
        Assert.Equal([1460, 1460, 1460, 1460], sent.Select(segment => segment.Payload.Length));
        List<WireSegment> again = TooBig(1400, first + 1460);
        Assert.All(again, segment => Assert.InRange(segment.Payload.Length, 1, 1360));
        Assert.Equal(Bytes(sent), Bytes(again));
        Assert.Equal((1400, 1360), (slot.Connection.Info.PathMtu, slot.Connection.Info.SendMss));
        Assert.Equal(RecoveryState.Open, slot.Connection.Info.Recovery); // no congestion
        Assert.Equal(int.MaxValue, slot.Connection.Info.SlowStartThreshold);
        // The peer announces what it wants, we still announce the link's.
        Assert.Equal(1460, slot.Connection.Info.AdvertisedMss);
    }

    [Theory, Rfc("5927", "4.1"), InlineData(-1), InlineData(4 * 1460), InlineData(1 << 30), InlineData(int.MinValue)]
    public void A_report_about_what_is_not_in_flight_does_nothing(int offset)
    {
        (TcpSlot slot, uint first) = Open(NetStackDriver.PeerPort);
        Send(slot, 4 * 1460);
        Assert.Empty(TooBig(1000, unchecked(first + (uint)offset)));
        Assert.Equal(1500, slot.Connection.Info.PathMtu);
        (TcpSlot next, _) = Open(NetStackDriver.PeerPort + 1);
        Assert.Equal(1500, next.Connection.Info.PathMtu);
    }

    [Theory, Rfc("5927", "7.2"), InlineData(68), InlineData(0), InlineData(1)]
    public void A_report_in_flight_with_an_absurd_size_goes_no_lower_than_the_floor(ushort mtu)
    {
        (TcpSlot slot, uint first) = Open(NetStackDriver.PeerPort);
        Send(slot, 4 * 1460);
        for (int i = 0; i < 20; i++) TooBig(mtu, first);
        // 0 and 1 are no sizes: the plateaus below 1500 are 1492, 1006, 508 (RFC 1191 7.1). The quoted packet says 1500 each time.
        Assert.Equal(mtu == 68 ? 552 : 1492, slot.Connection.Info.PathMtu);
        (TcpSlot next, _) = Open(NetStackDriver.PeerPort + 1);
        Assert.Equal(mtu == 68 ? 552 : 1492, next.Connection.Info.PathMtu);
    }

    [Fact, Rfc("5927", "7.2")]
    public void A_forged_report_cannot_slow_down_a_connection_that_makes_progress()
    {
        (TcpSlot slot, uint first) = Open(NetStackDriver.PeerPort);
        Send(slot, 1460);
        _driver.Segment(Ack(1001, first + 1460));
        Send(slot, 2 * 1460);
        Assert.Empty(TooBig(600, first + 1460));
        _driver.Segment(Ack(1001, first + 3 * 1460));
        _driver.After(TimeSpan.FromSeconds(10));
        Assert.Equal(1500, slot.Connection.Info.PathMtu);
    }

    [Fact, Rfc("5927", "7.2")]
    public void A_true_one_is_believed_when_the_segment_times_out()
    {
        (TcpSlot slot, uint first) = Open(NetStackDriver.PeerPort);
        Send(slot, 1460);
        _driver.Segment(Ack(1001, first + 1460));
        Send(slot, 2 * 1460);
        Assert.Empty(TooBig(600, first + 1460));
        WireSegment again = _driver.After(TimeSpan.FromMilliseconds(300))[0];
        Assert.Equal((first + 1460, 560), (again.Seq, again.Payload.Length));
    }

    [Fact, Rfc("1191", "3")]
    public void All_connections_to_the_destination_profit_and_new_ones_start_with_it()
    {
        (TcpSlot slot, uint first) = Open(NetStackDriver.PeerPort);
        (TcpSlot other, uint others) = Open(NetStackDriver.PeerPort + 1);
        Send(slot, 1460);
        List<WireSegment> large = Send(other, 2 * 1460);
        List<WireSegment> again = TooBig(1400, first);
        Assert.Equal(1400, other.Connection.Info.PathMtu);
        Assert.Equal(Bytes(large), Bytes(again.Where(segment => segment.Seq - others < 2 * 1460)));
        (TcpSlot third, _) = Open(NetStackDriver.PeerPort + 2);
        Assert.Equal((1400, 1460), (third.Connection.Info.PathMtu, third.Connection.Info.AdvertisedMss));
        _driver.After(TimeSpan.FromMinutes(11)); // RFC 1191 6.3
        (TcpSlot late, _) = Open(NetStackDriver.PeerPort + 3);
        Assert.Equal(1500, late.Connection.Info.PathMtu);
    }

    [Fact, Rfc("6633", "3")]
    public void Source_quench_is_ignored()
    {
        (TcpSlot slot, uint first) = Open(NetStackDriver.PeerPort);
        Send(slot, 4 * 1460);
        TcpInfo before = slot.Connection.Info;
        Assert.Empty(Icmp(new((IcmpType)4, 0, 0), first, NetStackDriver.PeerPort));
        Assert.Equal(before, slot.Connection.Info);
    }

    private (TcpSlot Slot, uint First) Open(int port)
    {
        WireSegment answer = _driver.Segment(Syn(1000, mss: 1460), (ushort)port)[0];
        Assert.Equal(1460, answer.Mss);
        _driver.Segment(Ack(1001, answer.Seq + 1, window: 65535), (ushort)port);
        return (_driver.Accepted[^1], answer.Seq + 1);
    }

    private List<WireSegment> Send(TcpSlot slot, int length)
    {
        Assert.Equal(length, _driver.Net.Send(slot, Dialogue.Bytes(7, length), _driver.Now));
        return _driver.Pull();
    }

    private static IEnumerable<byte> Bytes(IEnumerable<WireSegment> segments) => segments.SelectMany(segment => segment.Payload);

    private List<WireSegment> TooBig(ushort mtu, uint seq) => Icmp(new(IcmpType.DestinationUnreachable, 4, mtu), seq, NetStackDriver.PeerPort);

    // What the router quotes: the IP header of a packet of 1500 bytes, and eight more.
    private List<WireSegment> Icmp(IcmpMessage message, uint seq, ushort port)
    {
        byte[] bytes = new byte[IcmpMessage.HeaderSize + Ipv4Header.MinimumSize + 8];
        Span<byte> quote = bytes.AsSpan(IcmpMessage.HeaderSize);
        new Ipv4Header(0, 1500, 1, Ipv4Flags.DontFragment, 0, 63, IpProtocol.Tcp, NetStackDriver.Ours, NetStackDriver.Peer).Write(quote);
        BinaryPrimitives.WriteUInt16BigEndian(quote[20..], NetStackDriver.ListenPort);
        BinaryPrimitives.WriteUInt16BigEndian(quote[22..], port);
        BinaryPrimitives.WriteUInt32BigEndian(quote[24..], seq);
        message.Write(bytes);
        _driver.Net.FrameArrives(NetStackDriver.Packet(IpProtocol.Icmp, bytes), FrameOffload.None, _driver.Now);
        return _driver.Pull();
    }
}
