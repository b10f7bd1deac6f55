using UserTcp.Explain.Model;
using UserTcp.Tcp;
using UserTcp.Tls;
using UserTcp.Tls.Wire;
using UserTcp.Wire;

namespace UserTcp.Explain.Recording;

/// <summary>Makes a <see cref="Conversation"/> of one connection's events: gives each segment its equations and both ends their states.</summary>
internal sealed class ConversationBuilder
{
    /// <summary>A handshake raises about 30 events; a peer that sends alerts or tickets for ever must not fill the memory.</summary>
    private const int TlsEventsKept = 256;

    private readonly FourTuple _connection;
    private readonly Side _watched;
    private readonly Instant _start;
    private readonly End _client = new(), _server = new();
    private readonly StateInference _peer;
    private readonly Timeline _timeline = new();
    private readonly List<StateChangedEvent> _pending = [];
    private readonly List<TlsEvent> _tls = [];
    private TcpState _ownState;
    private Instant _firstAnswer = Instant.Never;       // a SYN can wait for ARP: what comes before the answer to it is prologue
    private ConversationTotals _totals;
    private ApplicationRecords _records;

    /// <summary>Starts with a connection's first segment or change of state.</summary>
    /// <param name="connection">Which.</param>
    /// <param name="watchedIsClient">Whether the watched end opens actively.</param>
    /// <param name="start">When.</param>
    internal ConversationBuilder(in FourTuple connection, bool watchedIsClient, Instant start)
    {
        _connection = connection;
        _start = start;
        _watched = watchedIsClient ? Side.Client : Side.Server;
        _ownState = watchedIsClient ? TcpState.Closed : TcpState.Listen;
        _peer = new StateInference(watchedIsClient ? TcpState.Listen : TcpState.Closed);
    }

    internal void Segment(in SegmentEvent e, bool sent)
    {
        if (!sent && _firstAnswer == Instant.Never) _firstAnswer = e.At;
        Side from = sent ? _watched : _watched.Other();
        End sender = Of(from), receiver = Of(from.Other());
        TcpHeader header = e.Header;
        bool syn = (header.Flags & TcpFlags.Syn) != 0, fin = (header.Flags & TcpFlags.Fin) != 0, rst = (header.Flags & TcpFlags.Rst) != 0;

        Equation? seq = Accounting.Seq(sender.Space, receiver.LastAck, header, e.PayloadLength, e.Note, sent);
        bool counts = e.Note != SegmentNote.Refused;
        if (!sender.Space.Started && counts && !rst)
        {
            if (syn)
            {
                sender.Space.Start(header.Seq, synSeen: true);
                seq = Accounting.Seq(sender.Space, receiver.LastAck, header, e.PayloadLength, e.Note, sent);
            }
            else sender.Space.Start(header.Seq - 1, synSeen: false);
        }
        Equation? ack = Accounting.Ack(receiver.Space, header, sent && !rst ? e.ReceiveNext : null);
        long relativeSeq = sender.Space.Started ? sender.Space.Relative(header.Seq) : 0;
        bool inOrder = relativeSeq <= sender.Space.Contiguous;
        _totals = _totals with { Segments = _totals.Segments + 1 };
        int number = (int)Math.Min(_totals.Segments, int.MaxValue);
        if (counts && !rst) sender.Space.Add(new(relativeSeq, e.PayloadLength, syn, fin, number));
        bool hasAck = (header.Flags & TcpFlags.Ack) != 0;

        _ownState = e.State;
        if (sent) _peer.Received(header, inOrder, sender.FinEnd, receiver.SynEnd, receiver.FinEnd);
        else _peer.Sent(header, receiver.FinEnd);
        var arrow = new Arrow(
            number, e.At - _start, from, header, e.Options, sender.Shows(e.Options), e.PayloadLength, relativeSeq,
            hasAck && receiver.Space.Started ? receiver.Space.Relative(header.Ack) : 0, e.Note, e.Reason, seq, ack, Lane(Side.Client), Lane(Side.Server), TakeChanges(e.State));
        if (hasAck && counts) sender.LastAck = header.Ack;
        Count(arrow);
        _timeline.Add(arrow);
    }

    internal void StateChanged(in StateChangedEvent e) => _pending.Add(e);

    internal void TimerFired(in TimerFiredEvent e)
    {
        string? text = e.Timer switch
        {
            TcpTimer.Retransmission => $"retransmission timer ran out, {Ordinal(e.Count)} time in a row: no acknowledgment came (RFC 6298 5)",
            TcpTimer.Persist => "persist timer ran out: ask whether the window has opened (RFC 9293 3.8.6.1)",
            TcpTimer.TimeWait => "2 MSL have passed (RFC 9293 3.6.1)",
            TcpTimer.KeepAlive => "keep-alive: the peer has been silent, it is asked (RFC 9293 3.8.4)",
            TcpTimer.UserTimeout => "user timeout ran out: the connection is given up (RFC 9293 3.8.3)",
            _ => null,      // a delayed acknowledgment is seen by itself
        };
        if (text is null) return;
        Flush();
        Happens(e.At, text);
    }

