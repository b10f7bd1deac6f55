using System.Diagnostics.CodeAnalysis;
using UserTcp.Link;
using UserTcp.Network;
using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp;

/// <content>Connections: which segment belongs to whom, who wants to be called when, who may want to send.</content>
internal sealed partial class NetStack
{
    // RFC 6056 3.2: as many ephemeral ports as possible, so that a blind attacker has more to guess. Their number, 64,499, is prime, so that every stride
    // reaches all of them.
    private const int FirstEphemeralPort = 1037, EphemeralPorts = 65_536 - FirstEphemeralPort;

    private readonly Dictionary<FourTuple, TcpSlot> _connections;
    private readonly DeadlineQueue<TcpSlot> _deadlines = new();
    private readonly Queue<TcpSlot> _ready = new();
    private readonly TimeWaitQueue _timeWaits = new();
    private readonly InitialSequenceNumber _initialSequence;
    private TcpSlot? _latest; // the connection that was looked for or made last
    private readonly LinkedList<TcpSlot> _behindGaps = new(); // who waits for something that is missing, the longest first
    private long _outOfOrder; // bytes that all connections keep ahead of gaps

    /// <summary>Bytes that all connections together keep ahead of gaps.</summary>
    internal long OutOfOrderBytes => _outOfOrder;

    /// <summary>Connections that exist, in whatever state.</summary>
    internal int ConnectionCount => _connections.Count;

    // Whether there is no room for another connection. A SYN is still answered, with a cookie: by the time it comes back there may be room.
    private bool IsCrowded => _connections.Count >= _configuration.MaximumConnections;

    /// <summary>Opens a connection (RFC 9293 3.10.1, active). Its SYN leaves with the next <see cref="TryTransmit"/>.</summary>
    /// <param name="remote">Who to connect to.</param>
    /// <param name="user">Who uses it.</param>
    /// <param name="now">The time.</param>
    /// <param name="slot">The connection.</param>
    /// <param name="failure">Why there is none.</param>
    /// <param name="settings">What the user has set; the stack's own settings when it is null.</param>
    internal bool TryConnect(
        IpEndpoint remote, ITcpUser user, Instant now, [NotNullWhen(true)] out TcpSlot? slot, [NotNullWhen(false)] out TcpFailure? failure,
        TcpSettings? settings = null)
    {
        slot = null;
        // RFC 9293 3.9.1.1, MUST-44: IP chooses our address.
        RouteVerdict verdict = _routes.Route(remote.Address, out IpAddress nextHop, out IpAddress source);
        failure = verdict switch
        {
            RouteVerdict.Found => null,
            RouteVerdict.NoRoute => new(
                TcpFailureReason.NetworkUnreachable,
                $"No route leads to {remote.Address}: it is not in {_configuration.Address} and there is no gateway for it. Give the stack a gateway."),
            RouteVerdict.Ourselves => new(
                TcpFailureReason.HostUnreachable, $"{remote.Address} is this stack itself: it has no loopback. Connect from another host or stack."),
            _ => new(TcpFailureReason.NetworkUnreachable, $"{remote.Address} is no single host: TCP connects two (RFC 9293 3.9.1.1, MUST-46)."),
        };
        if (failure is null && IsCrowded)
        {
            Counters.ConnectionsRefused++;
            failure = new(
                TcpFailureReason.TooManyConnections,
                $"The stack has {_connections.Count} connections, as many as it may: close some, wait for TIME-WAIT to end, or raise StackOptions.MaximumConnections.");
        }
        if (failure is not null) return false;
        if (!TryChoosePort(remote, source, out FourTuple tuple))
        {
            failure = new(TcpFailureReason.TooManyConnections, $"All {EphemeralPorts} local ports are in use for {remote}: close connections, or wait for TIME-WAIT to end.");
            return false;
        }
        slot = new(
            TcpConnection.Connect(
                tuple, settings ?? _configuration.Tcp, PathTo(remote.Address, now), _initialSequence.For(tuple, now),
                _initialSequence.TimestampOffset(tuple), _events, now, Counters),
            nextHop)
        {
            User = user,
        };
        Add(slot);
        Settle(slot, now);
        return true;
    }

    /// <summary>SEND (RFC 9293 3.10.2).</summary>
    /// <returns>The bytes taken; 0 when the send buffer is full.</returns>
    internal int Send(TcpSlot slot, ReadOnlySpan<byte> data, Instant now, bool more = false)
    {
        int taken = slot.Connection.Send(data, now, more);
        Settle(slot, now);
        return taken;
    }

    /// <summary>RECEIVE (RFC 9293 3.10.3).</summary>
    /// <returns>The bytes given.</returns>
    internal int Receive(TcpSlot slot, Span<byte> destination, Instant now)
    {
        int given = slot.Connection.Receive(destination, now);
        Settle(slot, now);
        return given;
    }

    /// <summary>Changes what the user has set for an open connection.</summary>
    internal void Change(TcpSlot slot, TcpSettings settings, Instant now)
    {
        slot.Connection.Change(settings, now);
        Settle(slot, now);
    }

