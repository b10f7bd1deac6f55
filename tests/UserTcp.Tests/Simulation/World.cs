using UserTcp.Link;
using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp.Tests.Simulation;

/// <summary>Two whole stacks at the ends of an impaired wire, in virtual time and on one thread: the same seed gives the same run.</summary>
internal sealed class World : IListenerUser, IDisposable
{
    internal const ushort Port = 80;

    internal static readonly IpAddress ClientAddress = IpAddress.Parse("10.0.0.1"), ServerAddress = IpAddress.Parse("10.0.0.2");

    private readonly TwinWire _wire;
    private readonly Side _client, _server;
    private readonly ListenerSlot _listener;
    private readonly Action<World, TcpSlot> _onAccepted;

    internal World(
        ulong seed, Instant start, TcpSettings client, TcpSettings server, Impairment toServer, Impairment toClient, int mtu, Story? story,
        Action<World, TcpSlot> onAccepted)
    {
        Now = start;
        _wire = new(mtu, queueBytes: 16 << 20);
        ImpairedLink left = new(_wire.Left, toServer, toClient, seed); // both directions at one end: the other is a plain cable
        _client = new(this, left, Stack(ClientAddress, mtu, client, seed, start, story?.Side("client")));
        _server = new(this, _wire.Right, Stack(ServerAddress, mtu, server, ~seed, start, story?.Side("server")));
        _onAccepted = onAccepted;
        Assert.True(_server.Net.TryListen(Port, 1000, this, out _listener));
    }

    /// <summary>The time.</summary>
    internal Instant Now { get; private set; }

    /// <summary>The stack that connects.</summary>
    internal NetStack Client => _client.Net;

    /// <summary>The stack that listens.</summary>
    internal NetStack Server => _server.Net;

    /// <summary>A stack as the worlds have them.</summary>
    internal static NetStack Stack(IpAddress address, int mtu, TcpSettings settings, ulong seed, Instant now, IStackEventSink? events = null)
    {
        SeededRandom random = new(seed);
        return new(
            new()
            {
                Mac = new(address == ClientAddress ? 0x02_00_00_00_00_01u : 0x02_00_00_00_00_02u),
                Address = new(address, 24),
                Mtu = mtu,
                Tcp = settings,
                Random = () => (uint)random.Next(),
                Events = events,
            },
            now);
    }

    /// <summary>Carries what is under way; when nothing is, lets time pass until the next thing happens.</summary>
    /// <param name="wake">When somebody else wants to act.</param>
    /// <returns>False when nothing will ever happen again.</returns>
    internal bool Step(Instant wake)
    {
        _client.Pull();
        _server.Pull();
        if (_client.Receive() | _server.Receive()) return true;
        Instant next = Instant.Min(wake, Instant.Min(_client.Next, _server.Next));
        if (next == Instant.Never) return false;
        Now = Instant.Max(Now, next);
        _client.Advance();
        _server.Advance();
        return true;
    }

    public void Dispose() => _wire.Dispose();

    void IListenerUser.OnAcceptable()
    {
        while (_listener.TryDequeue(out TcpSlot? slot))
        {
            slot.Listener = null;
            _onAccepted(this, slot);
        }
    }

    private sealed class Side(World world, ILink link, NetStack net) : IFrameReceiver
    {
        internal NetStack Net => net;

        internal Instant Next => Instant.Min(net.NextDeadline, link.NextDeadline);

        internal void Pull()
        {
            for (int frames = 0; net.TryTransmit(world.Now, out OutgoingFrame frame); frames++)
            {
                Assert.True(frames < 100_000, "the stack never stops sending");
                link.Send(frame, world.Now);
            }
        }

        internal bool Receive() => link.Receive(this, world.Now);

        internal void Advance() => net.Advance(world.Now);

        void IFrameReceiver.Receive(in FrameBatch batch, Instant now)
        {
            for (int i = 0; i < batch.Count; i++) net.FrameArrives(batch.Frame(i), batch.Offload(i), now);
        }
    }
}
