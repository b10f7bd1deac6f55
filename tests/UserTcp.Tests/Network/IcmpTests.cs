using UserTcp.Network;
using UserTcp.Tests.Wire;
using UserTcp.Wire;

namespace UserTcp.Tests.Network;

public class IcmpTests
{
    private static readonly IpAddress Ours = IpAddress.Parse("10.0.0.2"), Peer = IpAddress.Parse("10.0.0.1");
    private static readonly MacAddress OurMac = new(0x02_00_00_00_00_01);

    private readonly NetworkLog _log = new();
    private readonly RouteTable _routes = new();
    private readonly IcmpSender _sender;
    private readonly Generator _random = new(9);
    private Instant _now = new(TimeSpan.TicksPerHour);

    public IcmpTests()
    {
        _routes.AddOnLink(Ipv4Prefix.Parse("10.0.0.2/24"));
        _sender = new(_log);
    }

    private static Ipv4Header Header(IpProtocol protocol, int payloadLength) => new(
        0, (ushort)(Ipv4Header.MinimumSize + payloadLength), 1, Ipv4Flags.DontFragment, 0, 64, protocol, Peer, Ours);

    private static byte[] Packet(Ipv4Header header, byte[] payload)
    {
        byte[] packet = [.. new byte[Ipv4Header.MinimumSize], .. payload];
        header.Write(packet);
        return packet;
    }

    private bool Report(byte[] packet, MacAddress? link = null)
        => _sender.ReportError(IcmpType.DestinationUnreachable, (byte)UnreachableCode.Port, packet, link ?? OurMac, _routes, _now);

    // 10.0.0.1                              us
    // echo request id=7 seq=1  -->
    //                          <-- echo reply id=7 seq=1, the same data
    [Theory, Rfc("1122", "3.2.2.6")]
    [InlineData(0)]
    [InlineData(56)]
    [InlineData(65_000)]
    public void An_echo_request_of_any_size_is_answered_with_its_data(int length)
    {
        byte[] data = _random.Bytes(length);
        _sender.AnswerEcho(Header(IpProtocol.Icmp, length), IcmpMessage.Echo(IcmpType.EchoRequest, 7, 1), data, _routes, _now);
        Assert.True(_sender.TryTransmit(out IcmpDatagram reply));
        Assert.Equal((Ours, Peer), (reply.Source, reply.Destination));
        Assert.Equal(ParseError.None, IcmpMessage.TryParse(reply.Message.Span, out IcmpMessage message, out ReadOnlySpan<byte> echoed));
        Assert.Equal(IcmpMessage.Echo(IcmpType.EchoReply, 7, 1), message);
        Assert.True(echoed.SequenceEqual(data));
        Assert.False(_sender.TryTransmit(out _));
    }

    [Fact]
    public void An_echo_request_to_everybody_is_not_answered()
    {
        Ipv4Header header = Header(IpProtocol.Icmp, 0) with { Destination = IpAddress.Parse("10.0.0.255") };
        _sender.AnswerEcho(header, IcmpMessage.Echo(IcmpType.EchoRequest, 7, 1), [], _routes, _now);
        Assert.False(_sender.TryTransmit(out _));
    }

    [Fact]
    public void A_flood_of_echo_requests_fills_a_bounded_queue()
    {
        for (int i = 0; i < 1000; i++) _sender.AnswerEcho(Header(IpProtocol.Icmp, 0), IcmpMessage.Echo(IcmpType.EchoRequest, 7, 1), new byte[10_000], _routes, _now);
        int sent = 0;
        while (_sender.TryTransmit(out _)) sent++;
        Assert.InRange(sent * 10_000, 1, Budgets.IcmpQueueBytes);
        Assert.Contains("dropped QueueFull", _log.Lines);
    }

    [Fact, Rfc("1812", "4.3.2.3")]
    public void An_error_quotes_the_packet_up_to_576_bytes()
    {
        foreach (int length in (int[])[8, 100, 528, 529, 1400])
        {
            byte[] packet = Packet(Header(IpProtocol.Udp, length), _random.Bytes(length));
            Assert.True(Report(packet));
            Assert.True(_sender.TryTransmit(out IcmpDatagram error));
            Assert.Equal(Peer, error.Destination);
            Assert.Equal(ParseError.None, IcmpMessage.TryParse(error.Message.Span, out IcmpMessage message, out ReadOnlySpan<byte> quote));
            Assert.Equal((IcmpType.DestinationUnreachable, (byte)UnreachableCode.Port), (message.Type, message.Code));
            Assert.True(Ipv4Header.MinimumSize + error.Message.Length <= 576);
            Assert.Equal(Math.Min(packet.Length, 576 - 20 - 8), quote.Length);
            Assert.True(packet.AsSpan().StartsWith(quote));
        }
    }

