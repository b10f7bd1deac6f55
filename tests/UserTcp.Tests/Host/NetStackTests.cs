using UserTcp.Link;
using UserTcp.Tcp;
using UserTcp.Tests.Tcp;
using UserTcp.Tests.Wire;
using UserTcp.Wire;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Host;

/// <summary>The stack as a whole, without a host: which segment belongs to whom, and what strangers can do to it.</summary>
public class NetStackTests
{
    // us (a server)                         peer
    // TIME-WAIT                             CLOSED
    //              <--  S  seq=2000         SYN-SENT    the same port again, above all numbers of the old connection
    // SYN-RECEIVED S. seq=old+65537 -->
    [Fact, Rfc("9293", "3.6.1", "MAY-2", "SHLD-4"), Rfc("6191", "2")]
    public void A_SYN_above_the_old_connection_opens_a_new_one_in_TIME_WAIT()
    {
        NetStackDriver driver = new();
        uint ours = InTimeWait(driver);
        WireSegment answer = Assert.Single(driver.Segment(Syn(2000, mss: 1460)));
        Assert.Equal((WireSegment.Syn | WireSegment.Ack, 2001u), (answer.Flags, answer.AckNumber));
        Assert.Equal(unchecked(ours + 65_537), answer.Seq); // MAY-2 (1): above all that was used
        Assert.Empty(driver.Segment(Ack(2001, answer.Seq + 1)));
        Assert.Equal(TcpState.Established, driver.Accepted[1].Connection.State);
        Assert.Equal(TcpState.Closed, driver.Accepted[0].Connection.State);
        Assert.Equal(1, driver.Net.ConnectionCount);
    }

    [Fact, Rfc("9293", "3.6.1", "MAY-2"), Rfc("6191", "2")]
    public void A_SYN_of_the_past_does_not_end_TIME_WAIT()
    {
        NetStackDriver driver = new();
        uint ours = InTimeWait(driver);
        WireSegment answer = Assert.Single(driver.Segment(Syn(1000, mss: 1460)));
        Assert.Equal((WireSegment.Ack, ours, 1002u), (answer.Flags, answer.Seq, answer.AckNumber));
        Assert.Equal(TcpState.TimeWait, driver.Accepted[0].Connection.State);
    }

