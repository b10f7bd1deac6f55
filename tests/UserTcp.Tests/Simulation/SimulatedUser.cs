using UserTcp.Link;
using UserTcp.Tcp;

namespace UserTcp.Tests.Simulation;

/// <summary>How a user of a connection behaves.</summary>
/// <param name="Amount">Bytes to write.</param>
/// <param name="Piece">The most bytes written or read in one call.</param>
/// <param name="Pause">How long it rests between calls at most.</param>
/// <param name="CloseAfterRead">It closes its direction only after the other side's end: a half-close from the other's view.</param>
/// <param name="AbortAfter">It aborts after having read so many bytes; never when negative.</param>
/// <param name="Leaves">Having read everything, it closes both ways: what is not delivered yet must get there without it.</param>
internal readonly record struct Habits(int Amount, int Piece, TimeSpan Pause, bool CloseAfterRead, int AbortAfter, bool Leaves = false);

/// <summary>One end's user: writes a stream that the other end knows, checks what it reads, closes when it is done.</summary>
internal sealed class SimulatedUser : ITcpUser
{
    private readonly NetStack _net;
    private readonly SeededRandom _random;
    private readonly Habits _habits;
    private readonly ulong _outgoing, _incoming; // what the bytes are made from
    private readonly int _expected;
    private readonly byte[] _scratch = new byte[4096];
    private int _written;
    private int _read;
    private bool _closed;
    private bool _connectionEnded;

    internal SimulatedUser(NetStack net, ulong seed, bool client, in Habits own, in Habits other)
    {
        _net = net;
        _random = new(seed + (client ? 1u : 2u));
        _habits = own;
        _outgoing = client ? seed : ~seed;
        _incoming = ~_outgoing;
        _expected = other.Amount;
    }

    /// <summary>The connection.</summary>
    internal TcpSlot? Slot { get; set; }

    /// <summary>When it acts next.</summary>
    internal Instant WakeAt { get; private set; }

    /// <summary>It has read the other side's stream to its end.</summary>
    internal bool HasReadAll { get; private set; }

    /// <summary>It has aborted.</summary>
    internal bool Aborted { get; private set; }

    /// <summary>The connection has come to its end, and what had arrived is read.</summary>
    internal bool Ended => _connectionEnded && (HasReadAll || Aborted || Slot!.Connection.Failed);

    /// <summary>Does what it can do now.</summary>
    internal void Act(Instant now)
    {
        if (Slot is null || Ended || now < WakeAt) return;
        (int read, int written) = (_read, _written);
        Read(now);
        Write(now);
        if (_habits.AbortAfter >= 0 && _read >= _habits.AbortAfter && _written > 0) Abort(now);
        bool progress = (read, written) != (_read, _written);
        WakeAt = progress && _habits.Pause > TimeSpan.Zero ? now + new TimeSpan(_random.Below(_habits.Pause.Ticks)) : Instant.Never; // until something happens
    }

    /// <summary>Ends the connection at once.</summary>
    internal void Abort(Instant now)
    {
        if (Aborted || Ended) return;
        Aborted = true;
        _net.Abort(Slot!, "the simulation says so", now);
    }

    void ITcpUser.OnSignals(TcpSignals signals, Instant now)
    {
        if ((signals & TcpSignals.Closed) != 0) _connectionEnded = true;
        if (WakeAt == Instant.Never) WakeAt = Instant.Zero;
    }

    public override string ToString() => $"{Slot?.Connection.State} read {_read} of {_expected}, written {_written} of {_habits.Amount}{(_closed ? ", closed" : "")}{(Aborted ? ", aborted" : "")} {Slot?.Connection.Failure?.Message}";

    private void Read(Instant now)
    {
        int length = 1 + (int)_random.Below(_habits.Piece);
        while (length > 0 && _net.Receive(Slot!, _scratch.AsSpan(0, Math.Min(length, _scratch.Length)), now) is int given and > 0)
        {
            for (int i = 0; i < given; i++) Assert.True(ByteAt(_incoming, _read + i) == _scratch[i], "the bytes are not those that were written");
            _read += given;
            if (_habits.Pause > TimeSpan.Zero) length -= given;
        }
        if (HasReadAll || !Slot!.Connection.EndOfStream) return;
        Assert.Equal(_expected, _read);
        HasReadAll = true;
    }

    private void Write(Instant now)
    {
        if (!Slot!.Connection.MaySend) return;
        while (_written < _habits.Amount)
        {
            int length = Math.Min(Math.Min(1 + (int)_random.Below(_habits.Piece), _scratch.Length), _habits.Amount - _written);
            for (int i = 0; i < length; i++) _scratch[i] = ByteAt(_outgoing, _written + i);
            int taken = _net.Send(Slot, _scratch.AsSpan(0, length), now);
            _written += taken;
            if (taken < length || _habits.Pause > TimeSpan.Zero) break;
        }
        if (_written < _habits.Amount || _closed || (_habits.CloseAfterRead && !HasReadAll)) return;
        if (Slot.Connection.State == TcpState.SynSent) return; // closing now would give the connection up (RFC 9293 3.10.4)
        _closed = true;
        if (_habits.Leaves && HasReadAll) _net.Close(Slot, now);
        else _net.CloseWrite(Slot, now);
    }

    private static byte ByteAt(ulong seed, int index) => (byte)(((seed | 1) * (ulong)(index + 1)) >> 32);
}