    // RFC 1122 3.2.2: an error must not be sent about these.
    [Fact, Rfc("1122", "3.2.2")]
    public void Errors_are_never_sent_about_errors_fragments_broadcasts_and_martians()
    {
        byte[] payload = new byte[16];
        Ipv4Header udp = Header(IpProtocol.Udp, payload.Length);
        Assert.False(Report(Packet(udp with { FragmentOffset = 8 }, payload)), "a later fragment");
        Assert.False(Report(Packet(udp, payload), MacAddress.Broadcast), "a broadcast of the link");
        Assert.False(Report(Packet(udp with { Destination = IpAddress.Parse("10.0.0.255") }, payload)), "a broadcast");
        Assert.False(Report(Packet(udp with { Destination = IpAddress.Parse("224.0.0.1") }, payload)), "a multicast");
        Assert.False(Report(Packet(udp with { Source = IpAddress.Parse("127.0.0.1") }, payload)), "a source that is no host");
        foreach (IcmpType type in (IcmpType[])[IcmpType.DestinationUnreachable, IcmpType.TimeExceeded, IcmpType.ParameterProblem, IcmpType.Redirect])
        {
            payload[0] = (byte)type;
            Assert.False(Report(Packet(Header(IpProtocol.Icmp, payload.Length), payload)), $"an error of type {type}");
        }
        payload[0] = (byte)IcmpType.EchoRequest;
        Assert.True(Report(Packet(Header(IpProtocol.Icmp, payload.Length), payload)), "an echo request is no error");
    }

    [Fact, Rfc("1812", "4.3.2.8")]
    public void Errors_are_limited_to_a_burst_and_a_rate()
    {
        byte[] packet = Packet(Header(IpProtocol.Udp, 8), new byte[8]);
        int Flood()
        {
            int sent = 0;
            while (Report(packet))
            {
                sent++;
                Assert.True(_sender.TryTransmit(out _));
            }
            return sent;
        }
        Assert.Equal(Budgets.IcmpErrorBurst, Flood());
        _now += TimeSpan.FromMilliseconds(10);
        Assert.Equal(Budgets.IcmpErrorsPerSecond / 100, Flood());
        _now += TimeSpan.FromHours(1);
        Assert.Equal(Budgets.IcmpErrorBurst, Flood());
    }

    // us                                router
    // TCP 10.0.0.2:5000 → 8.8.8.8:80 -->
    //                                <-- ICMP 3/…, quoting it
    [Theory, Rfc("1122", "4.2.3.9"), Rfc("9293", "3.9.2.2", "MUST-54")]
    [InlineData(UnreachableCode.Port, true)]
    [InlineData(UnreachableCode.Protocol, true)]
    [InlineData(UnreachableCode.Host, false)]
    [InlineData(UnreachableCode.Network, false)]
    [InlineData(UnreachableCode.FragmentationNeeded, false)]
    [InlineData(UnreachableCode.AdministrativelyProhibited, false)]
    public void An_error_is_read_down_to_the_sequence_number_of_what_it_is_about(UnreachableCode code, bool hard)
    {
        TcpHeader tcp = new(5000, 80, new(0xdeadbeef), default, TcpFlags.Syn, 1000);
        byte[] segment = new byte[TcpHeader.MinimumSize];
        tcp.Write(segment, 0);
        Ipv4Header sent = Header(IpProtocol.Tcp, segment.Length) with { Source = Ours, Destination = IpAddress.Parse("8.8.8.8") };
        byte[] quote = Packet(sent, segment)[..28]; // RFC 792: 8 bytes are all that must be there
        Assert.Equal(ParseError.None, IcmpErrorReport.TryParse(Peer, new(IcmpType.DestinationUnreachable, (byte)code, 0), quote, out IcmpErrorReport report));
        Assert.Equal(hard, report.IsHard);
        Assert.Equal((Peer, IpProtocol.Tcp), (report.Reporter, report.Protocol));
        Assert.Equal(("10.0.0.2:5000", "8.8.8.8:80"), (report.Local.ToString(), report.Remote.ToString()));
        Assert.Equal(tcp.Seq, report.Seq);
    }

    [Fact, Rfc("9293", "3.9.2.2", "MUST-55")]
    public void Source_quench_is_no_error_that_anybody_would_hear_of()
    {
        IcmpMessage quench = new((IcmpType)4, 0, 0);
        Assert.False(quench.IsError);
        Assert.Equal(ParseError.Value, IcmpErrorReport.TryParse(Peer, quench, Packet(Header(IpProtocol.Tcp, 8), new byte[8]), out _));
    }

    [Theory, Rfc("1122", "3.2.2.1"), Rfc("1122", "3.2.2.4"), Rfc("1122", "3.2.2.5")]
    [InlineData(IcmpType.DestinationUnreachable)]
    [InlineData(IcmpType.TimeExceeded)]
    [InlineData(IcmpType.ParameterProblem)]
    public void Errors_are_read_for_the_transport_that_sent_what_they_quote(IcmpType type)
        => Assert.Equal(ParseError.None, IcmpErrorReport.TryParse(Peer, new(type, 0, 0), Packet(Header(IpProtocol.Tcp, 8), new byte[8]), out _));

