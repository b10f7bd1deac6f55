using System.Buffers.Binary;
using UserTcp.Link;
using UserTcp.Tcp;
using UserTcp.Tests.Tcp;
using UserTcp.Tests.Wire;
using UserTcp.Wire;
using static UserTcp.Tests.Tcp.Dialogue;

namespace UserTcp.Tests.Host;

/// <summary>Segments that no honest stack sends, and ICMP errors from somebody who has not seen our packets.</summary>
public sealed class HostileSegmentTests
{
    private const ushort Port = NetStackDriver.ListenPort, PeerPort = NetStackDriver.PeerPort;

    // "land": a SYN that seems to come from where it goes would be answered to ourselves for ever. The others are no single host.
    [Theory, Rfc("1122", "3.2.1.3"), Rfc("9293", "3.9.2.3", "MUST-63")]
    [InlineData("10.0.0.2", Port)]
    [InlineData("10.0.0.2", PeerPort)]
    [InlineData("127.0.0.1", PeerPort)]
    [InlineData("0.0.0.0", PeerPort)]
    [InlineData("0.1.2.3", PeerPort)]
    [InlineData("224.0.0.1", PeerPort)]
    [InlineData("255.255.255.255", PeerPort)]
    [InlineData("10.0.0.255", PeerPort)]
    [InlineData("10.0.0.0", PeerPort)]
    public void A_SYN_from_an_impossible_address_is_not_answered(string source, ushort port)
    {
        NetStackDriver driver = new();
        Assert.Empty(Sends(driver, NetStackDriver.Packet(IpProtocol.Tcp, Syn(1000).Encode(port, Port), source: IpAddress.Parse(source))));
        Assert.Empty(Sends(driver, NetStackDriver.Packet(IpProtocol.Tcp, Ack(1000, 1).Encode(port, Port), source: IpAddress.Parse(source))));
        Assert.Equal(0, driver.Net.ConnectionCount);
    }

    [Theory, Rfc("9293", "3.9.2.3", "MUST-57"), Rfc("1122", "4.2.3.10")]
    [InlineData("10.0.0.255")]
    [InlineData("255.255.255.255")]
    [InlineData("224.0.0.1")]
    public void A_SYN_to_everybody_is_not_answered(string destination)
    {
        NetStackDriver driver = new();
        Assert.Empty(Sends(driver, NetStackDriver.Packet(IpProtocol.Tcp, Syn(1000).Encode(PeerPort, Port), destination: IpAddress.Parse(destination))));
        Assert.Equal(0, driver.Net.ConnectionCount);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(15)]
    public void A_data_offset_before_the_fixed_header_or_behind_the_end_is_malformed(int offset)
    {
        NetStackDriver driver = new();
        byte[] syn = Syn(1000).Encode(PeerPort, Port);
        syn[12] = (byte)(offset << 4);
        Assert.Empty(Sends(driver, NetStackDriver.Packet(IpProtocol.Tcp, syn)));
        Assert.Empty(Sends(driver, NetStackDriver.Packet(IpProtocol.Tcp, syn.AsSpan(0, 19))));
        Assert.Equal((2, 2), (driver.Net.Counters.SegmentsReceived, driver.Net.Counters.MalformedSegments));
    }

    [Fact, Rfc("9293", "3.1", "MUST-3")]
    public void A_wrong_checksum_is_counted_and_nothing_else_happens()
    {
        NetStackDriver driver = new();
        driver.Net.FrameArrives(NetStackDriver.Packet(IpProtocol.Tcp, Syn(1000).Encode(PeerPort, Port)), FrameOffload.None, driver.Now);
        Assert.Empty(driver.Pull());
        Assert.Equal((1, 0), (driver.Net.Counters.ChecksumErrors, driver.Net.ConnectionCount));
    }

