using UserTcp.Wire;

namespace UserTcp.Tcp;

// What a segment that is refused gets for an answer, and how often: RFC 9293 3.10.7.4, RFC 5961.
internal sealed partial class TcpConnection
{
    private Instant _nextInvalidAnswer = Instant.Zero;

    private void ResetFor(in TcpSegment segment)
    {
        if (ClosedConnection.TryAnswer(segment, out TcpHeader reset)) _reset = reset;
    }

    // An ACK that shows our numbers: a real peer that has restarted answers it with a RST at RCV.NXT.
    private void Challenge(string reason)
    {
        Refuse(reason);
        if (!MayAnswerInvalid()) return;
        _counters.ChallengeAcks++;
        _receiver.Acks.Now();
        _ackNote = SegmentNote.ChallengeAck;
    }

    /// <summary>Answers a segment that is not acceptable: <c>&lt;SEQ=SND.NXT&gt;&lt;ACK=RCV.NXT&gt;&lt;CTL=ACK&gt;</c> (RFC 9293 3.10.7.4, first).</summary>
    /// <remarks>Data is always answered: it says what was lost on the way back (RFC 2883), and an answer without data cannot make a storm of it.
    /// What has none is answered at intervals: two stacks that disagree about their numbers would send each other ACKs for ever.</remarks>
    private void AnswerUnacceptable(in TcpSegment segment)
    {
        if ((segment.Length == 0 || segment.Has(TcpFlags.Syn)) && !MayAnswerInvalid()) return;
        _receiver.Acks.Now();
    }

    // RFC 5961 7: the answers to invalid segments are limited; one that is withheld is only counted.
    private bool MayAnswerInvalid()
    {
        if (_now < _nextInvalidAnswer)
        {
            _counters.AcksSkipped++;
            return false;
        }
        _nextInvalidAnswer = _now + Budgets.InvalidSegmentAnswers;
        return true;
    }

    private void Refuse(string reason)
    {
        _note = SegmentNote.Refused;
        _noteReason = reason;
    }
}
