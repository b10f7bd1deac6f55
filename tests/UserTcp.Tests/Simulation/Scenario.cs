using UserTcp.Link;
using UserTcp.Tcp;

namespace UserTcp.Tests.Simulation;

/// <summary>Everything that a seed decides, and the run that follows from it.</summary>
internal sealed class Scenario : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromHours(4);

    private readonly ulong _seed;
    private readonly SeededRandom _random;
    private readonly TcpSettings _clientSettings, _serverSettings;
    private readonly int _mtu;
    private readonly Impairment _toServer, _toClient;
    private readonly List<(SimulatedUser Client, SimulatedUser Server, Instant OpensAt)> _pairs = [];
    private readonly Dictionary<ushort, int> _byPort = []; // which connection a client's port belongs to
    private readonly World _world;

    internal Scenario(ulong seed, Story? story = null)
    {
        _seed = seed;
        _random = new(seed);
        bool lossy = Chance(3, 4);
        _clientSettings = Settings(lossy);
        _serverSettings = Settings(lossy);
        _mtu = Chance(1, 4) ? 576 : 1500;
        _toServer = lossy ? Faults() : new() { Delay = Milliseconds(50) };
        _toClient = lossy && Chance(3, 4) ? Faults() : new() { Delay = Milliseconds(50) };

        Instant start = StartNearWrap();
        _world = new(seed, start, _clientSettings, _serverSettings, _toServer, _toClient, _mtu, story, OnAccepted);
        int connections = Chance(1, 8) ? (int)Below(3, 20) : (int)Below(1, 3);
        for (int i = 0; i < connections; i++)
        {
            Habits client = Habits(connections), server = Habits(connections);
            if (client.CloseAfterRead) server = server with { CloseAfterRead = false }; // or both would wait
            ulong key = seed * 1000 + (uint)i;
            _pairs.Add((
                new(_world.Client, key, client: true, client, server), new(_world.Server, key, client: false, server, client),
                start + Milliseconds(connections > 2 ? 200 : 1)));
        }
    }

    /// <summary>Runs it to its end and checks that everything is as it must be.</summary>
    internal void Run()
    {
        World world = _world;
        Instant start = world.Now;
        for (int steps = 0; ; steps++)
        {
            Assert.True(steps < 1_000_000, $"no end in sight after {world.Now - start}: {Account}");
            bool patient = world.Now - start < Patience;
            Instant wake = patient ? start + Patience : Instant.Never;
            foreach ((SimulatedUser client, SimulatedUser server, Instant opensAt) in _pairs)
            {
                if (client.Slot is null && world.Now >= opensAt) Open(client);
                if (!patient)
                {
                    // A reset that was lost leaves its peer waiting for ever (RFC 9293 3.5.1: half-open); sooner or later every user gives up.
                    if (client.Slot is not null) client.Abort(world.Now);
                    if (server.Slot is not null) server.Abort(world.Now);
                }
                client.Act(world.Now);
                server.Act(world.Now);
                wake = Instant.Min(wake, Instant.Min(client.Slot is null ? opensAt : Wake(client), Wake(server)));
            }
            if (_pairs.TrueForAll(pair => pair.Client.Ended && (pair.Server.Slot is null || pair.Server.Ended)) && world.Client.ConnectionCount == 0 && world.Server.ConnectionCount == 0) break;
            if (!world.Step(wake)) break;
        }
        foreach ((SimulatedUser client, SimulatedUser server, _) in _pairs)
        {
            Judge(client, server);
            Judge(server, client);
        }
        Assert.True(world.Client.ConnectionCount == 0 && world.Server.ConnectionCount == 0, $"connections are left: {Account}");
        Assert.Equal(0, world.Client.OutOfOrderBytes + world.Server.OutOfOrderBytes);
    }

    public void Dispose() => _world.Dispose();

    private string Account
        => $"{_toServer} {_toClient} mtu {_mtu}\n{_clientSettings}\n{_serverSettings}\n" + string.Join("\n", _pairs.Select(pair => $"client {pair.Client}; server {pair.Server}"));

    // Either everything was read to the end, or somebody aborted, or the connection failed for a reason that the RFC knows.
    private void Judge(SimulatedUser user, SimulatedUser peer)
    {
        if (user.HasReadAll || user.Aborted || peer.Aborted) return;
        TcpFailure? failure = user.Slot?.Connection.Failure ?? peer.Slot?.Connection.Failure;
        Assert.True(failure is not null, $"no end and no failure: {Account}");
        // SYNs all lost; or every last acknowledgment lost until the peer's TIME-WAIT was over and a RST answered (no TCP can do better).
        Assert.True(failure.Reason is TcpFailureReason.TimedOut or TcpFailureReason.Reset or TcpFailureReason.HostUnreachable, $"{failure}: {Account}");
        Assert.True(_toServer.Loss + _toClient.Loss + _toServer.Corrupt + _toClient.Corrupt > 0, $"failed although nothing is ever lost: {failure.Message} {Account}");
    }

    private void Open(SimulatedUser client)
    {
        Assert.True(_world.Client.TryConnect(new(World.ServerAddress, World.Port), client, _world.Now, out TcpSlot? slot, out TcpFailure? failure), failure?.Message);
        client.Slot = slot;
        _byPort[slot.Connection.Tuple.Local.Port] = _pairs.FindIndex(pair => pair.Client == client);
    }

    private void OnAccepted(World world, TcpSlot slot)
    {
        SimulatedUser server = _pairs[_byPort[slot.Connection.Tuple.Remote.Port]].Server;
        server.Slot = slot;
        slot.User = server;
        ((ITcpUser)server).OnSignals(slot.SignalsSoFar, world.Now);
    }

    private static Instant Wake(SimulatedUser user) => user.Slot is null || user.Ended ? Instant.Never : user.WakeAt;

    private Habits Habits(int connections)
    {
        int piece = (int)Below(1, Chance(1, 4) ? 100 : 5000);
        int amount = Chance(1, 8) ? 0 : (int)Below(1, Chance(1, 2) ? 3000 : 120_000 / connections);
        return new(
            Math.Min(amount, piece * 400), // a segment for each byte would take its time
            piece,
            Chance(1, 3) ? Milliseconds(Chance(1, 4) ? 2000 : 20) : TimeSpan.Zero,
            Chance(1, 3),
            Chance(1, 10) ? (int)Below(0, 20_000) : -1,
            Chance(1, 2));
    }

    private TcpSettings Settings(bool lossy) => new()
    {
        SendBufferSize = 1 << (int)Below(9, 18),
        ReceiveBufferSize = (int)Below(600, 1 << (int)Below(10, 20)),
        Timestamps = Chance(3, 4),
        WindowScaling = Chance(3, 4),
        SelectiveAcknowledgments = Chance(3, 4),
        CongestionControl = Chance(3, 4) ? CongestionAlgorithm.Cubic : CongestionAlgorithm.Reno,
        Ecn = (EcnMode)Below(0, 3),
        NoDelay = Chance(1, 2),
        Cork = Chance(1, 8),
        KeepAlive = Chance(1, 4),
        KeepAliveTime = TimeSpan.FromSeconds(Below(1, 100)),
        SynRetries = lossy ? 15 : 5,
        SynAckRetries = lossy ? 15 : 5,
        UserTimeout = TimeSpan.FromHours(2),
    };

    private Impairment Faults() => new()
    {
        Loss = Chance(1, 2) ? 0 : Below(1, Chance(1, 4) ? 400 : 60) / 1000.0,
        LossBurst = Chance(1, 3) ? Below(2, 6) : 1,
        Delay = Milliseconds(100),
        Jitter = Chance(1, 3) ? Milliseconds(60) : TimeSpan.Zero,
        Reorder = Chance(1, 3) ? Below(1, 300) / 1000.0 : 0,
        ReorderBy = TimeSpan.FromMilliseconds(Below(1, 200)),
        Duplicate = Chance(1, 4) ? Below(1, 300) / 1000.0 : 0,
        Corrupt = Chance(1, 4) ? Below(1, 100) / 1000.0 : 0,
        BitsPerSecond = Chance(1, 4) ? Below(100_000, 50_000_000) : 0,
        QueueBytes = (int)Below(3000, 100_000),
    };

    // Half of the runs start where the sequence numbers of one side are about to wrap: the clock of RFC 6528 is shifted by what is missing.
    private Instant StartNearWrap()
    {
        Instant start = new(TimeSpan.TicksPerDay);
        if (Chance(1, 2)) return start;
        NetStack rehearsal = World.Stack(World.ClientAddress, _mtu, _clientSettings, _seed, start);
        Assert.True(rehearsal.TryConnect(new(World.ServerAddress, World.Port), new SimulatedUser(rehearsal, 0, true, default, default), start, out TcpSlot? slot, out _));
        uint missing = unchecked(0 - slot.Connection.InitialSequence.Value - (uint)Below(0, 40_000));
        return start + new TimeSpan(missing * 4L * TimeSpan.TicksPerMicrosecond);
    }

    private bool Chance(int of, int outOf) => _random.Below(outOf) < of;

    private long Below(long least, long bound) => least + _random.Below(Math.Max(bound - least, 1));

    private TimeSpan Milliseconds(int bound) => TimeSpan.FromMicroseconds(Below(0, bound * 1000L));
}
