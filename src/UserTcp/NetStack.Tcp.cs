using System.Diagnostics.CodeAnalysis;
using UserTcp.Link;
using UserTcp.Network;
using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp;

/// <content>Connections and listeners: which segment belongs to whom, who wants to be called when, who may want to send.</content>
internal sealed partial class NetStack
{
    // RFC 6056 3.2: as many ephemeral ports as possible, so that a blind attacker has more to guess.
    private const int FirstEphemeralPort = 1024, EphemeralPorts = 65_536 - FirstEphemeralPort;

    private readonly Dictionary<FourTuple, TcpSlot> _connections;
    private readonly Dictionary<ushort, ListenerSlot> _listeners = [];
    private readonly DeadlineQueue<TcpSlot> _deadlines = new();
    private readonly Queue<TcpSlot> _ready = new();
    private readonly InitialSequenceNumber _initialSequence;

    /// <summary>Connections that exist, in whatever state.</summary>
    internal int ConnectionCount => _connections.Count;

    private PathProperties Path => new(_configuration.Mtu, Ipv4Header.MinimumSize, _configuration.Offload ? MaximumSuperSegment : 0);

    // What an IPv4 packet can carry behind its own and the largest TCP header.
    private static int MaximumSuperSegment => ushort.MaxValue - Ipv4Header.MinimumSize - TcpHeader.MinimumSize - TcpHeader.MaximumOptions;