    // us (a server)                         four clients, one after the other
    // TIME-WAIT                             CLOSED
    [Fact, Rfc("9293", "3.6.1", "MUST-13")]
    public void TIME_WAIT_ends_for_each_connection_at_its_own_time()
    {
        NetStackDriver driver = new();
        Instant start = driver.Now;
        uint ours = 0;
        for (ushort port = 1; port <= 4; port++)
        {
            ours = Assert.Single(driver.Segment(Syn(1000, mss: 1460), port)).Seq + 1;
            driver.Segment(Ack(1001, ours), port);
            TcpSlot slot = driver.Accepted[^1];
            if (port == 2) driver.Net.Change(slot, slot.Connection.Settings with { MaximumSegmentLifetime = TimeSpan.FromSeconds(5) }, driver.Now);
            driver.Net.CloseWrite(slot, driver.Now);
            driver.Pull();
            driver.Segment(Data(1001, ours + 1, 100), port);
            driver.Segment(Fin(1101, ours + 1), port);
            Assert.Equal(TcpState.TimeWait, slot.Connection.State);
            driver.After(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(start + TimeSpan.FromSeconds(11), driver.Net.NextDeadline); // the second, with an MSL of its own
        driver.Segment(Fin(1101, ours + 1), 4);
        Assert.Equal(100, driver.Net.Receive(driver.Accepted[2], new byte[200], driver.Now)); // what it leaves is given back after a second
        driver.Pull();
        List<(int Port, double Seconds)> ends = [];
        while (driver.Net.NextDeadline != Instant.Never)
        {
            HashSet<TcpSlot> before = [.. Waiting()];
            driver.After(driver.Net.NextDeadline - driver.Now);
            ends.AddRange(before.Except(Waiting()).Select(slot => ((int)slot.Connection.Tuple.Remote.Port, (driver.Now - start).TotalSeconds)));
        }
        Assert.Equal([(2, 11), (1, 60), (3, 62), (4, 64)], ends); // the last one's began anew with the peer's second FIN

        IEnumerable<TcpSlot> Waiting() => driver.Accepted.Where(slot => slot.Connection.State == TcpState.TimeWait);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Whoever_wants_to_send_to_an_unknown_neighbour_asks_for_it_at_once(bool ping)
    {
        NetStackDriver driver = new();
        IpAddress stranger = IpAddress.Parse("10.0.0.77");
        if (ping) Assert.True(driver.Net.RequestEcho(stranger, 1, 1, [], TimeSpan.FromSeconds(1), driver.Now));
        else Assert.True(driver.Net.TryConnect(new(stranger, 443), driver, driver.Now, out _, out _));
        Assert.True(driver.Net.TryTransmit(driver.Now, out OutgoingFrame frame)); // else the SYN would wait for whatever makes the stack look again
        Assert.Equal(ParseError.None, EthernetHeader.TryParse(frame.Head, out EthernetHeader ethernet, out ReadOnlySpan<byte> payload));
        Assert.Equal((MacAddress.Broadcast, EtherType.Arp), (ethernet.Destination, ethernet.Type));
        Assert.Equal(ParseError.None, ArpPacket.TryParse(payload, out ArpPacket request));
        Assert.Equal(stranger, request.TargetAddress);
        Assert.False(driver.Net.TryTransmit(driver.Now, out _));
    }

    [Fact]
    public void Connections_whose_plain_hashes_collide_are_spread_over_the_table()
    {
        // A peer chooses its port, and often its address: it must not be able to choose the bucket.
        InitialSequenceNumber secret = new(new Generator(7).Bytes(InitialSequenceNumber.SecretSize));
        Generator random = new(8);
        FourTuple[] tuples = Enumerable.Range(0, 2_000_000)
            .Select(_ => new FourTuple(new(NetStackDriver.Ours, 80), new(random.Address(), random.NextUInt16())))
            .GroupBy(tuple => tuple.GetHashCode() & 0xfff).MaxBy(bucket => bucket.Count())!.ToArray();
        Assert.True(tuples.Length > 400);
        Assert.True(tuples.Select(tuple => secret.GetHashCode(tuple) & 0xfff).Distinct().Count() > tuples.Length * 3 / 4);
    }

    [Theory]
    [InlineData(false, 1500)]
    [InlineData(true, 1500)]
    [InlineData(true, 576)]
    [InlineData(false, 9000)]
    public void Nothing_that_arrives_makes_the_stack_throw_or_send_for_ever(bool offload, int mtu)
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            try
            {
                Run(new(seed), new(seed, offload, mtu, seed % 2 == 0 ? Plain : new()));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}", e);
            }
        }
    }

