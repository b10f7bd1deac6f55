using UserTcp.Network;
using UserTcp.Tests.Wire;
using UserTcp.Wire;

namespace UserTcp.Tests.Network;

public class ReassemblyTests
{
    private const int Mtu = 576;

    private readonly NetworkLog _log = new();
    private readonly Ipv4Reassembler _reassembler;
    private readonly Generator _random = new(8);
    private Instant _now = new(TimeSpan.TicksPerHour);

    public ReassemblyTests() => _reassembler = new(_log);

    private static Ipv4Header Header(ushort id, IpProtocol protocol = IpProtocol.Udp) => new(
        0, 0, id, Ipv4Flags.None, 0, 64, protocol, IpAddress.Parse("10.0.0.1"), IpAddress.Parse("10.0.0.2"));

    /// <summary>A fragment with the payload bytes from <paramref name="start"/> to <paramref name="end"/> of a datagram.</summary>
    private static byte[] Fragment(Ipv4Header header, byte[] payload, int start, int end, bool? more = null)
    {
        byte[] packet = new byte[Ipv4Header.MinimumSize + end - start];
        (header with
        {
            TotalLength = (ushort)packet.Length,
            FragmentOffset = (ushort)start,
            Flags = more ?? end < payload.Length ? Ipv4Flags.MoreFragments : Ipv4Flags.None,
        }).Write(packet);
        payload.AsSpan(start, end - start).CopyTo(packet.AsSpan(Ipv4Header.MinimumSize));
        return packet;
    }

    private static List<byte[]> Cut(Ipv4Header header, byte[] payload)
    {
        List<byte[]> fragments = [];
        for (int i = 0; i < Ipv4Fragmenter.Count(payload.Length, Mtu); i++)
        {
            Ipv4Header part = Ipv4Fragmenter.At(header, payload.Length, Mtu, i, out Range range);
            byte[] packet = new byte[part.TotalLength];
            part.Write(packet);
            payload.AsSpan(range).CopyTo(packet.AsSpan(Ipv4Header.MinimumSize));
            Assert.True(packet.Length <= Mtu);
            fragments.Add(packet);
        }
        return fragments;
    }

    private byte[]? Add(byte[] packet)
    {
        Assert.Equal(ParseError.None, Ipv4Header.TryParse(packet, out Ipv4Header header, out _, out ReadOnlySpan<byte> payload));
        Assert.True(header.IsFragment);
        return _reassembler.TryAdd(packet, header, payload, _now, out ReadOnlyMemory<byte> whole) ? whole.ToArray() : null;
    }

    private List<byte[]> Expire()
    {
        List<byte[]> quotes = [];
        while (_reassembler.TryExpire(_now, out ReadOnlyMemory<byte> quote)) quotes.Add(quote.ToArray());
        return quotes;
    }

