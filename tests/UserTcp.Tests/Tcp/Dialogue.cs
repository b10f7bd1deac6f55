using System.Globalization;
using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp.Tests.Tcp;

/// <summary>Plays the peer, the user and the clock of one connection. A failure prints the story so far.</summary>
/// <remarks>Our ISS is 100 and the peer's 1000 unless said otherwise, so our first byte is 101 and the peer's 1001. Every byte of a stream is made
/// from its sequence number, so payloads check themselves. Each segment that the connection sends must be expected before the next thing happens.</remarks>
internal sealed class Dialogue : ITcpEventSink, IDisposable
{
    internal const uint OurIss = 100, PeerIss = 1000;

    /// <summary>No options but the MSS, Reno, segments that keep their size: the numbers of a textbook.</summary>
    internal static TcpSettings Plain { get; } = new()
    {
        Timestamps = false,
        WindowScaling = false,
        SelectiveAcknowledgments = false,
        CongestionControl = CongestionAlgorithm.Reno,
        PathMtuProbing = false,
    };

    private readonly TcpSettings _settings;
    private readonly PathProperties _path;
    private readonly uint _iss;
    private readonly Queue<WireSegment> _sent = new();
    private readonly byte[] _pulled = new byte[100_000];
    private readonly List<string> _story = [];
    private readonly Instant _start = new(TimeSpan.TicksPerSecond * 10);
    private TcpConnection? _connection;
    private SeqNum _write;
    private SeqNum _read;
    private bool _failed;

    internal Dialogue(TcpSettings? settings = null, PathProperties? path = null, uint iss = OurIss)
    {
        _settings = settings ?? Plain;
        _path = path ?? new(1500);
        _iss = iss;
        _write = new SeqNum(iss) + 1;
        Now = _start;
    }

    internal Instant Now { get; private set; }
    internal TcpConnection Connection => _connection!;
    internal TcpState State => Connection.State;
    internal StackCounters Counters { get; } = new();
    internal List<StateChangedEvent> Changes { get; } = [];
    internal List<TimerFiredEvent> Timers { get; } = [];
    internal List<SegmentEvent> Received { get; } = [];
    internal List<SegmentEvent> Sent { get; } = [];

    // What can be written into Inject and Expect.
    internal static WireSegment Syn(uint seq = PeerIss, int? window = null, int? mss = null, int? scale = null, (uint, uint)? ts = null)
        => new() { Seq = seq, Flags = WireSegment.Syn, Window = window, Mss = mss, Scale = scale, Timestamps = ts };

    internal static WireSegment SynAck(uint seq, uint ack, int? window = null, int? mss = null, int? scale = null, (uint, uint)? ts = null)
        => new() { Seq = seq, AckNumber = ack, Flags = WireSegment.Syn | WireSegment.Ack, Window = window, Mss = mss, Scale = scale, Timestamps = ts };

    internal static WireSegment Ack(uint seq, uint ack, int? window = null, (uint, uint)? ts = null)
        => new() { Seq = seq, AckNumber = ack, Flags = WireSegment.Ack, Window = window, Timestamps = ts };

    internal static WireSegment Data(uint seq, uint ack, int length, int? window = null, (uint, uint)? ts = null)
        => Ack(seq, ack, window, ts) with { Payload = Bytes(seq, length) };

    internal static WireSegment Push(uint seq, uint ack, int length, int? window = null, (uint, uint)? ts = null)
        => Data(seq, ack, length, window, ts) with { Flags = WireSegment.Ack | WireSegment.Psh };

    internal static WireSegment Fin(uint seq, uint ack, int length = 0, bool push = false, int? window = null, (uint, uint)? ts = null)
        => Data(seq, ack, length, window, ts) with { Flags = (byte)(WireSegment.Ack | WireSegment.Fin | (push ? WireSegment.Psh : 0)) };

