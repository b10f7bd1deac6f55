using UserTcp.Tcp;
using UserTcp.Tests.Tcp;
using UserTcp.Tests.Wire;
using UserTcp.Wire;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Host;

/// <summary>A listener under a flood of SYNs whose senders never answer (RFC 4987).</summary>
public sealed class SynCookieTests
{
    private const byte SynAckFlags = WireSegment.Syn | WireSegment.Ack;
    private const ushort Client = 50_000;

    /// <summary>As many half-open connections as may be.</summary>
    private static NetStackDriver Flooded(TcpSettings? settings = null, int backlog = 16)
    {
        NetStackDriver driver = new(tcp: settings, backlog: backlog);
        for (int i = 0; i < Budgets.HalfOpenPerListener; i++) Assert.Equal(SynAckFlags, Assert.Single(driver.Segment(Syn(1000, mss: 1460), (ushort)(i + 1))).Flags);
        Assert.Equal(0, driver.Net.Counters.SynCookiesSent);
        return driver;
    }

    // LISTEN                        <--   S   seq=1000
    //        S. seq=cookie ack=1001 -->              nothing is kept
    // LISTEN                        <--   P.  seq=1001 ack=cookie+1, 100 bytes
    // ESTABLISHED
    [Theory, Rfc("4987", "3.6")]
    [InlineData(null, 536)]
    [InlineData(1, 48)]
    [InlineData(536, 536)]
    [InlineData(1399, 1360)]
    [InlineData(1460, 1460)]
    [InlineData(9000, 1460)]
    public void A_cookie_that_comes_back_opens_the_connection_with_the_MSS_of_the_SYN(int? announced, int remembered)
    {
        NetStackDriver driver = Flooded();
        WireSegment answer = Assert.Single(driver.Segment(Syn(1000, mss: announced), Client));
        Assert.Equal((SynAckFlags, 1001u, 1460, 65535), (answer.Flags, answer.AckNumber, answer.Mss, answer.Window));
        Assert.Equal(Budgets.HalfOpenPerListener, driver.Net.ConnectionCount);

        WireSegment reply = Assert.Single(driver.Segment(Push(1001, answer.Seq + 1, 100, window: 5000), Client));
        Assert.Equal((WireSegment.Ack, 1101u), (reply.Flags, reply.AckNumber));
        TcpSlot slot = Assert.Single(driver.Accepted);
        Assert.Equal((TcpState.Established, remembered, 5000), (slot.Connection.State, slot.Connection.Info.SendMss, slot.Connection.Info.SendWindow));
        byte[] data = new byte[100];
        Assert.Equal(100, driver.Net.Receive(slot, data, driver.Now));
        Assert.Equal(Bytes(1001, 100), data);
        StackCounters counters = driver.Net.Counters;
        Assert.Equal((1, 1, 0), (counters.SynCookiesSent, counters.SynCookiesReceived, counters.SynCookiesFailed));
        Assert.Equal(counters.SynsReceived, counters.PassiveOpens);
    }

    [Theory, Rfc("4987", "3.6"), Rfc("7323", "2.2")]
    [InlineData(7, true)]
    [InlineData(0, false)]
    [InlineData(14, true)]
    [InlineData(200, true)]
    [InlineData(null, true)]
    [InlineData(null, false)]
    public void With_timestamps_the_cookie_remembers_window_scale_and_SACK(int? scale, bool sack)
    {
        NetStackDriver driver = Flooded(new());
        WireSegment answer = Assert.Single(driver.Segment(Syn(1000, mss: 1460, scale: scale, ts: (77, 0)) with { SackOk = sack }, Client));
        Assert.Equal((sack, scale is not null, 77u), (answer.SackOk!.Value, answer.Scale is not null, answer.Timestamps!.Value.Echo));
        driver.After(TimeSpan.FromMilliseconds(30));
        driver.Segment(Ack(1001, answer.Seq + 1, window: 100, ts: (80, answer.Timestamps.Value.Value)), Client);
        TcpSlot slot = Assert.Single(driver.Accepted);
        TcpInfo info = slot.Connection.Info;
        int shift = Math.Min(scale ?? 0, 14);
        Assert.Equal((true, sack, shift, 100 << shift), (info.Timestamps, info.SelectiveAcknowledgments, info.SendWindowScale, info.SendWindow));
        Assert.Equal(answer.Scale ?? 0, info.ReceiveWindowScale);
        Assert.Equal(TimeSpan.Zero, info.SmoothedRtt); // its stamp is no clock

        driver.Net.Send(slot, new byte[100], driver.Now);
        WireSegment data = driver.Pull()[0];
        Assert.True(data.Timestamps!.Value.Value - answer.Timestamps.Value.Value < 100u); // the clock went on, not back
        Assert.Equal(80u, data.Timestamps.Value.Echo);
    }

    [Fact, Rfc("4987", "3.6")]
    public void Without_timestamps_a_cookie_offers_neither_window_scale_nor_SACK()
    {
        NetStackDriver driver = Flooded(new());
        WireSegment answer = Assert.Single(driver.Segment(Syn(1000, mss: 1460, scale: 7) with { SackOk = true }, Client));
        Assert.Equal(((int?)null, (bool?)false, ((uint, uint)?)null), (answer.Scale, answer.SackOk, answer.Timestamps));
    }

