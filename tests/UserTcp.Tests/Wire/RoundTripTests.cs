using UserTcp.Wire;

namespace UserTcp.Tests.Wire;

/// <summary>What is written is read back as it was, for every format and random values.</summary>
public class RoundTripTests
{
    private const int Rounds = 2000;

    private readonly Generator _random = new(1);

    [Fact]
    public void Ethernet_headers_come_back_with_what_follows_them()
    {
        for (int i = 0; i < Rounds; i++)
        {
            EthernetHeader header = new(_random.Mac(), _random.Mac(), (EtherType)_random.NextUInt16());
            byte[] frame = _random.Bytes(EthernetHeader.Size + _random.Next(50));
            header.Write(frame);
            Assert.Equal(ParseError.None, EthernetHeader.TryParse(frame, out EthernetHeader read, out ReadOnlySpan<byte> payload));
            Assert.Equal(header, read);
            Assert.True(payload.SequenceEqual(frame.AsSpan(EthernetHeader.Size)));
        }
    }

    [Fact]
    public void Arp_packets_come_back()
    {
        for (int i = 0; i < Rounds; i++)
        {
            ArpPacket packet = new(_random.Pick(ArpOperation.Request, ArpOperation.Reply), _random.Mac(), _random.Address(), _random.Mac(), _random.Address());
            byte[] bytes = _random.Bytes(ArpPacket.Size + _random.Next(20)); // Ethernet pads to 46
            packet.Write(bytes);
            Assert.Equal(ParseError.None, ArpPacket.TryParse(bytes, out ArpPacket read));
            Assert.Equal(packet, read);
        }
    }

    [Fact]
    public void Ipv4_headers_come_back_and_the_padding_of_the_link_is_cut_off()
    {
        for (int i = 0; i < Rounds; i++)
        {
            byte[] options = _random.Bytes(4 * _random.Next(11));
            byte[] payload = _random.Bytes(_random.Next(100));
            Ipv4Header header = _random.Ipv4Header((IpProtocol)_random.NextByte(), payload.Length, options.Length);
            byte[] packet = _random.Bytes(header.TotalLength + _random.Next(30));
            int length = header.Write(packet, options);
            payload.CopyTo(packet.AsSpan(length));
            Assert.Equal(ParseError.None, Ipv4Header.TryParse(packet, out Ipv4Header read, out ReadOnlySpan<byte> readOptions, out ReadOnlySpan<byte> readPayload));
            Assert.Equal(header, read);
            Assert.True(readOptions.SequenceEqual(options));
            Assert.True(readPayload.SequenceEqual(payload));
        }
    }