    internal static WireSegment Rst(uint seq) => new() { Seq = seq, Flags = WireSegment.Rst };

    internal static WireSegment RstAck(uint seq, uint ack) => new() { Seq = seq, AckNumber = ack, Flags = WireSegment.Rst | WireSegment.Ack };

    internal static byte[] Bytes(uint seq, int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = ByteAt(unchecked(seq + (uint)i));
        return bytes;
    }

    /// <summary>An open connection that we have opened.</summary>
    internal static Dialogue Established(
        TcpSettings? settings = null, PathProperties? path = null, int window = 65535, int? mss = 1460, uint iss = OurIss, uint peer = PeerIss)
    {
        var dialogue = new Dialogue(settings, path, iss);
        dialogue.Connect();
        dialogue.Expect(Syn(iss));
        dialogue.Inject(SynAck(peer, iss + 1, window, mss));
        dialogue.Expect(Ack(iss + 1, peer + 1));
        dialogue.Is(TcpState.Established);
        return dialogue;
    }

    /// <summary>An open connection in a state from ESTABLISHED on, reached by the shortest way. Our FIN, where sent, has number 101, the peer's 1001.</summary>
    internal static Dialogue In(TcpState state, TcpSettings? settings = null)
    {
        if (state == TcpState.SynReceived)
        {
            var half = new Dialogue(settings);
            half.Inject(Syn(mss: 1460));
            half.Expect(SynAck(100, 1001));
            return half;
        }
        Dialogue dialogue = Established(settings);
        if (state is TcpState.FinWait1 or TcpState.FinWait2 or TcpState.Closing or TcpState.TimeWait)
        {
            dialogue.CloseWrite();
            dialogue.Expect(Fin(101, 1001));
        }
        if (state is TcpState.CloseWait or TcpState.LastAck)
        {
            dialogue.Inject(Fin(1001, 101));
            dialogue.Expect(Ack(101, 1002));
        }
        if (state == TcpState.LastAck)
        {
            dialogue.CloseWrite();
            dialogue.Expect(Fin(101, 1002));
        }
        if (state is TcpState.FinWait2 or TcpState.TimeWait) dialogue.Inject(Ack(1001, 102));
        if (state == TcpState.Closing)
        {
            dialogue.Inject(Fin(1001, 101));
            dialogue.Expect(Ack(102, 1002));
        }
        if (state == TcpState.TimeWait)
        {
            dialogue.Inject(Fin(1001, 102));
            dialogue.Expect(Ack(102, 1002));
        }
        dialogue.Is(state);
        return dialogue;
    }

    internal void Connect()
    {
        _connection = TcpConnection.Connect(Tuple, _settings, _path, new SeqNum(_iss), 0, this, Now, Counters);
        _read = default;
        Pull();
    }

    /// <summary>A segment arrives, and what is sent for it is of no interest here.</summary>
    internal void Inject(WireSegment segment, bool skipSent)
    {
        Inject(segment);
        if (skipSent) _sent.Clear();
    }

    /// <summary>Segments arrive, in one batch. The first SYN opens a connection that listens.</summary>
    internal void Inject(params WireSegment[] batch)
    {
        NothingLeft();
        foreach (WireSegment wire in batch)
        {
            Tell($"<-- {wire}");
            byte[] bytes = wire.Encode(443, 40000);
            Assert.Equal(ParseError.None, TcpHeader.TryParse(bytes, out TcpHeader header, out ReadOnlySpan<byte> optionBytes, out ReadOnlySpan<byte> payload));
            Assert.Equal(ParseError.None, TcpOptions.TryParse(optionBytes, out TcpOptions options));
            var segment = new TcpSegment(header, options, payload, wire.Marked == true);
            if (segment.Has(TcpFlags.Syn)) _read = header.Seq + 1;
            if (_connection is not null)
            {
                _connection.SegmentArrives(segment, Now);
            }
            else
            {
                Assert.Equal(PassiveOpenVerdict.Open, PassiveOpen.Judge(segment, cookiesOut: false, out _));
                _connection = TcpConnection.Accept(Tuple, segment, _settings, _path, new SeqNum(_iss), 0, this, Now, Counters);
            }
        }
        Pull();
    }

