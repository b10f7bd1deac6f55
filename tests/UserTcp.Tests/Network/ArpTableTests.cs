using UserTcp.Network;
using UserTcp.Tests.Wire;
using UserTcp.Wire;

namespace UserTcp.Tests.Network;

public class ArpTableTests
{
    private static readonly MacAddress OurMac = new(0x02_00_00_00_00_01), PeerMac = new(0x02_00_00_00_00_02), OtherMac = new(0x02_00_00_00_00_03);
    private static readonly IpAddress Ours = IpAddress.Parse("10.0.0.2"), Peer = IpAddress.Parse("10.0.0.1"), Other = IpAddress.Parse("10.0.0.9");

    private readonly NetworkLog _log = new();
    private readonly ArpTable _table;
    private Instant _now = new(TimeSpan.FromHours(1).Ticks);

    public ArpTableTests() => _table = new(OurMac, Ours, _log);

    private static ArpPacket Reply(MacAddress mac, IpAddress address) => new(ArpOperation.Reply, mac, address, OurMac, Ours);

    private static ArpPacket Request(MacAddress mac, IpAddress address, IpAddress target) => new(ArpOperation.Request, mac, address, default, target);

    private static byte[] Packet(int length = 40)
    {
        Generator random = new(7);
        byte[] packet = new byte[length];
        (random.Ipv4Header(IpProtocol.Tcp, length - Ipv4Header.MinimumSize) with { Source = Ours, Destination = Peer }).Write(packet);
        return packet;
    }

    /// <summary>Time passes, stopping at every deadline on the way; returns what was sent.</summary>
    private List<(Instant At, ArpPacket Packet, MacAddress To)> Pass(double seconds)
    {
        List<(Instant At, ArpPacket Packet, MacAddress To)> sent = [];
        Instant end = _now + TimeSpan.FromSeconds(seconds);
        while (true)
        {
            _table.Advance(_now);
            while (_table.TryTransmit(_now, out ArpPacket packet, out MacAddress to)) sent.Add((_now, packet, to));
            if (_table.NextDeadline > end) break;
            Assert.True(_table.NextDeadline > _now, "a deadline in the past after everything was done");
            _now = _table.NextDeadline;
        }
        _now = end;
        return sent;
    }

    private void Resolved(MacAddress expected)
    {
        Assert.Equal(ArpVerdict.Resolved, _table.Resolve(Peer, _now, out MacAddress mac));
        Assert.Equal(expected, mac);
    }

    // us                                       10.0.0.1
    // who has 10.0.0.1?      --> everybody
    //                        <-- 10.0.0.1 is at 02:…:02
    // the queued packets     -->
    [Fact, Rfc("1122", "2.3.2.2")]
    public void Packets_wait_for_the_answer_and_leave_in_order()
    {
        Assert.Equal(ArpVerdict.Pending, _table.Resolve(Peer, _now, out _));
        for (int i = 0; i < 3; i++) _table.Enqueue(Peer, Packet(40 + i), _now);
        (Instant _, ArpPacket request, MacAddress to) = Assert.Single(Pass(0.1));
        Assert.Equal(Request(OurMac, Ours, Peer), request);
        Assert.Equal(MacAddress.Broadcast, to);
        Assert.False(_table.TryDequeue(out _, out _));

        _table.Arrived(Reply(PeerMac, Peer), _now);
        for (int i = 0; i < 3; i++)
        {
            Assert.True(_table.TryDequeue(out ReadOnlyMemory<byte> packet, out to));
            Assert.Equal((40 + i, PeerMac), (packet.Length, to));
        }
        Assert.False(_table.TryDequeue(out _, out _));
        Resolved(PeerMac);
        Assert.Equal(["arp request 1 for 10.0.0.1 to ff:ff:ff:ff:ff:ff", "arp 10.0.0.1 is 02:00:00:00:00:02"], _log.Lines);
    }

    [Fact, Rfc("1122", "2.3.2.1")]
    public void Nobody_answers_three_requests_a_second_apart_and_it_is_reported_once()
    {
        Instant start = _now;
        _table.Resolve(Peer, _now, out _);
        _table.Enqueue(Peer, Packet(), _now);
        var sent = Pass(10);
        Assert.Equal([0.0, 1.0, 2.0], sent.Select(s => (s.At - start).TotalSeconds));
        Assert.True(_table.TryTakeUndeliverable(out ReadOnlyMemory<byte> lost, out IpAddress nextHop));
        Assert.Equal((40, Peer), (lost.Length, nextHop));
        Assert.False(_table.TryTakeUndeliverable(out _, out _));
        Assert.Single(_log.Lines, l => l == "arp 10.0.0.1 failed after 3, 1 lost");
        Assert.Equal(Instant.Never, _table.NextDeadline);
        Assert.Equal(ArpVerdict.Pending, _table.Resolve(Peer, _now, out _)); // the next packet asks again
    }