    [Fact, Rfc("4987", "3.6")]
    public void A_cookie_belongs_to_its_endpoints_and_its_SYN()
    {
        NetStackDriver driver = Flooded();
        uint cookie = Assert.Single(driver.Segment(Syn(1000, mss: 1460), Client)).Seq;
        IsRefused(driver, Ack(1001, cookie + 1), Client + 1);
        IsRefused(driver, Ack(1002, cookie + 1), Client);
        IsRefused(driver, Ack(1001, cookie + 2), Client);
        IsRefused(driver, Ack(1001, cookie - 7), Client); // the eight numbers up to this one tell sizes
        IsRefused(driver, new() { Seq = 1000, AckNumber = cookie + 1, Flags = SynAckFlags }, Client);
        Assert.Equal((0, 4), (driver.Accepted.Count, driver.Net.Counters.SynCookiesFailed));
        driver.Segment(Ack(1001, cookie + 1), Client);
        Assert.Single(driver.Accepted);
    }

    [Fact, Rfc("4987", "3.6")]
    public void Guessed_cookies_are_answered_with_RST()
    {
        NetStackDriver driver = Flooded();
        uint cookie = Assert.Single(driver.Segment(Syn(1000, mss: 1460), Client)).Seq;
        Generator random = new(5);
        for (int i = 0; i < 10_000; i++) IsRefused(driver, Ack(1001, i % 2 == 0 ? random.NextUInt32() : unchecked(cookie + (uint)random.Next(1 << 24) + 9)), Client);
        Assert.Empty(driver.Accepted);
    }

    [Theory, Rfc("4987", "3.6")]
    [InlineData(60, true)]
    [InlineData(135, false)]
    public void A_cookie_is_good_for_a_minute_or_two(int seconds, bool good)
    {
        NetStackDriver driver = Flooded();
        uint cookie = Assert.Single(driver.Segment(Syn(1000, mss: 1460), Client)).Seq;
        driver.After(TimeSpan.FromSeconds(seconds));
        List<WireSegment> answer = driver.Segment(Ack(1001, cookie + 1), Client);
        Assert.Equal((good ? 0 : 1, good ? 1 : 0), (answer.Count, driver.Accepted.Count));
    }

    [Fact, Rfc("9293", "3.4.1")]
    public void Later_cookies_have_later_numbers()
    {
        NetStackDriver driver = Flooded();
        SeqNum first = new(Assert.Single(driver.Segment(Syn(1000, mss: 1460), Client)).Seq);
        for (int minute = 0; minute < 20; minute++)
        {
            driver.After(TimeSpan.FromSeconds(140)); // the half-open connections are gone by now
            driver.Arp(ArpOperation.Request);
            driver.Pull();
            for (int i = 0; i < Budgets.HalfOpenPerListener; i++) driver.Segment(Syn(1000), (ushort)(i + 1));
            SeqNum next = new(Assert.Single(driver.Segment(Syn(1000, mss: 1460), Client)).Seq);
            Assert.True(next > first);
            first = next;
        }
    }

    [Fact]
    public void A_cookie_waits_for_room_in_the_accept_queue_like_any_other_connection()
    {
        NetStackDriver driver = Flooded(backlog: 1);
        driver.Accepting = false;
        uint cookie = Assert.Single(driver.Segment(Syn(1000, mss: 1460), Client)).Seq, other = Assert.Single(driver.Segment(Syn(1000, mss: 1460), Client + 1)).Seq;
        driver.Segment(Ack(1001, cookie + 1), Client);
        Assert.Empty(driver.Segment(Ack(1001, other + 1), Client + 1)); // neither RST nor a connection
        driver.Accept();
        driver.Segment(Push(1001, other + 1, 10), Client + 1);
        driver.Accept();
        Assert.Equal([Client, Client + 1], driver.Accepted.Select(s => (int)s.Connection.Tuple.Remote.Port));
    }

    [Fact]
    public void A_flood_allocates_nothing_and_everything_in_it_is_answered()
    {
        const int Syns = 10_000, Batch = 15_000;
        NetStackDriver driver = Flooded(new());
        byte[][] frames =
        [
            .. Enumerable.Range(0, Syns).Select(i =>
                NetStackDriver.Packet(IpProtocol.Tcp, Syn((uint)i * 77, mss: 1460, scale: 7, ts: ((uint)i, 0)).Encode((ushort)(2000 + i), NetStackDriver.ListenPort))),
            .. Enumerable.Range(0, Batch - Syns).Select(i => // half of them to the listener, half to a closed port
                NetStackDriver.Packet(IpProtocol.Tcp, Ack((uint)i, (uint)i * 99).Encode((ushort)(20_000 + i), (ushort)(NetStackDriver.ListenPort + i % 2)))),
        ];
        Assert.Equal(Batch, Round());
        long before = GC.GetAllocatedBytesForCurrentThread();
        int answered = Round();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(Batch, answered);
        StackCounters counters = driver.Net.Counters;
        Assert.Equal((Budgets.HalfOpenPerListener, 2 * Syns, 0), (counters.PassiveOpens, counters.SynCookiesSent, counters.ListenDrops));
        Assert.Equal(counters.SynsReceived, counters.PassiveOpens + counters.SynCookiesSent);
        Assert.Equal(2 * (Batch - Syns), counters.ResetsSent);

        int Round()
        {
            foreach (byte[] frame in frames) driver.Net.FrameArrives(frame, new(true, false, 34, 16, 0), driver.Now);
            int sent = 0;
            while (driver.Net.TryTransmit(driver.Now, out _)) sent++;
            return sent;
        }
    }

    private static void IsRefused(NetStackDriver driver, WireSegment segment, int port)
    {
        WireSegment answer = Assert.Single(driver.Segment(segment, (ushort)port));
        Assert.Equal((segment.AckNumber, WireSegment.Rst), (answer.Seq, answer.Flags));
    }
}
