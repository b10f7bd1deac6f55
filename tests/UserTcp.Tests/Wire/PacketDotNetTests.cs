using System.Net.NetworkInformation;
using PacketDotNet;
using PacketDotNet.Tcp;
using UserTcp.Wire;
using ArpOperation = UserTcp.Wire.ArpOperation;

namespace UserTcp.Tests.Wire;

/// <summary>An independent library reads what we write and writes what we read.</summary>
public class PacketDotNetTests
{
    private const int Rounds = 300;

    private readonly Generator _random = new(6);

    private static T Parse<T>(byte[] frame)
        where T : Packet
    {
        Packet packet = Packet.ParsePacket(LinkLayers.Ethernet, frame);
        Assert.True(packet.Extract<IPv4Packet>()?.ValidIPChecksum ?? true);
        return packet.Extract<T>();
    }

    [Fact, Rfc("9293", "3.1", "MUST-2")]
    public void It_reads_our_tcp_segments()
    {
        for (int i = 0; i < Rounds; i++)
        {
            TcpHeader header = WithoutUrgent(_random.TcpHeader());
            TcpOptions options = _random.TcpOptions();
            byte[] data = _random.Bytes(_random.Next(1400));
            byte[] frame = _random.Frames().Tcp(header, options, data);
            TcpPacket tcp = Parse<TcpPacket>(frame);
            Assert.True(tcp.ValidTcpChecksum);
            Assert.Equal(header.SourcePort, tcp.SourcePort);
            Assert.Equal(header.DestinationPort, tcp.DestinationPort);
            Assert.Equal(header.Seq.Value, tcp.SequenceNumber);
            Assert.Equal(header.Ack.Value, tcp.AcknowledgmentNumber);
            Assert.Equal((ushort)header.Flags, tcp.Flags);
            Assert.Equal(header.Window, tcp.WindowSize);
            Assert.Equal(header.UrgentPointer, (ushort)tcp.UrgentPointer); // it sign-extends
            Assert.Equal(data, tcp.PayloadData ?? []);
            List<TcpOption> read = tcp.OptionsCollection ?? [];
            Assert.Equal(options.MaximumSegmentSize, read.OfType<MaximumSegmentSizeOption>().SingleOrDefault()?.Value);
            Assert.Equal(options.WindowScale, read.OfType<WindowScaleFactorOption>().SingleOrDefault()?.ScaleFactor);
            Assert.Equal(options.SackPermitted, read.OfType<SelectiveAcknowledgmentPermittedOption>().Any());
            Assert.Equal(options.Timestamps?.Value, read.OfType<TimeStampOption>().SingleOrDefault()?.Value);
            Assert.Equal(options.Timestamps?.EchoReply, read.OfType<TimeStampOption>().SingleOrDefault()?.EchoReply);
            Assert.Equal(options.SackCount * 4, read.OfType<SelectiveAcknowledgmentOption>().SingleOrDefault()?.Blocks.Length ?? 0);
        }
    }

    [Fact]
    public void We_read_its_tcp_segments()
    {
        for (int i = 0; i < Rounds; i++)
        {
            // It cannot make room for options, so it gets a segment with zeros in all places and fills them;
            // of the options it can write the MSS and the first timestamp.
            TcpOptions empty = new() { MaximumSegmentSize = 0, SackPermitted = true, Timestamps = default(TcpTimestamps), WindowScale = 7 };
            byte[] data = _random.Bytes(_random.Next(1400));
            Packet packet = Packet.ParsePacket(LinkLayers.Ethernet, _random.Frames().Tcp(default, empty, data));
            IPv4Packet ip = packet.Extract<IPv4Packet>();
            TcpPacket tcp = packet.Extract<TcpPacket>();
            TcpHeader header = WithoutUrgent(_random.TcpHeader());
            TcpOptions options = empty with { MaximumSegmentSize = _random.NextUInt16(), Timestamps = new(_random.NextUInt32(), 0) };
            tcp.SourcePort = header.SourcePort;
            tcp.DestinationPort = header.DestinationPort;
            tcp.SequenceNumber = header.Seq.Value;
            tcp.AcknowledgmentNumber = header.Ack.Value;
            tcp.Flags = (ushort)header.Flags;
            tcp.WindowSize = header.Window;
            tcp.UrgentPointer = header.UrgentPointer;
            List<TcpOption> list = tcp.OptionsCollection;
            list.OfType<MaximumSegmentSizeOption>().Single().Value = options.MaximumSegmentSize!.Value;
            list.OfType<TimeStampOption>().Single().Value = options.Timestamps!.Value.Value;
            tcp.OptionsCollection = list;
            tcp.UpdateTcpChecksum();
            ip.TimeToLive = 1 + _random.Next(255);
            ip.Id = _random.NextUInt16();
            ip.UpdateIPChecksum();

            ReadOnlySpan<byte> segment = ReadIpv4(packet.Bytes, ip, IpProtocol.Tcp, out Ipv4Header ipHeader);
            Assert.True(TcpHeader.ChecksumIsRight(segment, ipHeader.Source, ipHeader.Destination));
            Assert.Equal(ParseError.None, TcpHeader.TryParse(segment, out TcpHeader read, out ReadOnlySpan<byte> optionBytes, out ReadOnlySpan<byte> payload));
            Assert.Equal(header, read);
            Assert.True(payload.SequenceEqual(data));
            Assert.Equal(ParseError.None, TcpOptions.TryParse(optionBytes, out TcpOptions readOptions));
            Assert.Equal(options, readOptions);
        }
    }