    /// <summary>Opens a connection (RFC 9293 3.10.1, active). Its SYN leaves with the next <see cref="TryTransmit"/>.</summary>
    internal bool TryConnect(IpEndpoint remote, ITcpUser user, Instant now, [NotNullWhen(true)] out TcpSlot? slot, [NotNullWhen(false)] out TcpFailure? failure)
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
        if (failure is not null) return false;
        if (!TryChoosePort(remote, source, out FourTuple tuple))
        {
            failure = new(TcpFailureReason.Aborted, $"All {EphemeralPorts} local ports are in use for {remote}: close connections, or wait for TIME-WAIT to end.");
            return false;
        }
        slot = new(
            TcpConnection.Connect(
                tuple, _configuration.Tcp, Path, _initialSequence.For(tuple, now), _initialSequence.TimestampOffset(tuple), _events, now, Counters),
            nextHop)
        {
            User = user,
        };
        _connections.Add(tuple, slot);
        Settle(slot);
        return true;
    }

    /// <summary>Listens on a port (RFC 9293 3.10.1, passive).</summary>
    /// <returns>False when somebody does already. Connections of that port, also half-open ones, stay as they are (RFC 9293 3.9.1.1, MUST-41, MUST-42).</returns>
    internal bool TryListen(ushort port, int backlog, IListenerUser user, out ListenerSlot slot)
    {
        slot = new(new(Address, port), backlog, user);
        return _listeners.TryAdd(port, slot);
    }

    /// <summary>Stops listening; connections that nobody has accepted are reset.</summary>
    internal void CloseListener(ListenerSlot listener, Instant now)
    {
        _listeners.Remove(listener.Local.Port);
        foreach (TcpSlot slot in _connections.Values.Where(slot => slot.Listener == listener).ToArray()) Abort(slot, "the listener was closed", now);
    }

    /// <summary>SEND (RFC 9293 3.10.2).</summary>
    /// <returns>The bytes taken; 0 when the send buffer is full.</returns>
    internal int Send(TcpSlot slot, ReadOnlySpan<byte> data, Instant now)
    {
        int taken = slot.Connection.Send(data, now);
        Settle(slot);
        return taken;
    }

    /// <summary>RECEIVE (RFC 9293 3.10.3).</summary>
    /// <returns>The bytes given.</returns>
    internal int Receive(TcpSlot slot, Span<byte> destination, Instant now)
    {
        int given = slot.Connection.Receive(destination, now);
        Settle(slot);
        return given;
    }

    /// <summary>CLOSE of our direction only: the half-close (RFC 9293 3.10.4).</summary>
    internal void CloseWrite(TcpSlot slot, Instant now)
    {
        slot.Connection.CloseWrite(now);
        Settle(slot);
    }

    /// <summary>CLOSE by a user who reads no more either.</summary>
    internal void Close(TcpSlot slot, Instant now)
    {
        slot.Connection.Close(now);
        Settle(slot);
    }

    /// <summary>ABORT (RFC 9293 3.10.5).</summary>
    internal void Abort(TcpSlot slot, string reason, Instant now)
    {
        slot.Connection.Abort(now, reason);
        Settle(slot);
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
        bool known = _connections.TryGetValue(tuple, out TcpSlot? slot);
        if (_listeners.TryGetValue(header.DestinationPort, out ListenerSlot? listener) && (!known || slot!.Connection.MayBeFollowedBy(segment)))
        {
            SegmentArrivesAtListener(listener, tuple, segment, slot, now);
        }
        else if (known)
        {
            slot!.Connection.SegmentArrives(segment, now);
            Settle(slot);
        }
        else if (ClosedConnection.TryAnswer(segment, out TcpHeader reset))
        {
            SendReset(reset, ip.Source, now); // CLOSED (RFC 9293 3.10.7.1): a segment to nobody
        }
    }

    /// <summary>LISTEN (RFC 9293 3.10.7.2).</summary>
    /// <param name="listener">Who listens.</param>
    /// <param name="tuple">The endpoints.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="former">A connection in TIME-WAIT between the same endpoints that makes way for a new one, or null.</param>
    /// <param name="now">The time.</param>
    private void SegmentArrivesAtListener(ListenerSlot listener, in FourTuple tuple, in TcpSegment segment, TcpSlot? former, Instant now)
    {
        PassiveOpenVerdict verdict = PassiveOpen.Judge(segment, out TcpHeader reset);
        if (verdict == PassiveOpenVerdict.Reset) SendReset(reset, tuple.Remote.Address, now);
        if (verdict != PassiveOpenVerdict.Open) return;
        if (listener.IsFull || _routes.Route(tuple.Remote.Address, out IpAddress nextHop, out _) != RouteVerdict.Found) return;
        SeqNum initial = _initialSequence.For(tuple, now);
        if (former is not null)
        {
            initial = former.Connection.FollowingInitialSequence;
            former.Connection.MakeWay(now);
            Counters.TimeWaitReused++;
            Settle(former);
        }
        TcpSlot slot = new(
            TcpConnection.Accept(tuple, segment, _configuration.Tcp, Path, initial, _initialSequence.TimestampOffset(tuple), _events, now, Counters), nextHop)
        {
            Listener = listener,
            IsHalfOpen = true,
        };
        listener.HalfOpen++;
        _connections.Add(tuple, slot);
        Settle(slot);
    }

    private void SendReset(in TcpHeader reset, IpAddress remote, Instant now)
    {
        Span<byte> bytes = stackalloc byte[TcpHeader.MinimumSize];
        reset.Write(bytes, 0);
        InternetChecksum checksum = InternetChecksum.PseudoHeader(Address, remote, IpProtocol.Tcp, bytes.Length);
        checksum.Add(bytes);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(bytes[TcpHeader.ChecksumOffset..], checksum.Finish());
        SendPacket(IpProtocol.Tcp, remote, bytes, now);
    }

    private void ReportToTcp(in IcmpErrorReport report, Instant now)
    {
        if (!_connections.TryGetValue(new(report.Local, report.Remote), out TcpSlot? slot) || !slot.Connection.IsInFlight(report.Seq))
        {
            Counters.IcmpIgnored++; // RFC 5927 4.1: somebody off the path is guessing
            return;
        }
        // A connection that is being opened fails at once, as in Linux; an open one only remembers (RFC 5461 3).
        bool unreachable = report.Type == IcmpType.DestinationUnreachable && !report.IsFragmentationNeeded;
        TcpFailureReason reason = (UnreachableCode)report.Code switch
        {
            UnreachableCode.Port or UnreachableCode.Protocol => TcpFailureReason.Refused,
            UnreachableCode.Network or UnreachableCode.NetworkProhibited => TcpFailureReason.NetworkUnreachable,
            _ => TcpFailureReason.HostUnreachable,
        };
        slot.Connection.IcmpError(unreachable, report.ToString(), now, reason);
        Settle(slot);
    }

    private void AdvanceConnections(Instant now)
    {
        while (_deadlines.TryTakeDue(now, out TcpSlot slot))
        {
            slot.Connection.Advance(now);
            Settle(slot);
        }
    }

    private bool TryTransmitTcp(Instant now, out OutgoingFrame frame)
    {
        while (_ready.TryPeek(out TcpSlot? slot))
        {
            while (slot.Connection.TryTransmit(now, out OutgoingSegment segment))
            {
                if (TryFrame(slot, segment, now, out frame)) return true;
            }
            _ready.Dequeue();
            slot.IsReady = false;
            _deadlines.Set(slot, slot.Connection.NextDeadline);
            Signal(slot);
        }
        frame = default;
        return false;
    }

    /// <summary>After every call on a connection: it may want to send, its deadline may have moved, its user may have to hear.</summary>
    private void Settle(TcpSlot slot)
    {
        if (!slot.IsReady)
        {
            slot.IsReady = true;
            _ready.Enqueue(slot);
        }
        _deadlines.Set(slot, slot.Connection.NextDeadline);
        Signal(slot);
    }

    private void Signal(TcpSlot slot)
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
            _connections.Remove(slot.Connection.Tuple);
        }
        slot.User?.OnSignals(signals);
    }

    private bool TryChoosePort(IpEndpoint remote, IpAddress source, out FourTuple tuple)
    {
        uint start = _configuration.Random(); // RFC 6056 3.3.1: a random port, then the next free one
        for (uint i = 0; i < EphemeralPorts; i++)
        {
            ushort port = (ushort)(FirstEphemeralPort + (start + i) % EphemeralPorts);
            tuple = new(new(source, port), remote);
            if (!_listeners.ContainsKey(port) && !_connections.ContainsKey(tuple)) return true;
        }
        tuple = default;
        return false;
    }
}
