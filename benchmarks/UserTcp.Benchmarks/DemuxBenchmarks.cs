using BenchmarkDotNet.Attributes;
using UserTcp.Link;
using UserTcp.Network;
using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp.Benchmarks;

/// <summary>An acknowledgment from the frame to its connection, one of few or of many, which it tells nothing new.</summary>
[MemoryDiagnoser]
public class DemuxBenchmarks : IListenerUser, ITcpUser
{
    private const ushort Port = 9;
    private const int Stride = 7919; // coprime to the counts: the connections take turns far from each other, not in the order of their memory

    private static readonly IpAddress ServerAddress = IpAddress.Parse("192.0.2.2");
    private static readonly Instant Now = new(TimeSpan.TicksPerDay);

    private readonly byte[] _frame = new byte[2048];
    private NetStack _server = null!;
    private ListenerSlot _listener = null!;
    private byte[][] _acknowledgments = [];
    private int _next;

    [Params(1, 10_000)]
    public int Connections { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        NetStack client = MakeStack(1, "192.0.2.1/24");
        _server = MakeStack(2, "192.0.2.2/24");
        if (!_server.TryListen(Port, 16, this, out _listener)) throw new InvalidOperationException("nobody listens");
        _acknowledgments = [.. Enumerable.Range(0, Connections).Select(_ => Connect(client))];
        if (_server.ConnectionCount != Connections) throw new InvalidOperationException($"there are {_server.ConnectionCount} connections");
    }

    [Benchmark]
    public void Acknowledgment()
    {
        _server.FrameArrives(_acknowledgments[_next], FrameOffload.None, Now);
        _next = (_next + Stride) % Connections;
        if (_server.TryTransmit(Now, out _)) throw new InvalidOperationException("there was something to say");
    }

    void IListenerUser.OnAcceptable()
    {
        while (_listener.TryDequeue(out TcpSlot? slot))
        {
            slot.Listener = null;
            slot.User = this;
        }
    }

    void ITcpUser.OnSignals(TcpSignals signals, Instant now)
    {
    }

    // The client's last frame is the third of the handshake.
    private byte[] Connect(NetStack client)
    {
        if (!client.TryConnect(new(ServerAddress, Port), this, Now, out _, out TcpFailure? failure)) throw new InvalidOperationException(failure.Message);
        byte[] last = [];
        while (Carry(client, _server) is { } frame)
        {
            last = frame;
            _ = Carry(_server, client);
        }
        return last;
    }

    private byte[]? Carry(NetStack from, NetStack to)
    {
        byte[]? last = null;
        while (from.TryTransmit(Now, out OutgoingFrame frame))
        {
            last = _frame.AsSpan(0, frame.CopyTo(_frame)).ToArray();
            to.FrameArrives(last, FrameOffload.None, Now);
        }
        return last;
    }

    private static NetStack MakeStack(int seed, string address)
    {
        var random = new Random(seed);
        return new(
            new()
            {
                Mac = MacAddress.LocallyAdministered((ulong)seed),
                Address = Ipv4Prefix.Parse(address),
                Mtu = 1500,
                Tcp = new(),
                Resolver = new(),
                Random = () => (uint)random.NextInt64(uint.MaxValue),
            },
            Now);
    }
}