    // The MSS stands before the lie and counts, what follows it does not.
    [Theory, Rfc("9293", "3.1", "MUST-7")]
    [InlineData(new byte[] { 2, 4, 2, 0, 3, 0, 7, 0 })] // a length of 0
    [InlineData(new byte[] { 2, 4, 2, 0, 3, 1, 7, 0 })]
    [InlineData(new byte[] { 2, 4, 2, 0, 3, 200, 7, 0 })] // beyond the header
    [InlineData(new byte[] { 2, 4, 2, 0, 3, 4, 7, 0 })] // a window scale of two bytes
    [InlineData(new byte[] { 2, 4, 2, 0, 8, 3, 7, 0 })] // timestamps of one
    [InlineData(new byte[] { 2, 4, 2, 0, 1, 1, 1, 3 })] // a kind without a length
    [InlineData(new byte[] { 2, 4, 2, 0, 254, 2, 253, 255 })] // unknown ones
    public void Options_that_lie_about_their_length_do_no_harm(byte[] options)
    {
        NetStackDriver driver = new(tcp: new());
        byte[] syn = [.. Syn(1000).Encode(PeerPort, Port), .. options];
        syn[12] = 7 << 4;
        WireSegment answer = Assert.Single(Sends(driver, NetStackDriver.Packet(IpProtocol.Tcp, syn)));
        Assert.Equal((null, null), (answer.Scale, answer.Timestamps));
        Assert.Empty(driver.Segment(Ack(1001, answer.Seq + 1)));
        Assert.Equal(512, Assert.Single(driver.Accepted).Connection.Info.SendMss);
    }

