using UserTcp.Explain.Lesson;
using UserTcp.Explain.Model;
using UserTcp.Explain.Recording;
using UserTcp.Explain.Text;
using UserTcp.Tcp;
using UserTcp.Tls;
using UserTcp.Wire;

namespace UserTcp.Explain.Tests;

/// <summary>A conversation written by hand, as a connection of ours would have told it: 10.0.0.2:49152 and 10.0.0.1:443, one event per 250 µs.</summary>
internal sealed class Script
{
    internal const TcpFlags S = TcpFlags.Syn, A = TcpFlags.Ack, F = TcpFlags.Fin, R = TcpFlags.Rst, P = TcpFlags.Psh;

    internal static readonly FourTuple Tuple = new(new(IpAddress.Parse("10.0.0.2"), 49152), new(IpAddress.Parse("10.0.0.1"), 443));

    private readonly ConversationRecorder _recorder = new();
    private Instant _now = new(TimeSpan.TicksPerSecond);

    internal Conversation Conversation => Assert.Single(_recorder.Conversations());

    internal IReadOnlyList<Arrow> Arrows => [.. Conversation.Arrows];

    internal Ladder Ladder => LessonWriter.Write(Conversation);

    internal string Text(int width = 100)
    {
        var writer = new StringWriter { NewLine = "\n" };
        LadderRenderer.Write(writer, Ladder, width);
        return writer.ToString();
    }

    /// <summary>We send.</summary>
    internal Script Out(
        TcpFlags flags, uint seq, uint ack = 0, int length = 0, TcpState state = TcpState.Established, SegmentNote note = SegmentNote.None,
        TcpOptions options = default, uint? receiveNext = null, string? reason = null)
    {
        _recorder.SegmentSent(Event(Tuple.Local.Port, Tuple.Remote.Port, flags, seq, ack, length, state, note, options, receiveNext ?? ack, reason));
        return this;
    }

    /// <summary>We receive.</summary>
    internal Script In(
        TcpFlags flags, uint seq, uint ack = 0, int length = 0, TcpState state = TcpState.Established, SegmentNote note = SegmentNote.None,
        TcpOptions options = default, string? reason = null)
    {
        _recorder.SegmentReceived(Event(Tuple.Remote.Port, Tuple.Local.Port, flags, seq, ack, length, state, note, options, 0, reason));
        return this;
    }

    internal Script Becomes(TcpState from, TcpState to, string reason)
    {
        _recorder.StateChanged(new(_now, Tuple, from, to, reason));
        return this;
    }

    internal Script Fires(TcpTimer timer, int count = 1)
    {
        _recorder.TimerFired(new(_now, Tuple, timer, count));
        return this;
    }

    internal Script Resolves(string address, MacAddress mac)
    {
        _recorder.ArpRequestSent(new(_now, IpAddress.Parse(address), 1, MacAddress.Broadcast));
        _recorder.ArpResolved(new(_now, IpAddress.Parse(address), mac));
        return this;
    }

    internal ITlsEventSink TlsSink => _recorder.TlsOf(new(Tuple.Local.Address.ToIPAddress(), Tuple.Local.Port), new(Tuple.Remote.Address.ToIPAddress(), Tuple.Remote.Port));

    internal Script Tls(TlsEvent e)
    {
        TlsSink.Raise(e);
        return this;
    }

    /// <summary>The handshake with our ISN 1000 and theirs 5000.</summary>
    internal Script Open() => this
        .Out(S, 1000, state: TcpState.SynSent)
        .In(S | A, 5000, 1001)
        .Out(A, 1001, 5001);

    /// <summary>The states along the arrows, ours and theirs, such as "SYN-SENT SYN-RECEIVED*".</summary>
    internal IEnumerable<string> States => Arrows.Select(arrow => $"{Of(arrow.Client)} {Of(arrow.Server)}");

    private static string Of(LaneState state) => state.State.Name() + (state.Inferred ? "*" : "");

    private SegmentEvent Event(
        ushort from, ushort to, TcpFlags flags, uint seq, uint ack, int length, TcpState state, SegmentNote note, TcpOptions options, uint receiveNext, string? reason)
    {
        var e = new SegmentEvent(
            _now, Tuple, new TcpHeader(from, to, new(seq), new(ack), flags, 64240), options, length, note, reason, state, default, default, new(receiveNext));
        _now += TimeSpan.FromMicroseconds(250);
        return e;
    }
}