    internal void CongestionChanged(in CongestionChangedEvent e)
        => Happens(e.At, $"cwnd {e.CongestionWindow}, ssthresh {e.SlowStartThreshold}: {e.Reason}");

    internal void Tls(TlsEvent e)
    {
        switch (e)
        {
            case RecordPassed { ContentType: ContentType.ApplicationData } record:
                _records = record.Direction == TlsDirection.Sent
                    ? _records with { Sent = _records.Sent + 1, SentBytes = _records.SentBytes + record.PlaintextLength }
                    : _records with { Received = _records.Received + 1, ReceivedBytes = _records.ReceivedBytes + record.PlaintextLength };
                break;
            case RecordPassed or KeyLogged:
                break;      // a message says more than its record; a secret has no place on a page
            default:
                if (_tls.Count < TlsEventsKept) _tls.Add(e);
                break;
        }
    }

    internal Conversation Build(IReadOnlyList<PrologueLine> prologue)
    {
        Flush();
        IpEndpoint client = _watched == Side.Client ? _connection.Local : _connection.Remote;
        IpEndpoint server = _watched == Side.Client ? _connection.Remote : _connection.Local;
        return new(client, server, _watched, _timeline.Snapshot(), _totals, [.. prologue.Where(line => line.At <= _firstAnswer)], [.. _tls], _records);
    }

    private End Of(Side side) => side == Side.Client ? _client : _server;

    private LaneState Lane(Side side) => side == _watched ? new(_ownState, false) : new(_peer.State, true);

    private void Happens(Instant at, string text) => _timeline.Add(new Happening(at - _start, _watched, text, Lane(Side.Client), Lane(Side.Server)));

    /// <summary>A change of state comes just before the segment that it belongs to; one that leads elsewhere stood alone.</summary>
    private StateChangedEvent[] TakeChanges(TcpState state)
    {
        if (_pending.Count == 0) return [];
        if (_pending[^1].To != state)
        {
            Flush();
            return [];
        }
        StateChangedEvent[] changes = [.. _pending];
        _pending.Clear();
        return changes;
    }

    private void Flush()
    {
        foreach (StateChangedEvent change in _pending)
        {
            _ownState = change.To;
            Happens(change.At, $"{change.From.Name()} → {change.To.Name()}: {change.Reason}");
        }
        _pending.Clear();
    }

    private void Count(Arrow arrow)
    {
        int equations = 0, wrong = 0;
        foreach (Equation equation in arrow.Equations)
        {
            equations++;
            if (!equation.Holds) wrong++;
        }
        _totals = _totals with
        {
            ClientBytes = _totals.ClientBytes + (arrow.From == Side.Client ? arrow.Length : 0),
            ServerBytes = _totals.ServerBytes + (arrow.From == Side.Server ? arrow.Length : 0),
            Equations = _totals.Equations + equations,
            FalseEquations = _totals.FalseEquations + wrong,
            Retransmissions = _totals.Retransmissions + (arrow.Note == SegmentNote.Retransmission ? 1 : 0),
            OutOfOrder = _totals.OutOfOrder + (arrow.Note is SegmentNote.OutOfOrder or SegmentNote.Duplicate ? 1 : 0),
            Refused = _totals.Refused + (arrow.Note == SegmentNote.Refused ? 1 : 0),
        };
    }

    private static string Ordinal(int count) => count switch { 1 => "1st", 2 => "2nd", 3 => "3rd", _ => $"{count}th" };

    /// <summary>One end as its segments show it.</summary>
    private sealed class End
    {
        private TcpOptions _shown;

        internal SequenceLedger Space { get; } = new();

        internal SeqNum? LastAck { get; set; }

        internal SeqNum? SynEnd => Space.Started ? Space.Origin + 1 : null;

        internal SeqNum? FinEnd => Space.FinEnd is long end ? Space.Absolute(end) : null;

        /// <summary>Whether options say something that this end has not said before. Clock values and echoes change all the time and do not count.</summary>
        internal bool Shows(in TcpOptions options)
        {
            bool news = options.SackCount > 0
                || (options.MaximumSegmentSize is not null && options.MaximumSegmentSize != _shown.MaximumSegmentSize)
                || (options.WindowScale is not null && options.WindowScale != _shown.WindowScale)
                || (options.SackPermitted && !_shown.SackPermitted)
                || (options.Timestamps is not null && _shown.Timestamps is null)
                || (options.UserTimeout is not null && options.UserTimeout != _shown.UserTimeout);
            if (news && options.SackCount == 0) _shown = options;
            return news;
        }
    }
}