    private static void Run(Generator random, NetStackDriver driver)
    {
        uint peerNext = random.NextUInt32(), ourNext = 0;
        byte[] data = new byte[20_000];
        byte[] lately = NetStackDriver.Packet(IpProtocol.Tcp, Syn(peerNext, mss: 1460).Encode(NetStackDriver.PeerPort, NetStackDriver.ListenPort));
        driver.Net.Resolver.Resolve("example.com", driver.Now);
        for (int step = 0; step < 200; step++)
        {
            switch (random.Next(10))
            {
                case 0:
                    Note(driver.After(TimeSpan.FromMilliseconds(random.Next(3000))));
                    break;
                case 1: // the user
                    foreach (TcpSlot slot in driver.Accepted)
                    {
                        if (random.NextBool()) driver.Net.Send(slot, data.AsSpan(0, random.Next(data.Length)), driver.Now);
                        else driver.Net.Receive(slot, data.AsSpan(0, random.Next(data.Length)), driver.Now);
                        if (random.Next(20) == 0) driver.Net.CloseWrite(slot, driver.Now);
                        if (random.Next(40) == 0) driver.Net.Close(slot, driver.Now);
                    }
                    break;
                case 2: // noise of every kind
                    byte[] noise = random.Pick<byte[]>(random.OneFrameOfEach());
                    if (random.NextBool()) noise = [.. lately.AsSpan(0, 34), .. noise.AsSpan(34)];
                    Arrives(noise);
                    break;
                case 3: // what was good, damaged
                    byte[] mutant = [.. lately];
                    for (int changes = 1 + random.Next(3); changes > 0; changes--) mutant[14 + random.Next(mutant.Length - 14)] = random.NextByte();
                    Arrives(mutant.AsSpan(0, random.NextBool() ? mutant.Length : random.Next(mutant.Length)));
                    break;
                case 4:
                    driver.Arp(random.Pick(ArpOperation.Request, ArpOperation.Reply));
                    break;
                default: // a peer that nearly plays along
                    byte flags = random.Next(8) switch
                    {
                        0 => random.NextByte(),
                        1 => WireSegment.Ack | WireSegment.Fin,
                        2 => WireSegment.Syn,
                        _ => WireSegment.Ack,
                    };
                    WireSegment segment = new()
                    {
                        Seq = unchecked(peerNext + (uint)(random.Next(4) == 0 ? random.Next(3000) - 1500 : 0)),
                        AckNumber = unchecked(ourNext - (uint)random.Next(3)),
                        Flags = flags,
                        Window = random.NextUInt16() * random.Next(2),
                        Payload = data[..(random.Next(2) * random.Next(3000))],
                        Timestamps = random.NextBool() ? (random.NextUInt32() >> random.Next(32), random.NextUInt32()) : null,
                    };
                    lately = NetStackDriver.Packet(IpProtocol.Tcp, segment.Encode(NetStackDriver.PeerPort, NetStackDriver.ListenPort));
                    Arrives(lately);
                    break;
            }
            Note(driver.Pull());
            Assert.True(driver.Net.NextDeadline >= driver.Now || Settled(), "a deadline that has passed is never dealt with");
        }

        void Arrives(ReadOnlySpan<byte> frame)
            => driver.Net.FrameArrives(
                frame, new(random.Next(4) > 0, random.NextBool(), random.NextUInt16(), random.NextUInt16(), random.NextUInt16()), driver.Now);

        bool Settled()
        {
            Note(driver.After(TimeSpan.Zero));
            return driver.Net.NextDeadline >= driver.Now;
        }

        void Note(List<WireSegment> sent)
        {
            foreach (WireSegment segment in sent.Where(segment => (segment.Flags & WireSegment.Rst) == 0))
            {
                peerNext = segment.AckNumber;
                ourNext = unchecked(segment.Seq + (uint)segment.Payload.Length + (uint)(segment.Flags & 1) + (uint)(segment.Flags >> 1 & 1));
            }
        }
    }

    /// <summary>A connection that we close first. Both FINs have the numbers before the last.</summary>
    /// <returns>Our next number.</returns>
    private static uint InTimeWait(NetStackDriver driver)
    {
        uint ours = Assert.Single(driver.Segment(Syn(1000, mss: 1460))).Seq + 1;
        Assert.Empty(driver.Segment(Ack(1001, ours)));
        driver.Net.CloseWrite(Assert.Single(driver.Accepted), driver.Now);
        Assert.Equal(WireSegment.Fin | WireSegment.Ack, Assert.Single(driver.Pull()).Flags);
        Assert.Single(driver.Segment(Fin(1001, ours + 1)));
        Assert.Equal(TcpState.TimeWait, driver.Accepted[0].Connection.State);
        return ours + 1;
    }

    [Fact, Rfc("9293", "3.9.1.9", "MUST-48", "SHLD-21", "SHLD-22"), Rfc("9293", "3.9.2", "MUST-49"), Rfc("1122", "3.2.1.7"), Rfc("2474", "3")]
    public void Class_of_service_and_time_to_live_are_the_users_choice()
    {
        NetStackDriver driver = new(tcp: Dialogue.Plain with { DifferentiatedServices = 46, TimeToLive = 255 });
        Assert.True(driver.TryConnect(443, out TcpSlot? slot, out _));
        driver.Pull();
        Assert.Equal((46 << 2, 255), (driver.LastPacket.TypeOfService, driver.LastPacket.TimeToLive));

        slot!.Connection.Change(slot.Connection.Settings with { DifferentiatedServices = 10, TimeToLive = 1 }, driver.Now);
        driver.After(TimeSpan.FromSeconds(1)); // the SYN again
        Assert.Equal((10 << 2, 1), (driver.LastPacket.TypeOfService, driver.LastPacket.TimeToLive));
    }

    [Theory, InlineData(64, 64), InlineData(-1, 64), InlineData(0, 0), InlineData(0, 256)]
    public void What_does_not_fit_the_IP_header_is_refused(int differentiatedServices, int timeToLive)
        => Assert.Throws<ArgumentException>(() => new TcpSettings { DifferentiatedServices = differentiatedServices, TimeToLive = timeToLive }.Validate());
}
