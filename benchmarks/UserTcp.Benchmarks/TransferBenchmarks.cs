using System.Net;
using BenchmarkDotNet.Attributes;
using UserTcp.Link;

namespace UserTcp.Benchmarks;

/// <summary>Two whole stacks joined in memory: 16 MiB one way, and connections opened and closed one after the other.</summary>
[MemoryDiagnoser]
public class TransferBenchmarks
{
    private const int Port = 9, Megabytes = 16;

    private static readonly IPAddress Client = IPAddress.Parse("192.0.2.1"), Server = IPAddress.Parse("192.0.2.2");

    private readonly byte[] _outgoing = new byte[64 << 10], _incoming = new byte[64 << 10];
    private TwinWire _wire = null!;
    private Stack _client = null!, _server = null!;
    private TcpListener _listener = null!;
    private TcpStream _sending = null!, _receiving = null!;

    [Params(false, true)]
    public bool Offload { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        _wire = new(offload: Offload);
        _client = new(_wire.Left, new() { Address = Client, PrefixLength = 24 });
        _server = new(_wire.Right, new() { Address = Server, PrefixLength = 24 });
        _listener = _server.Listen(Port);
        (_sending, _receiving) = await Connect();
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
        _wire.Dispose();
    }

    [Benchmark]
    public async Task Transfer()
    {
        Task reading = Read();
        for (int i = 0; i < Megabytes << 20; i += _outgoing.Length) await _sending.WriteAsync(_outgoing);
        await reading;
    }

    [Benchmark]
    public async Task ConnectAndClose()
    {
        (TcpStream client, TcpStream server) = await Connect();
        await client.CloseWriteAsync();
        while (await server.ReadAsync(_incoming) > 0)
        {
        }
        await server.DisposeAsync();
        await client.WaitForCloseAsync();
    }

    private async Task<(TcpStream Client, TcpStream Server)> Connect()
    {
        ValueTask<TcpStream> accepting = _listener.AcceptAsync();
        TcpStream client = await _client.ConnectAsync(new IPEndPoint(Server, Port));
        return (client, await accepting);
    }

    private async Task Read()
    {
        for (int received = 0; received < Megabytes << 20;) received += await _receiving.ReadAsync(_incoming);
    }
}
