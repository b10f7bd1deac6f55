using BenchmarkDotNet.Attributes;
using UserTcp.Wire;

namespace UserTcp.Benchmarks;

/// <summary>One full TCP segment: from the frame to the payload, and back.</summary>
[MemoryDiagnoser]
public class FrameBenchmarks
{
    private static readonly IpAddress Client = IpAddress.Parse("192.0.2.1"), Server = IpAddress.Parse("192.0.2.2");

    private readonly byte[] _frame = new byte[1514];

    [GlobalSetup]
    public void Setup() => Build();

    [Benchmark]
    public int Parse()
    {
        if (EthernetHeader.TryParse(_frame, out _, out ReadOnlySpan<byte> packet) != ParseError.None
            || Ipv4Header.TryParse(packet, out Ipv4Header ip, out _, out ReadOnlySpan<byte> segment) != ParseError.None
            || !TcpHeader.ChecksumIsRight(segment, ip.Source, ip.Destination)
            || TcpHeader.TryParse(segment, out _, out ReadOnlySpan<byte> optionBytes, out ReadOnlySpan<byte> payload) != ParseError.None
            || TcpOptions.TryParse(optionBytes, out _) != ParseError.None) throw new InvalidOperationException("the frame does not parse");
        return payload.Length;
    }

    [Benchmark]
    public int Build()
    {
        Span<byte> packet = _frame.AsSpan(EthernetHeader.Size), segment = packet[Ipv4Header.MinimumSize..];
        new EthernetHeader(MacAddress.LocallyAdministered(1), MacAddress.LocallyAdministered(2), EtherType.Ipv4).Write(_frame);
        new Ipv4Header(0, (ushort)packet.Length, 1, Ipv4Flags.DontFragment, 0, 64, IpProtocol.Tcp, Client, Server).Write(packet);
        int options = new TcpOptions { Timestamps = new(1, 2) }.Write(segment[TcpHeader.MinimumSize..]);
        new TcpHeader(50000, 443, new SeqNum(1), new SeqNum(2), TcpFlags.Ack | TcpFlags.Psh, 65535).Write(segment, options);
        InternetChecksum checksum = InternetChecksum.PseudoHeader(Client, Server, IpProtocol.Tcp, segment.Length);
        checksum.Add(segment);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(segment[TcpHeader.ChecksumOffset..], checksum.Finish());
        return options;
    }
}