    /// <summary>CLOSE of our direction only: the half-close (RFC 9293 3.10.4).</summary>
    internal void CloseWrite(TcpSlot slot, Instant now)
    {
        slot.Connection.CloseWrite(now);
        Settle(slot, now);
    }

    /// <summary>CLOSE by a user who reads no more either.</summary>
    internal void Close(TcpSlot slot, Instant now)
    {
        slot.Connection.Close(now);
        Settle(slot, now);
    }

    /// <summary>ABORT (RFC 9293 3.10.5).</summary>
    internal void Abort(TcpSlot slot, string reason, Instant now)
    {
        slot.Connection.Abort(now, reason);
        Settle(slot, now);
    }

    /// <summary>ABORT of every connection.</summary>
    internal void AbortAll(string reason, Instant now)
    {
        foreach (TcpSlot slot in _connections.Values.ToArray()) Abort(slot, reason, now);
    }

    private void ReceiveTcp(in Ipv4Header ip, ReadOnlySpan<byte> bytes, bool checksumTrusted, Instant now)
    {
        Counters.SegmentsReceived++;
        ParseError error = TcpHeader.TryParse(bytes, out TcpHeader header, out ReadOnlySpan<byte> optionBytes, out ReadOnlySpan<byte> payload);
        bool broken = error != ParseError.None;
        if (broken || (!checksumTrusted && !TcpHeader.ChecksumIsRight(bytes, ip.Source, ip.Destination))) // RFC 9293 3.1, MUST-3
        {
            if (broken) Counters.MalformedSegments++;
            else Counters.ChecksumErrors++;
            Drop(ip, bytes.Length, DropReason.Malformed, now);
            return;
        }
        if ((header.Flags & TcpFlags.Rst) != 0) Counters.ResetsReceived++;
        if (_routes.IsBroadcast(ip.Destination)) return; // RFC 9293 3.9.2.3, MUST-57

        // Every segment may have options (RFC 9293 3.1, MUST-5). One with an impossible length ends the list; what stands before it counts, as in Linux (RFC 9293 3.1, MUST-7).
        _ = TcpOptions.TryParse(optionBytes, out TcpOptions options);
        TcpSegment segment = new(header, options, payload, (ip.TypeOfService & 0b11) == 0b11);
        FourTuple tuple = new(new(ip.Destination, header.DestinationPort), new(ip.Source, header.SourcePort));
        TcpSlot? slot = Find(tuple);
        bool isOpening = slot is null || slot.Connection.MayBeFollowedBy(segment);
        if (isOpening && _listeners.TryGetValue(header.DestinationPort, out ListenerSlot? listener))
        {
            SegmentArrivesAtListener(listener, tuple, segment, slot, now);
        }
        else if (slot is not null)
        {
            if (slot.IsHalfOpen && MustWait(slot.Listener!, segment)) return;
            slot.Connection.SegmentArrives(segment, now);
            Settle(slot, now);
        }
        else if (ClosedConnection.TryAnswer(segment, out TcpHeader reset))
        {
            SendStray(tuple, reset, default); // CLOSED (RFC 9293 3.10.7.1): a segment to nobody
        }
    }

    private void ReportToTcp(in IcmpErrorReport report, Instant now)
    {
        if (Find(new(report.Local, report.Remote)) is not { } slot || !slot.Connection.IsInFlight(report.Seq))
        {
            Counters.IcmpIgnored++; // RFC 5927 4.1: somebody off the path is guessing
            return;
        }
        if (report.IsFragmentationNeeded)
        {
            PacketTooBig(slot, report, now);
            return;
        }
        // A connection that is being opened fails at once, as in Linux; an open one only remembers (RFC 5461 3).
        bool unreachable = report.Type == IcmpType.DestinationUnreachable;
        TcpFailureReason reason = (UnreachableCode)report.Code switch
        {
            UnreachableCode.Port or UnreachableCode.Protocol => TcpFailureReason.Refused,
            UnreachableCode.Network or UnreachableCode.NetworkProhibited => TcpFailureReason.NetworkUnreachable,
            _ => TcpFailureReason.HostUnreachable,
        };
        slot.Connection.IcmpError(unreachable, report.ToString(), now, reason);
        Settle(slot, now);
    }

    private void AdvanceConnections(Instant now)
    {
        while (_deadlines.TryTakeDue(now, out TcpSlot slot)) AdvanceConnection(slot, now);
        while (_timeWaits.Earliest <= now) AdvanceConnection(_timeWaits.Oldest, now);
    }

    private void AdvanceConnection(TcpSlot slot, Instant now)
    {
        slot.Connection.Advance(now);
        Schedule(slot, now);
        Settle(slot, now);
    }

    private bool TryTransmitTcp(Instant now, out OutgoingFrame frame)
    {
        while (_ready.TryPeek(out TcpSlot? slot))
        {
            while (slot.Connection.TryTransmit(now, out OutgoingSegment segment))
            {
                if (TryFrame(slot.Connection.Tuple, slot.NextHop, segment, now, out frame)) return true;
            }
            _ready.Dequeue();
            slot.IsReady = false;
            Schedule(slot, now);
            Signal(slot, now);
        }
        frame = default;
        return false;
    }

