using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp.Tests.Tcp;

/// <summary>What the wire between two connections does to segments. Chances are per segment, from 0 to 1.</summary>
/// <param name="Loss">It is lost.</param>
/// <param name="Duplicate">It arrives twice.</param>
/// <param name="Reorder">It arrives late.</param>
/// <param name="Widest">Segments with more data vanish, and nobody says so.</param>
internal readonly record struct Faults(double Loss = 0, double Duplicate = 0, double Reorder = 0, int Widest = int.MaxValue);

/// <summary>Two connections joined by a wire in virtual time, on one thread: the same seed gives the same run.</summary>
internal sealed class Twin
{
    private readonly Random _random;
    private readonly Faults _faults;
    private readonly TimeSpan _delay;
    private readonly PriorityQueue<(Segment Segment, bool ToServer), (Instant At, long Order)> _wire = new();
    private long _order;

    internal Twin(int seed, Faults faults, TcpSettings settings, PathProperties path, TimeSpan? delay = null)
    {
        _random = new Random(seed);
        _faults = faults;
        _delay = delay ?? TimeSpan.FromMilliseconds(_random.Next(0, 50));
        Widest = faults.Widest;
        Settings = settings;
        Path = path;
        // Close to the wrap half of the time.
        SeqNum Isn() => new(unchecked((uint)(_random.Next(2) == 0 ? -_random.Next(1, 100_000) : _random.Next())));
        Client = TcpConnection.Connect(ClientTuple, settings, path, Isn(), (uint)_random.Next(), null, Now, ClientCounters);
        _serverIsn = Isn();
    }

    private readonly SeqNum _serverIsn;

    internal static FourTuple ClientTuple { get; } = new(new(IpAddress.Parse("192.0.2.1"), 40000), new(IpAddress.Parse("192.0.2.2"), 443));

    internal TcpSettings Settings { get; }
    internal PathProperties Path { get; }
    internal Instant Now { get; private set; } = new(TimeSpan.TicksPerSecond);
    internal TcpConnection Client { get; }
    internal TcpConnection? Server { get; private set; }
    internal StackCounters ClientCounters { get; } = new();
    internal long SegmentsCarried { get; private set; }

    /// <summary>Segments with more data vanish; -1 for all.</summary>
    internal int Widest { get; set; }

    /// <summary>Sends what both ends want to send now.</summary>
    internal void Pull()
    {
        Pull(Client, toServer: true);
        if (Server is not null) Pull(Server, toServer: false);
    }

    /// <summary>Lets time pass until the next segment arrives or timer fires.</summary>
    /// <returns>False when nothing will ever happen again.</returns>
    internal bool Step()
    {
        Pull();
        Instant next = Instant.Min(Client.NextDeadline, Server?.NextDeadline ?? Instant.Never);
        if (_wire.TryPeek(out _, out (Instant At, long Order) first)) next = Instant.Min(next, first.At);
        if (next == Instant.Never) return false;
        Now = Instant.Max(Now, next);
        while (_wire.TryPeek(out (Segment Segment, bool ToServer) carried, out first) && first.At <= Now)
        {
            _wire.Dequeue();
            Deliver(carried.Segment, carried.ToServer);
        }
        Client.Advance(Now);
        Server?.Advance(Now);
        Pull();
        return true;
    }

    private void Deliver(Segment carried, bool toServer)
    {
        SegmentsCarried++;
        TcpSegment segment = carried.AsTcpSegment();
        if (!toServer)
        {
            Client.SegmentArrives(segment, Now);
        }
        else if (Server is null || (Server.State == TcpState.Closed && Server.Failed && Server.Info.BytesReceived == 0))
        {
            if (PassiveOpen.Judge(segment, cookiesOut: false, out _) == PassiveOpenVerdict.Open)
                Server = TcpConnection.Accept(new(ClientTuple.Remote, ClientTuple.Local), segment, Settings, Path, _serverIsn, 77, null, Now);
        }
        else
        {
            Server.SegmentArrives(segment, Now);
        }
    }

    private void Pull(TcpConnection from, bool toServer)
    {
        while (from.TryTransmit(Now, out OutgoingSegment outgoing))
        {
            int size = outgoing.SegmentSize > 0 ? outgoing.SegmentSize : outgoing.Payload.Length + outgoing.PayloadRest.Length;
            Assert.True(size <= Path.MaximumSegmentSize);
            Segment segment = Segment.Of(outgoing);
            if (size > Widest) continue;
            if (_random.NextDouble() < _faults.Loss) continue;
            int copies = _random.NextDouble() < _faults.Duplicate ? 2 : 1;
            for (int i = 0; i < copies; i++)
            {
                TimeSpan delay = _delay + (_random.NextDouble() < _faults.Reorder ? TimeSpan.FromMilliseconds(_random.Next(1, 100)) : TimeSpan.Zero);
                _wire.Enqueue((segment, toServer), (Now + delay, _order++));
            }
        }
    }
}

/// <summary>A segment off the wire: its own copy of everything.</summary>
internal sealed record Segment(TcpHeader Header, TcpOptions Options, byte[] Payload)
{
    internal static Segment Of(in OutgoingSegment outgoing) => new(outgoing.Header, outgoing.Options, [.. outgoing.Payload, .. outgoing.PayloadRest]);

    internal TcpSegment AsTcpSegment() => new(Header, Options, Payload);
}
