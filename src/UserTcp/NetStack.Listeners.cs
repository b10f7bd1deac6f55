using UserTcp.Network;
using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp;

/// <content>Listeners: SYNs become half-open connections, or cookies when there are too many; complete ones wait to be accepted.</content>
internal sealed partial class NetStack
{
    private readonly Dictionary<ushort, ListenerSlot> _listeners = [];
    private readonly SynCookies _cookies;

    /// <summary>Listens on a port (RFC 9293 3.10.1, passive).</summary>
    /// <param name="port">Where.</param>
    /// <param name="backlog">How many connections may wait to be accepted.</param>
    /// <param name="user">Who is told of them.</param>
    /// <param name="slot">The listener.</param>
    /// <param name="settings">For its connections; the stack's own settings when it is null.</param>
    /// <returns>False when somebody does already. Connections of that port, also half-open ones, stay as they are (RFC 9293 3.9.1.1, MUST-41, MUST-42).</returns>
    internal bool TryListen(ushort port, int backlog, IListenerUser user, out ListenerSlot slot, TcpSettings? settings = null)
    {
        slot = new(new(Address, port), backlog, user, settings ?? _configuration.Tcp);
        return _listeners.TryAdd(port, slot);
    }

    /// <summary>Stops listening; connections that nobody has accepted are reset.</summary>
    internal void CloseListener(ListenerSlot listener, Instant now)
    {
        _listeners.Remove(listener.Local.Port);
        foreach (TcpSlot slot in _connections.Values.Where(slot => slot.Listener == listener).ToArray()) Abort(slot, "the listener was closed", now);
    }

    /// <summary>LISTEN (RFC 9293 3.10.7.2).</summary>
    /// <param name="listener">Who listens.</param>
    /// <param name="tuple">The endpoints.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="former">A connection in TIME-WAIT between the same endpoints that makes way for a new one, or null.</param>
    /// <param name="now">The time.</param>
    private void SegmentArrivesAtListener(ListenerSlot listener, in FourTuple tuple, in TcpSegment segment, TcpSlot? former, Instant now)
    {
        switch (PassiveOpen.Judge(segment, listener.CookiesOut(now), out TcpHeader reset))
        {
            case PassiveOpenVerdict.Reset:
                SendStray(tuple, reset, default);
                break;
            case PassiveOpenVerdict.Open:
                Counters.SynsReceived++;
                if (!TryAnswerSyn(listener, tuple, segment, former, now)) Counters.ListenDrops++;
                break;
            case PassiveOpenVerdict.Cookie:
                CookieArrives(listener, tuple, segment, now);
                break;
        }
    }

    /// <returns>False when the SYN is dropped: the peer repeats it, and by then there may be room.</returns>
    private bool TryAnswerSyn(ListenerSlot listener, in FourTuple tuple, in TcpSegment syn, TcpSlot? former, Instant now)
    {
        if (listener.IsFull)
        {
            Counters.ListenOverflows++; // as in Linux: what cannot be accepted need not be opened
            return false;
        }
        if (_routes.Route(tuple.Remote.Address, out IpAddress nextHop, out _) != RouteVerdict.Found) return false;
        if (former is null && (listener.HalfOpen >= Budgets.HalfOpenPerListener || IsCrowded)) return TrySendCookie(listener, tuple, syn, now);
        SeqNum initial = _initialSequence.For(tuple, now);
        if (former is not null)
        {
            initial = former.Connection.FollowingInitialSequence;
            former.Connection.MakeWay(now, "a new connection follows between the same endpoints (RFC 9293 3.6.1, MAY-2)");
            Counters.TimeWaitReused++;
            Settle(former, now);
        }
        AddHalfOpen(
            listener, nextHop, now,
            TcpConnection.Accept(tuple, syn, listener.Settings, PathTo(tuple.Remote.Address, now), initial, _initialSequence.TimestampOffset(tuple), _events, now,
                Counters));
        return true;
    }

    private bool TrySendCookie(ListenerSlot listener, in FourTuple tuple, in TcpSegment syn, Instant now)
    {
        _cookies.Answer(tuple, syn, now, out TcpHeader header, out TcpOptions options);
        if (!SendStray(tuple, header, options)) return false;
        listener.CookieSent(now);
        Counters.SynCookiesSent++;
        return true;
    }

    /// <summary>An ACK that may carry a SYN cookie: with a good one the connection opens, and what else is in the segment is processed.</summary>
    private void CookieArrives(ListenerSlot listener, in FourTuple tuple, in TcpSegment segment, Instant now)
    {
        if (!_cookies.TryRead(tuple, segment, now, out TcpSegment syn))
        {
            Counters.SynCookiesFailed++;
            if (ClosedConnection.TryAnswer(segment, out TcpHeader reset)) SendStray(tuple, reset, default);
            return;
        }
        if (MustWait(listener, segment) || _routes.Route(tuple.Remote.Address, out IpAddress nextHop, out _) != RouteVerdict.Found) return;
        if (IsCrowded)
        {
            Counters.ConnectionsRefused++;
            return;
        }
        Counters.SynCookiesReceived++;
        TcpSlot slot = AddHalfOpen(
            listener, nextHop, now,
            TcpConnection.AcceptCookie(
                tuple, syn, listener.Settings, PathTo(tuple.Remote.Address, now), segment.Ack - 1, _initialSequence.TimestampOffset(tuple),
                _events, now, Counters));
        slot.Connection.SegmentArrives(segment, now);
        Settle(slot, now);
    }

    /// <summary>Whether the ACK that completes a handshake must be ignored because nobody accepts: our SYN-ACK or the peer's data, repeated, will bring it again.</summary>
    private bool MustWait(ListenerSlot listener, in TcpSegment segment)
    {
        if (!listener.IsFull || (segment.Header.Flags & (TcpFlags.Ack | TcpFlags.Rst | TcpFlags.Syn)) != TcpFlags.Ack) return false;
        Counters.ListenOverflows++;
        return true;
    }

    private TcpSlot AddHalfOpen(ListenerSlot listener, IpAddress nextHop, Instant now, TcpConnection connection)
    {
        TcpSlot slot = new(connection, nextHop) { Listener = listener, IsHalfOpen = true };
        listener.HalfOpen++;
        Add(slot);
        Settle(slot, now);
        return slot;
    }
}