    /// <summary>After every call on a connection: it may want to send, its deadline may have moved, its user may have to hear.</summary>
    private void Settle(TcpSlot slot, Instant now)
    {
        if (!slot.IsReady)
        {
            slot.IsReady = true;
            _ready.Enqueue(slot);
        }
        AccountOutOfOrder(slot, slot.Connection.OutOfOrderReach);
        while (_outOfOrder > Budgets.OutOfOrderBytes) ForgetOutOfOrder();
        Signal(slot, now);
    }

    /// <summary>Notes when a connection wants to be called.</summary>
    private void Schedule(TcpSlot slot, Instant now)
    {
        Instant deadline = slot.Connection.NextDeadline;
        if (slot.Connection.State == TcpState.TimeWait)
        {
            if (!TimeWaitQueue.Contains(slot)) MakeRoomInTimeWait(now);
            if (_timeWaits.TryKeep(slot, deadline)) deadline = Instant.Never; // for the other queue
        }
        _deadlines.Set(slot, deadline);
    }

    private void Signal(TcpSlot slot, Instant now)
    {
        TcpSignals signals = slot.Connection.TakeSignals();
        if (signals == TcpSignals.None) return;
        slot.SignalsSoFar |= signals;
        if (slot.IsHalfOpen && (signals & (TcpSignals.Established | TcpSignals.Closed)) != 0)
        {
            slot.IsHalfOpen = false;
            slot.Listener!.HalfOpen--;
            if ((signals & TcpSignals.Established) != 0) slot.Listener.Enqueue(slot);
        }
        if ((signals & TcpSignals.Closed) != 0)
        {
            _deadlines.Set(slot, Instant.Never);
            _timeWaits.Remove(slot);
            Remove(slot);
            AccountOutOfOrder(slot, 0);
        }
        slot.User?.OnSignals(signals, now);
    }

    /// <summary>When too many are in TIME-WAIT, the oldest goes: it has waited longest for what might still come.</summary>
    private void MakeRoomInTimeWait(Instant now)
    {
        if (_timeWaits.Count < Budgets.TimeWaitConnections) return;
        TcpSlot oldest = _timeWaits.Oldest;
        Counters.TimeWaitOverflows++;
        oldest.Connection.MakeWay(now, "too many connections are in TIME-WAIT");
        Settle(oldest, now);
    }

    private void Add(TcpSlot slot)
    {
        _connections.Add(slot.Connection.Tuple, slot);
        _latest = slot;
    }

    private void Remove(TcpSlot slot)
    {
        _connections.Remove(slot.Connection.Tuple);
        if (_latest == slot) _latest = null;
    }

    /// <summary>The connection between two endpoints, or null.</summary>
    private TcpSlot? Find(in FourTuple tuple)
    {
        // Most segments belong to the same connection as the one before them.
        if (_latest is not null && _latest.Connection.Tuple == tuple) return _latest;
        if (_connections.TryGetValue(tuple, out TcpSlot? slot)) _latest = slot;
        return slot;
    }

    private void AccountOutOfOrder(TcpSlot slot, int bytes)
    {
        if (bytes == slot.OutOfOrder) return;
        if (slot.OutOfOrder == 0) _behindGaps.AddLast(slot.BehindGap ??= new(slot));
        else if (bytes == 0) _behindGaps.Remove(slot.BehindGap!);
        _outOfOrder += bytes - slot.OutOfOrder;
        slot.OutOfOrder = bytes;
    }

    /// <summary>All connections together keep too much. Whose gap is the oldest gives its share: a peer that means well fills gaps within round trips.</summary>
    private void ForgetOutOfOrder()
    {
        TcpSlot oldest = _behindGaps.First!.Value;
        Counters.OutOfOrderForgotten++;
        oldest.Connection.ForgetOutOfOrder();
        AccountOutOfOrder(oldest, 0);
    }

    /// <summary>Chooses a local port as nobody can foresee it (RFC 6056 3.3.1): at random, and while it is taken on by a random stride.</summary>
    /// <remarks>Of the RFC's algorithms this is the one that hides most. Its price, the early reuse of a port whose last connection the peer still has in
    /// TIME-WAIT, is not paid here: our own TIME-WAIT is looked at, and RFC 6528 numbers let the peer take the SYN as new. With the stride a table that is
    /// nine tenths full costs ten looks; in a row the ports in use would stick together.</remarks>
    private bool TryChoosePort(IpEndpoint remote, IpAddress source, out FourTuple tuple)
    {
        uint random = _configuration.Random();
        uint place = random % EphemeralPorts, stride = 1 + random / EphemeralPorts % (EphemeralPorts - 1);
        for (int i = 0; i < EphemeralPorts; i++, place = (place + stride) % EphemeralPorts)
        {
            ushort port = (ushort)(FirstEphemeralPort + place);
            tuple = new(new(source, port), remote);
            if (!_listeners.ContainsKey(port) && !_connections.ContainsKey(tuple)) return true;
        }
        tuple = default;
        return false;
    }
}
