using UserTcp.Tests.Wire;
using UserTcp.Udp;
using UserTcp.Wire;

namespace UserTcp.Tests.Udp;

public class UdpTests
{
    private static readonly IpEndpoint Remote = new(IpAddress.Parse("10.0.0.1"), 53);

    private readonly Generator _random = new(10);
    private readonly UdpPorts _ports;
    private readonly Owner _socket = new();

    public UdpTests() => _ports = new(_random.NextUInt32);

    private static IpEndpoint Local(ushort port) => new(IpAddress.Parse("10.0.0.2"), port);

    [Fact]
    public void A_datagram_reaches_the_owner_of_its_port_and_nobody_else()
    {
        ushort port = 5000, other = 5001;
        Owner second = new();
        Assert.True(_ports.TryBind(_socket, ref port));
        Assert.True(_ports.TryBind(second, ref other));
        Assert.False(_ports.TryBind(second, ref port)); // taken
        Assert.True(_ports.TryDeliver(Local(5000), Remote, [1, 2, 3], default));
        Assert.False(_ports.TryDeliver(Local(5002), Remote, [1, 2, 3], default)); // → ICMP port unreachable
        (IpEndpoint local, IpEndpoint remote, byte[] payload) = Assert.Single(_socket.Datagrams);
        Assert.Equal((Local(5000), Remote), (local, remote));
        Assert.Equal([1, 2, 3], payload);
        Assert.Empty(second.Datagrams);

        _ports.Release(5000);
        Assert.False(_ports.TryDeliver(Local(5000), Remote, [1], default));
    }

    [Fact]
    public void Ephemeral_ports_are_random_and_all_of_them_can_be_had()
    {
        HashSet<ushort> given = [];
        ushort first = 0, second = 0;
        Assert.True(_ports.TryBind(_socket, ref first) && _ports.TryBind(_socket, ref second));
        Assert.NotEqual(first + 1, second);
        given.Add(first);
        given.Add(second);
        ushort port = 0;
        while (_ports.TryBind(_socket, ref port))
        {
            Assert.True(given.Add(port));
            Assert.True(port >= 1024);
            port = 0;
        }
        Assert.Equal(65_536 - 1024, given.Count);
        _ports.Release(4711);
        port = 0;
        Assert.True(_ports.TryBind(_socket, ref port));
        Assert.Equal(4711, port);
    }

    [Fact]
    public void An_icmp_error_reaches_the_owner_of_the_port()
    {
        ushort port = 5000;
        _ports.TryBind(_socket, ref port);
        _ports.ReportError(5000, Remote, hard: true, "port unreachable", default);
        _ports.ReportError(5001, Remote, hard: true, "nobody is there", default);
        Assert.Equal("port unreachable", _socket.LastError);
    }

    private sealed class Owner : IUdpReceiver
    {
        internal List<(IpEndpoint Local, IpEndpoint Remote, byte[] Payload)> Datagrams { get; } = [];

        internal string? LastError { get; private set; }

        public void Arrived(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload, Instant now) => Datagrams.Add((local, remote, payload.ToArray()));

        public void Undeliverable(ushort localPort, IpEndpoint remote, bool hard, string reason, Instant now) => LastError = reason;
    }
}