    [Theory, Rfc("1191", "5")]
    [InlineData(1400, 1500, 1400)]
    [InlineData(0, 1500, 1492)] // an old router: RFC 1191 7.1
    [InlineData(0, 1492, 1006)]
    [InlineData(1500, 1500, 1492)] // no smaller than what was sent: nonsense, but something is too big
    [InlineData(20, 1500, 1492)] // below what every link must carry
    [InlineData(0, 68, 68)]
    public void Fragmentation_needed_says_how_much_fits(ushort given, ushort sent, int expected)
    {
        byte[] quote = Packet(Header(IpProtocol.Tcp, 8) with { TotalLength = sent }, new byte[8]);
        IcmpMessage message = new(IcmpType.DestinationUnreachable, (byte)UnreachableCode.FragmentationNeeded, given);
        Assert.Equal(ParseError.None, IcmpErrorReport.TryParse(Peer, message, quote, out IcmpErrorReport report));
        Assert.Equal(expected, report.NextHopMtu);
    }

    [Fact]
    public void An_error_about_nothing_of_ours_is_refused()
    {
        IcmpMessage message = new(IcmpType.TimeExceeded, 0, 0);
        Assert.Equal(ParseError.Truncated, IcmpErrorReport.TryParse(Peer, message, [], out _));
        Assert.Equal(ParseError.Truncated, IcmpErrorReport.TryParse(Peer, message, Packet(Header(IpProtocol.Tcp, 7), new byte[7]), out _));
        Assert.Equal(ParseError.Value, IcmpErrorReport.TryParse(Peer, message, Packet(Header((IpProtocol)47, 8), new byte[8]), out _));
        Assert.Equal(ParseError.Value, IcmpErrorReport.TryParse(Peer, message, Packet(Header(IpProtocol.Tcp, 8) with { FragmentOffset = 8 }, new byte[8]), out _));
        Assert.Equal(ParseError.Value, IcmpErrorReport.TryParse(Peer, IcmpMessage.Echo(IcmpType.EchoReply, 1, 1), Packet(Header(IpProtocol.Tcp, 8), new byte[8]), out _));
    }

    // us                                  10.0.0.1
    // echo request seq=1  -->
    //                     <-- echo reply seq=1, 5 ms later
    // echo request seq=2  -->             (lost)
    // echo request seq=3  -->
    //                     <-- host unreachable, quoting seq=3
    [Fact]
    public void Our_echo_requests_end_with_a_reply_an_error_or_a_timeout()
    {
        EchoRequests requests = new();
        var timeout = TimeSpan.FromSeconds(1);
        Assert.True(requests.TryAdd(Peer, 7, 1, timeout, _now));
        Assert.False(requests.TryAdd(Peer, 7, 1, timeout, _now)); // the same one waits already
        Assert.True(requests.TryAdd(Peer, 7, 2, timeout, _now));
        Assert.True(requests.TryAdd(Peer, 7, 3, timeout, _now));
        Assert.True(_sender.RequestEcho(Ours, Peer, 7, 3, _random.Bytes(56), _now));
        Assert.True(_sender.TryTransmit(out IcmpDatagram third));

        _now += TimeSpan.FromMilliseconds(5);
        Ipv4Header reply = Header(IpProtocol.Icmp, 64);
        Assert.False(requests.Replied(reply, IcmpMessage.Echo(IcmpType.EchoReply, 8, 1), [], _now)); // somebody else's
        Assert.False(requests.Replied(reply with { Source = Ours }, IcmpMessage.Echo(IcmpType.EchoReply, 7, 1), [], _now));
        Assert.True(requests.Replied(reply, IcmpMessage.Echo(IcmpType.EchoReply, 7, 1), new byte[56], _now));
        Assert.False(requests.Replied(reply, IcmpMessage.Echo(IcmpType.EchoReply, 7, 1), new byte[56], _now)); // once is enough
        Assert.True(requests.TryTakeResult(out EchoResult result));
        Assert.Equal(new(7, 1, EchoOutcome.Replied, TimeSpan.FromMilliseconds(5), 56, 64, default), result);

        byte[] sent = Packet(Header(IpProtocol.Icmp, third.Message.Length) with { Source = Ours, Destination = Peer }, third.Message.ToArray());
        Assert.Equal(ParseError.None, IcmpErrorReport.HostUnreachable(sent, Ours, out IcmpErrorReport report));
        Assert.True(requests.Failed(report, _now));
        Assert.True(requests.TryTakeResult(out result));
        Assert.Equal((EchoOutcome.Refused, (ushort)3, report), (result.Outcome, result.Sequence, result.Error));
        Assert.Contains("does not answer ARP", result.Error.ToString(), StringComparison.Ordinal);

        Assert.Equal(new Instant(TimeSpan.TicksPerHour) + timeout, requests.NextDeadline);
        _now = requests.NextDeadline;
        requests.Advance(_now);
        Assert.True(requests.TryTakeResult(out result));
        Assert.Equal((EchoOutcome.TimedOut, (ushort)2, timeout), (result.Outcome, result.Sequence, result.RoundTrip));
        Assert.Equal(Instant.Never, requests.NextDeadline);
    }
}