    [Fact]
    public void The_queue_is_bounded_in_packets_and_the_oldest_goes()
    {
        _table.Resolve(Peer, _now, out _);
        for (int i = 0; i <= Budgets.ArpQueuePackets; i++) _table.Enqueue(Peer, Packet(40 + i), _now);
        _table.Arrived(Reply(PeerMac, Peer), _now);
        List<int> lengths = [];
        while (_table.TryDequeue(out ReadOnlyMemory<byte> packet, out _)) lengths.Add(packet.Length);
        Assert.Equal(Enumerable.Range(41, Budgets.ArpQueuePackets), lengths);
        Assert.Contains("dropped ArpQueueFull", _log.Lines);
    }

    [Fact]
    public void The_queue_is_bounded_in_bytes()
    {
        _table.Resolve(Peer, _now, out _);
        for (int i = 0; i < 3; i++) _table.Enqueue(Peer, Packet(Budgets.ArpQueueBytes / 2), _now);
        _table.Arrived(Reply(PeerMac, Peer), _now);
        int count = 0;
        while (_table.TryDequeue(out _, out _)) count++;
        Assert.Equal(2, count);
    }

    [Fact]
    public void A_scan_of_a_subnet_is_bounded()
    {
        for (uint i = 0; i < Budgets.ArpUnresolved; i++) Assert.Equal(ArpVerdict.Pending, _table.Resolve(IpAddress.FromV4(0x0a000100 + i), _now, out _));
        Assert.Equal(ArpVerdict.Refused, _table.Resolve(Peer, _now, out _));
        Pass(3);
        Assert.Equal(ArpVerdict.Pending, _table.Resolve(Peer, _now, out _));
    }

    [Fact, Rfc("826", "Packet Reception")]
    public void A_request_for_our_address_is_answered_and_teaches_us_the_asker()
    {
        _table.Arrived(Request(PeerMac, Peer, Ours), _now);
        (Instant _, ArpPacket reply, MacAddress to) = Assert.Single(Pass(0));
        Assert.Equal(new(ArpOperation.Reply, OurMac, Ours, PeerMac, Peer), reply);
        Assert.Equal(PeerMac, to);
        Resolved(PeerMac);
    }

    [Fact]
    public void What_others_say_to_each_other_teaches_us_nothing()
    {
        _table.Arrived(Request(PeerMac, Peer, Other), _now);
        _table.Arrived(new(ArpOperation.Reply, PeerMac, Peer, OtherMac, Other), _now);
        _table.Arrived(Request(PeerMac, Peer, Peer), _now);
        _table.Arrived(Reply(PeerMac, Peer), _now); // to us, but we did not ask
        Assert.Empty(Pass(0));
        Assert.Equal(ArpVerdict.Pending, _table.Resolve(Peer, _now, out _));
    }

    [Theory]
    [InlineData(ArpOperation.Reply)]
    [InlineData(ArpOperation.Request)]
    public void Who_is_not_asked_does_not_replace_a_known_neighbour_but_makes_us_ask(ArpOperation operation)
    {
        _table.Arrived(Request(PeerMac, Peer, Ours), _now);
        Pass(1);
        ArpPacket lie = operation == ArpOperation.Reply ? new(operation, OtherMac, Peer, OtherMac, Peer) : Request(OtherMac, Peer, Ours);
        for (int i = 0; i < 2; i++) _table.Arrived(lie, _now);
        Resolved(PeerMac);
        Assert.Contains((Request(OurMac, Ours, Peer), MacAddress.Broadcast), Pass(0.5).Select(s => (s.Packet, s.To)));
        Resolved(PeerMac);
        _table.Arrived(Reply(OtherMac, Peer), _now); // it has really moved
        Resolved(OtherMac);
    }

    [Fact, Rfc("5227", "2.1.1")]
    public void A_probe_for_our_address_is_answered_and_not_learnt()
    {
        _table.Arrived(Request(PeerMac, IpAddress.AnyV4, Ours), _now);
        Assert.Equal(ArpOperation.Reply, Assert.Single(Pass(0)).Packet.Operation);
        Assert.Equal(Instant.Never, _table.NextDeadline);
    }

