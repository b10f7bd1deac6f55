using BenchmarkDotNet.Attributes;
using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp.Benchmarks;

/// <summary>Two connections without stack or link: a full segment is chosen, arrives, is read and acknowledged.</summary>
[MemoryDiagnoser]
public class SegmentBenchmarks
{
    private const int Size = 1448;

    private static readonly FourTuple Tuple = new(new(IpAddress.Parse("192.0.2.1"), 40000), new(IpAddress.Parse("192.0.2.2"), 443));

    private readonly byte[] _data = new byte[Size], _scratch = new byte[Size];
    private TcpConnection _client = null!, _server = null!;
    private Instant _now = Instant.Zero;

    [GlobalSetup]
    public void Setup()
    {
        var settings = new TcpSettings();
        var path = new PathProperties(1500);
        _client = TcpConnection.Connect(Tuple, settings, path, new(1), 0, null, _now);
        if (!_client.TryTransmit(_now, out OutgoingSegment syn)) throw new InvalidOperationException("there is no SYN");
        _server = TcpConnection.Accept(new(Tuple.Remote, Tuple.Local), new TcpSegment(syn.Header, syn.Options, default), settings, path, new(2), 0, null, _now);
        Carry(_server, _client);
        Carry(_client, _server);
        if (SegmentOutAndIn() != Size) throw new InvalidOperationException("the segment did not arrive");
    }

    [Benchmark]
    public int SegmentOutAndIn()
    {
        _now += TimeSpan.FromMicroseconds(100);
        _client.Advance(_now);
        _server.Advance(_now);
        _client.Send(_data, _now);
        Carry(_client, _server);
        int read = _server.Receive(_scratch, _now);
        Carry(_server, _client);
        return read;
    }

    private void Carry(TcpConnection from, TcpConnection to)
    {
        while (from.TryTransmit(_now, out OutgoingSegment segment))
        {
            segment.Payload.CopyTo(_scratch);
            segment.PayloadRest.CopyTo(_scratch.AsSpan(segment.Payload.Length));
            to.SegmentArrives(new TcpSegment(segment.Header, segment.Options, _scratch.AsSpan(0, segment.Payload.Length + segment.PayloadRest.Length)), _now);
        }
    }
}