    /// <summary>The next segment sent.</summary>
    internal WireSegment Expect(WireSegment expected)
    {
        if (!_sent.TryDequeue(out WireSegment? actual)) throw Fail($"expected {expected}, but nothing was sent");
        if (!expected.Matches(actual)) throw Fail($"expected {expected}, but {actual} was sent");
        return actual;
    }

    /// <summary>The next segment sent carries these data, with PSH or without.</summary>
    internal void ExpectData(uint seq, int length, bool push, uint ack = PeerIss + 1)
        => Expect(push ? Push(seq, ack, length) : Data(seq, ack, length));

    /// <summary>Time passes until a segment is sent, which must be after so many milliseconds.</summary>
    internal WireSegment ExpectAfter(int milliseconds, WireSegment expected)
    {
        NothingLeft();
        Instant from = Now;
        while (_sent.Count == 0)
        {
            Instant next = Connection.NextDeadline;
            if (next == Instant.Never || next - from > TimeSpan.FromMilliseconds(milliseconds)) throw Fail($"expected {expected} after {milliseconds} ms, but nothing was sent by then");
            AdvanceTo(next);
        }
        WireSegment actual = Expect(expected);
        if (Now - from != TimeSpan.FromMilliseconds(milliseconds)) throw Fail($"expected {expected} after {milliseconds} ms, but it was sent after {(Now - from).TotalMilliseconds} ms");
        return actual;
    }

    /// <summary>Time passes, in which nothing may be sent unless it is expected afterwards.</summary>
    internal void After(double milliseconds)
    {
        NothingLeft();
        Instant end = Now + TimeSpan.FromMilliseconds(milliseconds);
        while (Connection.NextDeadline <= end) AdvanceTo(Connection.NextDeadline);
        Now = end;
    }

    /// <summary>Time passes, and what is sent meanwhile is of no interest here.</summary>
    internal void After(double milliseconds, bool skipSent)
    {
        Instant end = Now + TimeSpan.FromMilliseconds(milliseconds);
        while (Connection.NextDeadline <= end)
        {
            AdvanceTo(Connection.NextDeadline);
            if (skipSent) _sent.Clear();
        }
        Now = end;
    }

    /// <summary>Time passes until the next timer.</summary>
    internal void AfterDeadline()
    {
        NothingLeft();
        AdvanceTo(Connection.NextDeadline);
    }

    /// <summary>The user writes the next bytes of the stream.</summary>
    internal void Write(int length, bool all = true)
    {
        int taken = Send(length, more: false);
        if (all && taken != length) throw Fail($"{taken} of {length} bytes were taken");
    }

    /// <summary>The user writes, and more is to follow at once.</summary>
    internal void WritePart(int length) => Send(length, more: true);

    private int Send(int length, bool more)
    {
        NothingLeft();
        Tell($"write {length}{(more ? ", more follows" : "")}");
        int taken = Connection.Send(Bytes(_write.Value, length), Now, more);
        _write += taken;
        Pull();
        return taken;
    }

    /// <summary>The user writes, and what is sent for it is of no interest here.</summary>
    internal void Write(int length, bool all, bool skipSent)
    {
        Write(length, all);
        if (skipSent) _sent.Clear();
    }

    /// <summary>The user reads, and what is sent for it is of no interest here.</summary>
    internal void Read(int length, bool skipSent)
    {
        Read(length);
        if (skipSent) _sent.Clear();
    }