    // The URG pointer may point anywhere: what it points at is read in line with the rest.
    [Theory, Rfc("9293", "3.10.7.4", "sixth")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_535)]
    public void Urgent_data_stays_where_it_is(int place)
    {
        NetStackDriver driver = new();
        uint ours = Open(driver);
        byte[] segment = Push(1001, ours, 100).Encode(PeerPort, Port);
        segment[13] |= 0x20;
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(18), (ushort)place);
        Assert.Equal(1101u, Assert.Single(Sends(driver, NetStackDriver.Packet(IpProtocol.Tcp, segment))).AckNumber);
        byte[] read = new byte[200];
        Assert.Equal(100, driver.Net.Receive(driver.Accepted[0], read, driver.Now));
        Assert.Equal(Bytes(1001, 100), read[..100]);
    }

    // A filter looks at the ports and flags of the first fragment: a second one must not put others over them (RFC 1858 3, 4; RFC 3128 2).
    [Theory, Rfc("1858", "3.2.2")]
    [InlineData(8, 8)]
    [InlineData(24, 8)]
    [InlineData(24, 16)]
    public void A_segment_in_fragments_that_cut_or_overlap_its_header_never_arrives(int first, int second)
    {
        NetStackDriver driver = new();
        byte[] syn = [.. Syn(1000, mss: 1460).Encode(PeerPort, Port), .. new byte[12]];
        Assert.Empty(Sends(driver, Fragment(syn.AsSpan(0, first), 0, more: true)));
        Assert.Empty(Sends(driver, Fragment(syn.AsSpan(second), second, more: false)));
        Assert.Equal(0, driver.Net.ConnectionCount);
        Assert.Equal(0, driver.Net.Counters.SegmentsReceived);
    }

    // us                              peer (silent)     somebody else
    // SYN-SENT    S seq=x    -->
    //             <--  ICMP 3/3 quoting another number
    [Fact, Rfc("5927", "4.1"), Rfc("1122", "4.2.3.9")]
    public void Ten_thousand_guessed_ICMP_errors_neither_fail_an_opening_nor_end_a_connection()
    {
        NetStackDriver driver = new();
        uint ours = Open(driver);
        Assert.True(driver.TryConnect(443, out TcpSlot? slot, out _));
        uint syn = Assert.Single(driver.Pull()).Seq;
        ushort local = slot!.Connection.Tuple.Local.Port;
        Generator random = new(9);
        for (int i = 0; i < 10_000; i++)
        {
            byte code = (byte)random.Next(16);
            uint guess = random.NextUInt32() | 1;
            if (guess == syn || guess - ours < 100_000) continue;
            Icmp(driver, code, local, 443, guess);
            Icmp(driver, code, Port, PeerPort, guess);
            Icmp(driver, code, random.NextUInt16(), 443, syn);
        }
        Icmp(driver, (byte)UnreachableCode.Port, local, 443, syn + 1); // not sent yet
        Icmp(driver, (byte)UnreachableCode.Port, Port, PeerPort, ours - 1); // acknowledged
        Assert.Equal((TcpState.SynSent, TcpState.Established), (slot.Connection.State, driver.Accepted[0].Connection.State));
        Assert.True(driver.Net.Counters.IcmpIgnored > 29_000);

        // With data in flight and its number an error is believed, and an open connection survives it (RFC 5461 3).
        driver.Net.Send(driver.Accepted[0], new byte[100], driver.Now);
        driver.Pull();
        Icmp(driver, (byte)UnreachableCode.Port, Port, PeerPort, ours);
        Assert.Equal(TcpState.Established, driver.Accepted[0].Connection.State);
    }

    [Theory, Rfc("1122", "4.2.3.9"), Rfc("5461", "3")]
    [InlineData(UnreachableCode.Network, TcpFailureReason.NetworkUnreachable)]
    [InlineData(UnreachableCode.Host, TcpFailureReason.HostUnreachable)]
    [InlineData(UnreachableCode.Port, TcpFailureReason.Refused)]
    [InlineData(UnreachableCode.Protocol, TcpFailureReason.Refused)]
    [InlineData(UnreachableCode.AdministrativelyProhibited, TcpFailureReason.HostUnreachable)]
    internal void An_ICMP_error_about_our_SYN_fails_the_opening_at_once_and_forgets_it(UnreachableCode code, TcpFailureReason reason)
    {
        NetStackDriver driver = new();
        Assert.True(driver.TryConnect(443, out TcpSlot? slot, out _));
        uint syn = Assert.Single(driver.Pull()).Seq;
        Icmp(driver, (byte)code, slot!.Connection.Tuple.Local.Port, 443, syn);
        Assert.Equal((TcpState.Closed, reason), (slot.Connection.State, slot.Connection.Failure!.Reason));
        Assert.Equal(0, driver.Net.ConnectionCount);
        Assert.Equal((1, 1), (driver.Net.Counters.ActiveOpens, driver.Net.Counters.FailedAttempts));
        driver.After(TimeSpan.FromMinutes(5));
        Assert.Empty(driver.Pull());
    }

    /// <summary>Opens a connection from the neighbour.</summary>
    /// <returns>Our next number.</returns>
    private static uint Open(NetStackDriver driver)
    {
        uint ours = Assert.Single(driver.Segment(Syn(1000, mss: 1460))).Seq + 1;
        Assert.Empty(driver.Segment(Ack(1001, ours)));
        return ours;
    }

    private static List<WireSegment> Sends(NetStackDriver driver, ReadOnlySpan<byte> frame)
    {
        driver.Net.FrameArrives(frame, new(true, false, 34, 16, 0), driver.Now);
        return driver.Pull();
    }

    private static byte[] Fragment(ReadOnlySpan<byte> part, int offset, bool more)
    {
        byte[] frame = NetStackDriver.Packet(IpProtocol.Tcp, part);
        new Ipv4Header(
            0, (ushort)(Ipv4Header.MinimumSize + part.Length), 7, more ? Ipv4Flags.MoreFragments : 0, (ushort)offset, 64, IpProtocol.Tcp, NetStackDriver.Peer,
            NetStackDriver.Ours).Write(frame.AsSpan(EthernetHeader.Size));
        return frame;
    }

    /// <summary>"Destination unreachable" about a segment of ours.</summary>
    private static void Icmp(NetStackDriver driver, byte code, ushort local, ushort remote, uint seq)
    {
        byte[] message = new byte[IcmpMessage.HeaderSize + Ipv4Header.MinimumSize + 8];
        Span<byte> quote = message.AsSpan(IcmpMessage.HeaderSize);
        new Ipv4Header(0, 100, 1, Ipv4Flags.DontFragment, 0, 60, IpProtocol.Tcp, NetStackDriver.Ours, NetStackDriver.Peer).Write(quote);
        BinaryPrimitives.WriteUInt16BigEndian(quote[Ipv4Header.MinimumSize..], local);
        BinaryPrimitives.WriteUInt16BigEndian(quote[(Ipv4Header.MinimumSize + 2)..], remote);
        BinaryPrimitives.WriteUInt32BigEndian(quote[(Ipv4Header.MinimumSize + 4)..], seq);
        new IcmpMessage(IcmpType.DestinationUnreachable, code, code == (byte)UnreachableCode.FragmentationNeeded ? 600u : 0).Write(message);
        driver.Net.FrameArrives(NetStackDriver.Packet(IpProtocol.Icmp, message), FrameOffload.None, driver.Now);
    }
}
