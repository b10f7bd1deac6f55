using UserTcp.Wire;

namespace UserTcp.Tcp;

internal sealed class TcpConnection
{
    internal static TcpConnection Connect(
        in FourTuple tuple, TcpSettings settings, in PathProperties path, SeqNum initialSequence, uint timestampOffset, ITcpEventSink? events, Instant now)
        => throw new NotSupportedException();

    internal static TcpConnection Accept(
        in FourTuple tuple, in TcpSegment syn, TcpSettings settings, in PathProperties path, SeqNum initialSequence, uint timestampOffset, ITcpEventSink? events,
        Instant now)
        => throw new NotSupportedException();

    internal FourTuple Tuple { get; private set; }
    internal TcpState State { get; private set; }
    internal TcpFailure? Failure { get; private set; }
    internal bool Failed => Failure is not null;
    internal bool EndOfStream { get; private set; }
    internal int AvailableToRead { get; private set; }
    internal int SendRoom { get; private set; }
    internal Instant NextDeadline { get; private set; }
    internal TcpInfo Info { get; private set; }
    internal void SegmentArrives(in TcpSegment segment, Instant now) => State = TcpState.Closed;
    internal void IcmpError(bool hard, string what, Instant now, TcpFailureReason reason = TcpFailureReason.HostUnreachable) => State = TcpState.Closed;
    internal bool IsInFlight(SeqNum seq) => State == TcpState.Closed;
    internal int Send(ReadOnlySpan<byte> data, Instant now) => (int)State;
    internal int Receive(Span<byte> destination, Instant now) => (int)State;
    internal void CloseWrite(Instant now) => State = TcpState.Closed;
    internal void Close(Instant now) => State = TcpState.Closed;
    internal void Abort(Instant now, string reason) => State = TcpState.Closed;
    internal bool TryTransmit(Instant now, out OutgoingSegment segment)
    {
        segment = default;
        return State != TcpState.Closed;
    }

    internal void Advance(Instant now) => State = TcpState.Closed;
    internal TcpSignals TakeSignals() => (TcpSignals)State;
}