    /// <summary>The user reads exactly so many bytes, which must be the next of the stream.</summary>
    internal void Read(int length)
    {
        NothingLeft();
        Tell($"read {length}");
        byte[] bytes = new byte[length];
        int given = Connection.Receive(bytes, Now);
        if (given != length) throw Fail($"{given} bytes could be read, not {length}");
        if (!bytes.AsSpan().SequenceEqual(Bytes(_read.Value, length))) throw Fail("the bytes read are wrong");
        _read += length;
        Pull();
    }

    internal void CloseWrite() => Call("close", connection => connection.CloseWrite(Now));

    internal void Close() => Call("close both ways", connection => connection.Close(Now));

    internal void Abort() => Call("abort", connection => connection.Abort(Now, "the test says so"));

    internal void Call(string what, Action<TcpConnection> action)
    {
        NothingLeft();
        Tell(what);
        action(Connection);
        Pull();
    }

    internal void Is(TcpState state)
    {
        if (State != state) throw Fail($"expected the state {state}, but it is {State}");
    }

    internal void FailedWith(TcpFailureReason? reason)
    {
        if (Connection.Failure?.Reason != reason) throw Fail($"expected the failure {reason?.ToString() ?? "none"}, but it is {Connection.Failure?.ToString() ?? "none"}");
    }

    public void Dispose()
    {
        if (!_failed) NothingLeft();
    }

    private static FourTuple Tuple { get; } = new(new(IpAddress.Parse("192.0.2.1"), 40000), new(IpAddress.Parse("192.0.2.2"), 443));

    private static byte ByteAt(uint seq) => (byte)(seq ^ (seq >> 7) ^ 0x5a);

    private void AdvanceTo(Instant next)
    {
        Now = Instant.Max(Now, next);
        Connection.Advance(Now);
        Pull();
    }

    private void Pull()
    {
        byte[] bytes = _pulled;
        while (Connection.TryTransmit(Now, out OutgoingSegment segment))
        {
            int options = segment.Options.Write(bytes.AsSpan(20));
            segment.Header.Write(bytes, options);
            int length = 20 + options;
            segment.Payload.CopyTo(bytes.AsSpan(length));
            segment.PayloadRest.CopyTo(bytes.AsSpan(length + segment.Payload.Length));
            WireSegment wire = WireSegment.Decode(bytes.AsSpan(0, length + segment.Payload.Length + segment.PayloadRest.Length)) with { Marked = segment.EcnCapable };
            Tell($"--> {wire}");
            _sent.Enqueue(wire);
            if (_sent.Count > 1000) throw Fail("it does not stop sending");
        }
    }

    private void NothingLeft()
    {
        if (_sent.TryPeek(out WireSegment? unexpected)) throw Fail($"{unexpected} was sent and not expected");
    }

    private void Tell(string line)
        => _story.Add(string.Create(CultureInfo.InvariantCulture, $"{(Now - _start).TotalMilliseconds,9:F1} ms  {_connection?.State.ToString() ?? "-",-12} {line}"));

    private Xunit.Sdk.XunitException Fail(string what)
    {
        _failed = true;
        return new Xunit.Sdk.XunitException($"{what}\nthe story so far:\n{string.Join('\n', _story)}");
    }

    void ITcpEventSink.SegmentSent(in SegmentEvent e) => Sent.Add(e);

    void ITcpEventSink.SegmentReceived(in SegmentEvent e) => Received.Add(e);

    void ITcpEventSink.StateChanged(in StateChangedEvent e)
    {
        Changes.Add(e);
        _story.Add($"              {e.From} becomes {e.To}: {e.Reason}");
    }

    void ITcpEventSink.TimerFired(in TimerFiredEvent e)
    {
        Timers.Add(e);
        _story.Add($"              timer {e.Timer} for the {e.Count}. time");
    }

    void ITcpEventSink.CongestionChanged(in CongestionChangedEvent e)
        => _story.Add($"              cwnd {e.CongestionWindow}, ssthresh {e.SlowStartThreshold}: {e.Reason}");
}
