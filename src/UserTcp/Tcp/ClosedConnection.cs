using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>Answers segments that belong to no connection, as the fictional CLOSED state does (RFC 9293 3.10.7.1).</summary>
internal static class ClosedConnection
{
    /// <summary>Makes the RST that a segment to no connection deserves; it carries no options and no data.</summary>
    /// <returns>False when the segment deserves no answer.</returns>
    internal static bool TryAnswer(in TcpSegment segment, out TcpHeader reset)
    {
        TcpHeader header = segment.Header;
        reset = default;
        if (segment.Has(TcpFlags.Rst)) return false; // RFC 9293 3.10.7.1: an incoming RST is discarded
        reset = segment.Has(TcpFlags.Ack)
            ? new(header.DestinationPort, header.SourcePort, segment.Ack, default, TcpFlags.Rst, 0) // <SEQ=SEG.ACK><CTL=RST>
            : new(header.DestinationPort, header.SourcePort, default, segment.Seq + segment.Length, TcpFlags.Rst | TcpFlags.Ack, 0); // <SEQ=0><ACK=SEG.SEQ+SEG.LEN>
        return true;
    }
}
