using UserTcp.Explain.Model;
using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp.Explain.Lesson;

/// <summary>Explains how a connection opened, or why it did not (RFC 9293 3.5).</summary>
internal static class OpeningLesson
{
    internal static Section Of(IReadOnlyList<Entry> entries)
    {
        Arrow[] arrows = [.. entries.OfType<Arrow>().Where(a => a.Note != SegmentNote.Refused)];
        bool refused = arrows.Any(a => a.Has(TcpFlags.Rst));
        bool bareSynFromServer = arrows.Any(a => a.From == Side.Server && a.Has(TcpFlags.Syn) && !a.Has(TcpFlags.Ack));
        bool answered = arrows.Any(a => a.From == Side.Server);
        (string title, string[] text) = (refused, bareSynFromServer, answered) switch
        {
            (true, _, _) => ("Opening: refused", (string[])[
                "A SYN found nobody who listens, or somebody who does not want it: a RST answers (RFC 9293 3.5.2). It acknowledges the SYN, so that no stranger can "
                + "forge it without having seen the number."]),
            (_, true, _) => ("Opening: both at once", [
                "Both ends sent a SYN before they saw the other's (simultaneous open, RFC 9293 3.5, figure 7). Each answers with SYN, ACK under the number it has chosen "
                + "already: one connection, not two."]),
            (_, _, false) => ("Opening: no answer", [
                "The SYN is sent again and again, each time after twice the wait, always with the same number (RFC 6298 5). A wall that drops it, a wrong address and a "
                + "host that is off look the same from here."]),
            _ => ("Opening: the three-way handshake", [
                "Each end chooses a number to count its bytes from (ISN), and learns that the other has heard it. Hearing and being heard, twice: four facts, three "
                + "segments, because the middle one answers and asks at once (RFC 9293 3.5).",
                "A SYN counts as one number although it carries no byte. So the answer to ISN is ISN + 1, and the first byte of data has relative number 1."]),
        };
        return new(title, text, entries, []);
    }

    /// <summary>Whether the client's SYN was answered by a SYN that both ends acknowledged.</summary>
    internal static bool Opened(Arrow arrow) => arrow.Client.State is not (TcpState.Closed or TcpState.SynSent or TcpState.SynReceived or TcpState.Listen);
}