    [Fact, Rfc("791", "3.2")]
    public void Fragments_in_any_order_and_repeated_give_the_datagram()
    {
        for (int round = 0; round < 200; round++)
        {
            byte[] payload = _random.Bytes(600 + _random.Next(round == 0 ? 1 : 20_000));
            Ipv4Header header = Header((ushort)round);
            List<byte[]> fragments = Cut(header, payload);
            for (int i = fragments.Count - 1; i > 0; i--) // Fisher and Yates
            {
                int j = _random.Next(i + 1);
                (fragments[i], fragments[j]) = (fragments[j], fragments[i]);
            }
            for (int i = 0; i < fragments.Count; i++)
            {
                byte[]? whole = Add(fragments[i]);
                if (i < fragments.Count - 1)
                {
                    Assert.Null(whole);
                    Assert.Null(Add(fragments[_random.Next(i + 1)]));
                    continue;
                }
                Assert.Equal(ParseError.None, Ipv4Header.TryParse(whole, out Ipv4Header read, out _, out ReadOnlySpan<byte> readPayload));
                Assert.Equal(header with { TotalLength = (ushort)(20 + payload.Length) }, read);
                Assert.True(readPayload.SequenceEqual(payload));
            }
            Assert.Equal(0, _reassembler.BytesHeld);
        }
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void The_largest_datagram_comes_together_and_a_larger_one_never()
    {
        byte[] payload = _random.Bytes(65_535 - 20);
        List<byte[]> fragments = Cut(Header(1), payload);
        Assert.Equal(65_535, fragments.ConvertAll(Add)[^1]!.Length);

        byte[] last = Fragment(Header(2), _random.Bytes(65_528), 65_512, 65_528); // the "ping of death"
        Assert.Null(Add(last));
        Assert.Equal(["dropped FragmentShape"], _log.Lines);
    }

    // bytes 0..........15
    //          8..........23   says something else about 8..15: which of the two would the receiver believe?
    [Fact, Rfc("5722", "4")]
    public void Overlapping_fragments_end_the_whole_datagram_and_what_follows_of_it()
    {
        byte[] payload = _random.Bytes(64), lie = _random.Bytes(64);
        Assert.Null(Add(Fragment(Header(1), payload, 0, 16)));
        Assert.Null(Add(Fragment(Header(1), lie, 8, 24)));
        Assert.Null(Add(Fragment(Header(1), payload, 0, 32)));
        Assert.Null(Add(Fragment(Header(1), payload, 32, 64)));
        Assert.Equal(3, _log.Lines.Count(l => l == "dropped FragmentOverlap"));
        Assert.Equal(0, _reassembler.BytesHeld);
        _now += TimeSpan.FromSeconds(31);
        Assert.Equal([[]], Expire()); // forgotten, and no ICMP about it
    }

    [Fact]
    public void A_repeated_fragment_with_other_bytes_is_an_overlap()
    {
        byte[] payload = _random.Bytes(64), lie = _random.Bytes(64);
        Add(Fragment(Header(1), payload, 0, 16));
        Add(Fragment(Header(1), lie, 0, 16));
        Assert.Equal(["dropped FragmentOverlap"], _log.Lines);
    }

    [Fact]
    public void Two_different_ends_are_an_overlap()
    {
        byte[] payload = _random.Bytes(64);
        Add(Fragment(Header(1), payload, 48, 64));
        Add(Fragment(Header(1), payload, 16, 32, more: false));
        Add(Fragment(Header(2), payload, 16, 32, more: false));
        Add(Fragment(Header(2), payload, 32, 48));
        Add(Fragment(Header(3), payload, 32, 48));
        Add(Fragment(Header(3), payload, 16, 32, more: false));
        Assert.Equal(["dropped FragmentOverlap", "dropped FragmentOverlap", "dropped FragmentOverlap"], _log.Lines);
    }

    [Fact, Rfc("1858", "3"), Rfc("3128", "2")]
    public void Tcp_headers_must_not_be_cut()
    {
        byte[] payload = _random.Bytes(64);
        Add(Fragment(Header(1, IpProtocol.Tcp), payload, 0, 8)); // RFC 1858 3: ports and no flags
        Add(Fragment(Header(2, IpProtocol.Tcp), payload, 8, 64)); // RFC 3128: overwrites the flags
        Assert.Equal(["dropped TinyFragment", "dropped TinyFragment"], _log.Lines);
        Assert.Null(Add(Fragment(Header(3, IpProtocol.Tcp), payload, 0, 24)));
        Assert.NotNull(Add(Fragment(Header(3, IpProtocol.Tcp), payload, 24, 64)));
    }

    [Fact]
    public void A_middle_fragment_that_does_not_end_at_a_multiple_of_eight_is_refused()
    {
        Add(Fragment(Header(1), _random.Bytes(64), 0, 15));
        Assert.Equal(["dropped FragmentShape"], _log.Lines);
    }

    [Fact]
    public void Datagrams_with_other_ids_protocols_or_ends_do_not_mix()
    {
        byte[] payload = _random.Bytes(64);
        Add(Fragment(Header(1), payload, 0, 32));
        Assert.Null(Add(Fragment(Header(2), payload, 32, 64)));
        Assert.Null(Add(Fragment(Header(1, IpProtocol.Icmp), payload, 32, 64)));
        Assert.Null(Add(Fragment(Header(1) with { Source = IpAddress.Parse("10.0.0.3") }, payload, 32, 64)));
        Assert.NotNull(Add(Fragment(Header(1), payload, 32, 64)));
    }

    [Fact, Rfc("1122", "3.3.2")]
    public void After_thirty_seconds_the_first_fragment_is_quoted()
    {
        byte[] payload = _random.Bytes(64);
        byte[] first = Fragment(Header(1), payload, 0, 32);
        Add(first);
        _now += TimeSpan.FromSeconds(10);
        Add(Fragment(Header(2), payload, 32, 64)); // the first fragment of this one never comes
        Assert.Equal(new Instant(TimeSpan.TicksPerHour) + TimeSpan.FromSeconds(30), _reassembler.NextDeadline);
        _now += TimeSpan.FromSeconds(19.9);
        Assert.Empty(Expire());
        _now += TimeSpan.FromSeconds(0.1);
        Assert.Equal([first], Expire());
        _now += TimeSpan.FromSeconds(10);
        Assert.Equal([[]], Expire()); // RFC 792: without the first fragment no time exceeded
        Assert.Equal(Instant.Never, _reassembler.NextDeadline);
        Assert.Equal(0, _reassembler.BytesHeld);
    }

    [Fact]
    public void A_flood_of_incomplete_datagrams_stays_within_the_budget_and_the_newest_survives()
    {
        byte[] payload = _random.Bytes(60_000);
        for (int i = 0; i < 1000; i++)
        {
            Add(Fragment(Header((ushort)i), payload, 0, 512));
            Add(Fragment(Header((ushort)i), payload, 50_000, 50_008));
            Assert.InRange(_reassembler.BytesHeld, 1, Budgets.ReassemblyBytes);
        }
        Add(Fragment(Header(5000), payload[..1024], 0, 512));
        Assert.NotNull(Add(Fragment(Header(5000), payload[..1024], 512, 1024)));
        Assert.Contains("dropped ReassemblyBudget", _log.Lines);
    }

    [Fact]
    public void A_datagram_in_crumbs_is_refused()
    {
        byte[] payload = _random.Bytes(60_000);
        for (int i = 0; i <= Budgets.ReassemblyPieces; i++) Add(Fragment(Header(1), payload, i * 16, i * 16 + 8)); // never touching
        Assert.Contains("dropped FragmentOverlap", _log.Lines);
        Assert.Equal(0, _reassembler.BytesHeld);
    }

    [Theory, Rfc("3168", "5.3")]
    [InlineData(2, 2, 2)]
    [InlineData(2, 3, 3)]
    [InlineData(3, 2, 3)]
    [InlineData(0, 0, 0)]
    [InlineData(0, 3, null)]
    [InlineData(3, 0, null)]
    public void A_congestion_mark_on_a_fragment_marks_the_datagram(byte first, byte second, int? expected)
    {
        byte[] payload = _random.Bytes(64);
        Add(Fragment(Header(1) with { TypeOfService = first }, payload, 0, 32));
        byte[]? whole = Add(Fragment(Header(1) with { TypeOfService = second }, payload, 32, 64));
        Assert.Equal(expected, whole?[1] & 3);
    }

    [Fact]
    public void Random_fragments_never_throw_and_never_exceed_the_budget()
    {
        byte[] payload = _random.Bytes(65_000);
        for (int i = 0; i < 100_000; i++)
        {
            int start = 8 * _random.Next(_random.NextBool() ? 20 : 8000), length = 1 + _random.Next(1480);
            byte[] packet = Fragment(Header((ushort)_random.Next(100), _random.Pick(IpProtocol.Tcp, IpProtocol.Udp)), payload, start, Math.Min(start + length, payload.Length), _random.NextBool());
            Assert.Equal(ParseError.None, Ipv4Header.TryParse(packet, out Ipv4Header header, out _, out ReadOnlySpan<byte> data));
            _reassembler.TryAdd(packet, header, data, _now, out _);
            Assert.InRange(_reassembler.BytesHeld, 0, Budgets.ReassemblyBytes);
            _now += TimeSpan.FromMilliseconds(10);
            if (i % 100 == 0) Expire();
        }
    }
}
