using UserTcp.Wire;

namespace UserTcp.Tests.Wire;

/// <summary>Random values from a seed (SplitMix64, Steele, Lea and Flood 2014): the same on every machine and every .NET.</summary>
internal sealed class Generator(ulong seed)
{
    private ulong _state = seed;

    public ulong NextUInt64()
    {
        unchecked
        {
            ulong z = _state += 0x9e3779b97f4a7c15;
            z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
            z = (z ^ z >> 27) * 0x94d049bb133111eb;
            return z ^ z >> 31;
        }
    }

    public uint NextUInt32() => (uint)(NextUInt64() >> 32);

    public ushort NextUInt16() => (ushort)(NextUInt64() >> 48);

    public byte NextByte() => (byte)(NextUInt64() >> 56);

    /// <summary>From 0 to <paramref name="below"/> − 1.</summary>
    public int Next(int below) => (int)(NextUInt32() * (ulong)below >> 32);

    public bool NextBool() => Next(2) == 0;

    public T Pick<T>(params ReadOnlySpan<T> values) => values[Next(values.Length)];

    public byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        foreach (ref byte b in bytes.AsSpan()) b = NextByte();
        return bytes;
    }

    public IpAddress Address() => IpAddress.FromV4(NextUInt32());

    public MacAddress Mac() => new(NextUInt64() & 0xffff_ffff_ffff);

    public TcpHeader TcpHeader() => new(
        NextUInt16(), NextUInt16(), new(NextUInt32()), new(NextUInt32()), (TcpFlags)NextByte(), NextUInt16(), NextUInt16());

    /// <summary>Any combination of options that fits into a header.</summary>
    public TcpOptions TcpOptions()
    {
        TcpOptions options = default;
        if (NextBool()) options.MaximumSegmentSize = NextUInt16();
        if (NextBool()) options.WindowScale = NextByte();
        if (NextBool()) options.SackPermitted = true;
        if (NextBool()) options.Timestamps = new(NextUInt32(), NextUInt32());
        if (Next(4) == 0) options.UserTimeout = NextUInt16();
        Span<byte> room = stackalloc byte[UserTcp.Wire.TcpHeader.MaximumOptions];
        int blocks = Math.Min(Next(5), (room.Length - options.Write(room) - 4) / 8);
        for (int i = 0; i < blocks; i++) options.AddSack(new(new(NextUInt32()), new(NextUInt32())));
        return options;
    }

    public Ipv4Header Ipv4Header(IpProtocol protocol, int payloadLength, int optionsLength = 0) => new(
        NextByte(),
        (ushort)(UserTcp.Wire.Ipv4Header.MinimumSize + optionsLength + payloadLength),
        NextUInt16(),
        (Ipv4Flags)Next(8),
        (ushort)(Next(0x2000) * 8),
        NextByte(),
        protocol,
        Address(),
        Address());

    /// <summary>A name of one to four labels of letters, digits and hyphens.</summary>
    public DnsName Name()
    {
        const string Characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
        var labels = new string[1 + Next(4)];
        for (int i = 0; i < labels.Length; i++)
        {
            char[] label = new char[1 + Next(Next(8) == 0 ? 63 : 12)];
            foreach (ref char c in label.AsSpan()) c = Characters[Next(Characters.Length)];
            labels[i] = new(label);
        }
        string text = string.Join('.', labels);
        return DnsName.Parse(text.Length <= 253 ? text : text[^200..].Trim('.').Replace("..", ".", StringComparison.Ordinal));
    }

    public DnsMessage DnsMessage()
    {
        DnsName name = Name();
        DnsRecord Record() => Next(4) switch
        {
            0 => DnsRecord.A(NextBool() ? name : Name(), NextUInt32() >> 1, Address()),
            1 => DnsRecord.Cname(NextBool() ? name : Name(), NextUInt32() >> 1, Name()),
            2 => DnsRecord.Soa(name.Parent, NextUInt32() >> 1, Name(), NextUInt32()),
            _ => new(name, DnsType.Aaaa, UserTcp.Wire.DnsMessage.ClassInternet, NextUInt32() >> 1, new(NextUInt64(), NextUInt64())),
        };
        DnsRecord[] Records() => [.. Enumerable.Range(0, Next(5)).Select(_ => Record())];
        DnsHeader header = new(NextUInt16(), NextBool(), (byte)Next(16), NextBool(), NextBool(), NextBool(), NextBool(), (DnsResponseCode)Next(16));
        return new(header, Next(8) == 0 ? null : new(name, Pick(DnsType.A, DnsType.Aaaa), NextUInt16()), Records(), Records());
    }

    /// <summary>Makes frames of two machines that are any.</summary>
    public Frames Frames() => new(Mac(), Mac(), Ipv4Header(default, 0));

    /// <summary>One frame of each kind that we know.</summary>
    public byte[][] OneFrameOfEach()
    {
        byte[] quoted = Frames().Tcp(TcpHeader(), TcpOptions(), Bytes(40));
        return
        [
            Frames().Tcp(TcpHeader(), TcpOptions(), Bytes(Next(64))),
            Frames().Tcp(TcpHeader(), TcpOptions(), []),
            Frames().Udp(new(NextUInt16(), NextUInt16()), Bytes(Next(64))),
            Frames().Dns(DnsMessage(), NextUInt16()),
            Frames().Dns(DnsMessage(), NextUInt16()),
            Frames().Icmp(IcmpMessage.Echo(IcmpType.EchoRequest, NextUInt16(), NextUInt16()), Bytes(Next(64))),
            Frames().Icmp(new(IcmpType.DestinationUnreachable, (byte)Next(16), NextUInt32()), quoted.AsSpan(EthernetHeader.Size)),
            Frames().Arp(new(Pick(ArpOperation.Request, ArpOperation.Reply), Mac(), Address(), Mac(), Address())),
        ];
    }
}