    [Fact]
    public void A_single_changed_bit_in_an_ipv4_header_is_noticed()
    {
        byte[] packet = new byte[Ipv4Header.MinimumSize];
        _random.Ipv4Header(IpProtocol.Tcp, 0).Write(packet);
        for (int bit = 0; bit < packet.Length * 8; bit++)
        {
            packet[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.NotEqual(ParseError.None, Ipv4Header.TryParse(packet, out _, out _, out _));
            packet[bit / 8] ^= (byte)(1 << bit % 8);
        }
        Assert.Equal(ParseError.None, Ipv4Header.TryParse(packet, out _, out _, out _));
    }

    [Fact, Rfc("9293", "3.1", "MUST-1")]
    public void Tcp_headers_and_options_come_back()
    {
        byte[] segment = new byte[TcpHeader.MinimumSize + TcpHeader.MaximumOptions];
        for (int i = 0; i < Rounds; i++)
        {
            TcpHeader header = _random.TcpHeader();
            TcpOptions options = _random.TcpOptions();
            int optionsLength = options.Write(segment.AsSpan(TcpHeader.MinimumSize));
            Assert.Equal(0, optionsLength % 4);
            header.Write(segment, optionsLength);
            Assert.Equal(ParseError.None, TcpHeader.TryParse(segment, out TcpHeader read, out ReadOnlySpan<byte> optionBytes, out _));
            Assert.Equal(header, read);
            Assert.Equal(optionsLength, optionBytes.Length);
            Assert.Equal(ParseError.None, TcpOptions.TryParse(optionBytes, out TcpOptions readOptions));
            Assert.Equal(options, readOptions);
        }
    }

    [Fact]
    public void Udp_datagrams_come_back_and_a_flipped_bit_is_noticed()
    {
        for (int i = 0; i < Rounds; i++)
        {
            UdpHeader header = new(_random.NextUInt16(), _random.NextUInt16());
            IpAddress source = _random.Address(), destination = _random.Address();
            byte[] datagram = _random.Bytes(UdpHeader.Size + _random.Next(60));
            header.Write(datagram, source, destination);
            Assert.Equal(ParseError.None, UdpHeader.TryParse(datagram, source, destination, false, out UdpHeader read, out ReadOnlySpan<byte> payload));
            Assert.Equal(header, read);
            Assert.True(payload.SequenceEqual(datagram.AsSpan(UdpHeader.Size)));
            datagram[_random.Next(4)] ^= (byte)(1 << _random.Next(8));
            Assert.Equal(ParseError.Checksum, UdpHeader.TryParse(datagram, source, destination, false, out _, out _));
        }
    }

    [Fact]
    public void A_udp_checksum_of_zero_is_written_as_all_ones()
    {
        // The payload is chosen so that everything sums to ffff, whose complement 0 would mean "no checksum" (RFC 768).
        byte[] datagram = new byte[UdpHeader.Size + 2];
        UdpHeader header = new(1, 2);
        header.Write(datagram, IpAddress.AnyV4, IpAddress.AnyV4);
        datagram.AsSpan(6, 2).CopyTo(datagram.AsSpan(8));
        header.Write(datagram, IpAddress.AnyV4, IpAddress.AnyV4);
        Assert.Equal([0xff, 0xff], datagram[6..8]);
        Assert.Equal(ParseError.None, UdpHeader.TryParse(datagram, IpAddress.AnyV4, IpAddress.AnyV4, false, out _, out _));
    }

    [Fact]
    public void Icmp_messages_come_back()
    {
        for (int i = 0; i < Rounds; i++)
        {
            IcmpMessage message = new((IcmpType)_random.NextByte(), _random.NextByte(), _random.NextUInt32());
            byte[] bytes = _random.Bytes(IcmpMessage.HeaderSize + _random.Next(60));
            message.Write(bytes);
            Assert.Equal(ParseError.None, IcmpMessage.TryParse(bytes, out IcmpMessage read, out ReadOnlySpan<byte> payload));
            Assert.Equal(message, read);
            Assert.True(payload.SequenceEqual(bytes.AsSpan(IcmpMessage.HeaderSize)));
        }
    }

    [Fact]
    public void Dns_messages_come_back_and_names_are_compressed()
    {
        byte[] bytes = new byte[8192];
        for (int i = 0; i < Rounds; i++)
        {
            DnsMessage message = _random.DnsMessage();
            int length = message.Write(bytes);
            Assert.Equal(ParseError.None, DnsMessage.TryParse(bytes.AsSpan(0, length), out DnsMessage? read));
            Assert.Equal(message.Header, read!.Header);
            Assert.Equal(message.Question, read.Question);
            Assert.Equal(message.Answers, read.Answers);
            Assert.Equal(message.Authorities, read.Authorities);
        }
    }

    [Fact]
    public void Addresses_come_back_from_text_and_from_dotnets_form()
    {
        for (int i = 0; i < Rounds; i++)
        {
            IpAddress address = _random.NextBool() ? _random.Address() : new(_random.NextUInt64(), _random.NextUInt64());
            Assert.Equal(address, IpAddress.Parse(address.ToString()));
            Assert.Equal(address, IpAddress.From(address.ToIPAddress()));
            MacAddress mac = _random.Mac();
            Assert.True(MacAddress.TryParse(mac.ToString(), out MacAddress read));
            Assert.Equal(mac, read);
        }
    }

    [Theory]
    [InlineData("10")]
    [InlineData("10.1")]
    [InlineData("010.0.0.1")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("1.2.3.256")]
    [InlineData("1.2.3.4 ")]
    [InlineData("[::1]")]
    [InlineData("fe80::1%1")]
    [InlineData("")]
    [InlineData(null)]
    public void Forms_that_hide_which_address_is_meant_are_refused(string? text) => Assert.False(IpAddress.TryParse(text, out _));
}