    [Fact]
    public void Both_agree_on_udp_datagrams()
    {
        for (int i = 0; i < Rounds; i++)
        {
            UdpHeader header = new((ushort)(30_000 + _random.Next(1000)), (ushort)(40_000 + _random.Next(1000))); // ports that it knows no application for
            byte[] data = _random.Bytes(1 + _random.Next(1000));
            UdpPacket read = Parse<UdpPacket>(_random.Frames().Udp(header, data));
            Assert.True(read.ValidUdpChecksum);
            Assert.Equal((header.SourcePort, header.DestinationPort), (read.SourcePort, read.DestinationPort));
            Assert.Equal(data, read.PayloadData);

            UdpPacket theirs = new(header.SourcePort, header.DestinationPort) { PayloadData = data };
            IPv4Packet ip = new(_random.Address().ToIPAddress(), _random.Address().ToIPAddress())
            {
                Id = _random.NextUInt16(),
                TimeToLive = 1 + _random.Next(255),
                FragmentFlags = 2,
                Protocol = ProtocolType.Udp,
                PayloadPacket = theirs,
            };
            EthernetPacket ethernet = new(Physical(_random.Mac()), Physical(_random.Mac()), EthernetType.IPv4) { PayloadPacket = ip };
            theirs.UpdateCalculatedValues();
            ip.UpdateCalculatedValues();
            theirs.UpdateUdpChecksum();
            ip.UpdateIPChecksum();
            ReadOnlySpan<byte> datagram = ReadIpv4(ethernet.Bytes, ip, IpProtocol.Udp, out Ipv4Header ipHeader);
            Assert.Equal(ParseError.None, UdpHeader.TryParse(datagram, ipHeader.Source, ipHeader.Destination, false, out UdpHeader ours, out ReadOnlySpan<byte> payload));
            Assert.Equal(header, ours);
            Assert.True(payload.SequenceEqual(data));
        }
    }

    [Fact]
    public void It_reads_our_echoes()
    {
        for (int i = 0; i < Rounds; i++)
        {
            IcmpMessage message = IcmpMessage.Echo(_random.Pick(IcmpType.EchoRequest, IcmpType.EchoReply), _random.NextUInt16(), _random.NextUInt16());
            byte[] data = _random.Bytes(_random.Next(1000));
            IcmpV4Packet read = Parse<IcmpV4Packet>(_random.Frames().Icmp(message, data));
            Assert.True(read.ValidIcmpChecksum);
            Assert.Equal((byte)message.Type << 8, (int)read.TypeCode);
            Assert.Equal((message.EchoIdentifier, message.EchoSequence), (read.Id, read.Sequence));
            Assert.Equal(data, read.Data);
        }
    }

    [Fact]
    public void Both_agree_on_arp_packets()
    {
        for (int i = 0; i < Rounds; i++)
        {
            UserTcp.Wire.ArpPacket packet = new(
                _random.Pick(ArpOperation.Request, ArpOperation.Reply), _random.Mac(), _random.Address(), _random.Mac(), _random.Address());
            PacketDotNet.ArpPacket read = Parse<PacketDotNet.ArpPacket>(_random.Frames().Arp(packet));
            Assert.Equal((ushort)packet.Operation, (ushort)read.Operation);
            Assert.Equal(Physical(packet.SenderMac), read.SenderHardwareAddress);
            Assert.Equal(Physical(packet.TargetMac), read.TargetHardwareAddress);
            Assert.Equal(packet.SenderAddress.ToIPAddress(), read.SenderProtocolAddress);
            Assert.Equal(packet.TargetAddress.ToIPAddress(), read.TargetProtocolAddress);

            PacketDotNet.ArpPacket theirs = new(
                (PacketDotNet.ArpOperation)packet.Operation, Physical(packet.TargetMac), packet.TargetAddress.ToIPAddress(), Physical(packet.SenderMac), packet.SenderAddress.ToIPAddress());
            Assert.Equal(ParseError.None, UserTcp.Wire.ArpPacket.TryParse(theirs.Bytes, out UserTcp.Wire.ArpPacket ours));
            Assert.Equal(packet, ours);
        }
    }

    /// <summary>It throws when options and URG come together.</summary>
    private static TcpHeader WithoutUrgent(TcpHeader header) => header with { Flags = header.Flags & ~TcpFlags.Urg };

    private static PhysicalAddress Physical(MacAddress mac)
    {
        byte[] bytes = new byte[MacAddress.Size];
        mac.Write(bytes);
        return new(bytes);
    }

    private static ReadOnlySpan<byte> ReadIpv4(byte[] frame, IPv4Packet theirs, IpProtocol protocol, out Ipv4Header header)
    {
        Assert.Equal(ParseError.None, EthernetHeader.TryParse(frame, out EthernetHeader ethernet, out ReadOnlySpan<byte> packet));
        Assert.Equal(EtherType.Ipv4, ethernet.Type);
        Assert.Equal(ParseError.None, Ipv4Header.TryParse(packet, out header, out _, out ReadOnlySpan<byte> payload));
        Assert.Equal(protocol, header.Protocol);
        Assert.Equal(theirs.Id, header.Identification);
        Assert.Equal(theirs.TimeToLive, header.TimeToLive);
        Assert.Equal(Ipv4Flags.DontFragment, header.Flags);
        Assert.Equal(theirs.SourceAddress, header.Source.ToIPAddress());
        Assert.Equal(theirs.DestinationAddress, header.Destination.ToIPAddress());
        return payload;
    }
}
