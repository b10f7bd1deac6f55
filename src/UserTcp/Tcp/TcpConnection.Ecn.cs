using UserTcp.Wire;

namespace UserTcp.Tcp;

// Explicit congestion notification (RFC 3168; RFC 9293 3.8.2, SHLD-8): routers mark packets where they would drop them, the receiver echoes the mark until the sender says that
// it has slowed down. What follows from an echo is the loss recovery's business.
internal sealed partial class TcpConnection
{
    private bool _echoMark; // ECE goes with every acknowledgment until CWR comes (RFC 3168 6.1.3)

    // RFC 3168 6.1.1: asked for with both bits, granted with one. A firewall that drops the SYN for them gets one without (RFC 3168 6.1.1.1).
    private TcpFlags SynEcnFlags(bool answer)
    {
        if (answer) return _sender.EcnAgreed ? TcpFlags.Ece : TcpFlags.None;
        return _settings.Ecn == EcnMode.Request && _synRetransmissions == 0 ? TcpFlags.Ece | TcpFlags.Cwr : TcpFlags.None;
    }

    private bool AgreesOnEcn(in TcpSegment syn)
    {
        bool echo = syn.Has(TcpFlags.Ece), reduced = syn.Has(TcpFlags.Cwr);
        return syn.Has(TcpFlags.Ack) ? _settings.Ecn == EcnMode.Request && echo && !reduced : _settings.Ecn != EcnMode.Off && echo && reduced;
    }

    /// <summary>Looks at the marks of a segment whose text is taken.</summary>
    private void TakeMarks(in TcpSegment segment)
    {
        if (!_sender.EcnAgreed) return;
        if (segment.Has(TcpFlags.Cwr))
        {
            _echoMark = false; // RFC 3168 6.1.3
            if (!segment.Payload.IsEmpty) _receiver.Acks.Now(); // its window may be a single segment
        }
        if (!segment.CongestionExperienced) return;
        if (!_echoMark) _receiver.Acks.BeQuick(AckSchedule.QuickAfterMark, _receiver.Space.Window);
        _echoMark = true;
    }

    /// <summary>The bits of ECN of a segment that leaves, and whether routers may mark it.</summary>
    /// <remarks>RFC 3168 6.1.4, 6.1.5, 6.1.6: new data only. A mark on an acknowledgment, a repetition or a probe could not be told from an attacker's.</remarks>
    private TcpFlags EcnFlags(int length, SegmentNote note, out bool capable)
    {
        capable = _sender.EcnAgreed && length > 0 && note == SegmentNote.None;
        TcpFlags flags = _echoMark ? TcpFlags.Ece : TcpFlags.None;
        if (!capable || !_sender.Recovery.ReductionToTell) return flags;
        _sender.Recovery.ReductionToTell = false;
        return flags | TcpFlags.Cwr; // RFC 3168 6.1.2: with the first new data after the reduction
    }
}
