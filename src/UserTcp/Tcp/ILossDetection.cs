using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>What an acknowledgment says beyond the segments that it covers.</summary>
/// <param name="Advanced">SND.UNA has moved.</param>
/// <param name="Duplicate">It is a duplicate acknowledgment as RFC 5681 2 defines it.</param>
/// <param name="DuplicateSack">The first SACK block repeats what was acknowledged before: the peer has received it twice (RFC 2883 4).</param>
/// <param name="EchoedAt">When the timestamp that it echoes was sent, in whole milliseconds; null without timestamps.</param>
/// <param name="EcnEcho">The peer has seen a mark of congestion (RFC 3168 6.1.2).</param>
internal readonly record struct AckFacts(bool Advanced, bool Duplicate, SackBlock? DuplicateSack, Instant? EchoedAt, bool EcnEcho);

/// <summary>Decides which of the segments in flight are lost, and marks them in <see cref="SentSegments"/>; the output sends the marked ones first.</summary>
internal interface ILossDetection
{
    /// <summary>Bytes in flight that are known to have arrived ahead of a gap.</summary>
    int ArrivedAhead { get; }

    /// <summary>When <see cref="MarkLost"/> may find more without an acknowledgment.</summary>
    Instant Deadline { get; }

    /// <summary>Learns from an acknowledgment.</summary>
    /// <returns>Bytes that have newly left the network: RFC 9937's DeliveredData.</returns>
    int OnAck(in Delivery delivery, in AckFacts ack);

    /// <summary>Marks what must be lost by now.</summary>
    /// <param name="now">The time.</param>
    /// <returns>Bytes newly marked.</returns>
    int MarkLost(Instant now);

    /// <summary>The retransmission timer ran out: marks what it makes us give up.</summary>
    void OnTimeout(Instant now);

    /// <summary>A recovery has ended.</summary>
    void OnRecovered();
}