    // RFC 1122 2.3.2.1 (2): a unicast poll before the entry is dropped.
    [Fact, Rfc("1122", "2.3.2.1")]
    public void A_neighbour_in_use_is_asked_to_confirm_after_a_minute_and_is_used_meanwhile()
    {
        _table.Arrived(Request(PeerMac, Peer, Ours), _now);
        Pass(59);
        Resolved(PeerMac);
        (Instant _, ArpPacket request, MacAddress to) = Assert.Single(Pass(1.5));
        Assert.Equal((Request(OurMac, Ours, Peer), PeerMac), (request, to));
        Resolved(PeerMac);
        _table.Arrived(Reply(PeerMac, Peer), _now);
        Assert.Empty(Pass(50));
    }

    [Fact]
    public void A_neighbour_that_does_not_confirm_is_forgotten()
    {
        _table.Arrived(Request(PeerMac, Peer, Ours), _now);
        Pass(59);
        Resolved(PeerMac);
        Assert.Equal(3, Pass(4.5).Count);
        Assert.Equal(ArpVerdict.Pending, _table.Resolve(Peer, _now, out _));
        Assert.Contains("arp 10.0.0.1 failed after 3, 0 lost", _log.Lines);
    }

    [Fact]
    public void A_neighbour_that_nobody_needs_is_forgotten_in_silence()
    {
        _table.Arrived(Request(PeerMac, Peer, Ours), _now);
        Pass(0);
        Assert.Empty(Pass(61));
        Assert.Equal(Instant.Never, _table.NextDeadline);
        Assert.DoesNotContain(_log.Lines, l => l.Contains("failed", StringComparison.Ordinal));
    }

    [Fact, Rfc("5227", "2.3")]
    public void Our_address_is_announced_twice_at_the_start()
    {
        _table.Start(_now);
        var sent = Pass(10);
        Assert.Equal([0.0, 2.0], sent.Select(s => (s.At - sent[0].At).TotalSeconds));
        Assert.All(sent, s => Assert.Equal((Request(OurMac, Ours, Ours), MacAddress.Broadcast), (s.Packet, s.To)));
    }

    [Fact, Rfc("5227", "2.4")]
    public void Another_owner_of_our_address_is_noticed_and_answered_at_most_every_ten_seconds()
    {
        for (int i = 0; i < 5; i++)
        {
            _table.Arrived(Request(OtherMac, Ours, Peer), _now);
            Assert.Equal(i is 0 or 4 ? 1 : 0, Pass(3).Count);
        }
        Assert.Equal(5, _log.Lines.Count(l => l.StartsWith("conflict on 10.0.0.2 with 02:00:00:00:00:03", StringComparison.Ordinal)));
        Assert.Equal(2, _log.Lines.Count(l => l.EndsWith(", defended", StringComparison.Ordinal)));
    }

    [Fact]
    public void Our_own_frames_coming_back_are_no_conflict()
    {
        _table.Arrived(Request(OurMac, Ours, Ours), _now);
        Assert.Empty(Pass(1));
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void Invented_neighbours_push_out_only_those_we_do_not_use()
    {
        _table.Arrived(Request(PeerMac, Peer, Ours), _now);
        Resolved(PeerMac);
        for (uint i = 0; i < 10_000; i++)
        {
            _table.Arrived(Request(OtherMac, IpAddress.FromV4(0x0a010000 + i), Ours), _now);
            while (_table.TryTransmit(_now, out _, out _)) { }
        }
        Resolved(PeerMac);
    }

    [Fact]
    public void A_flood_of_requests_has_a_bounded_number_of_answers_waiting()
    {
        for (uint i = 0; i < 1000; i++) _table.Arrived(Request(PeerMac, Peer, Ours), _now);
        Assert.Equal(Budgets.ArpReplies, Pass(0).Count);
    }

    [Fact]
    public void Looking_up_a_known_neighbour_allocates_nothing()
    {
        _table.Arrived(Request(PeerMac, Peer, Ours), _now);
        Pass(0);
        Resolved(PeerMac);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            _table.Resolve(Peer, _now, out _);
            _table.Advance(_now);
            _table.TryTransmit(_now, out _, out _);
            _table.TryDequeue(out _, out _);
        }
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
