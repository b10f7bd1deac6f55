namespace UserTcp.Tcp;

/// <summary>Decides which of the segments in flight are lost, and marks them in <see cref="SentSegments"/>; the output sends the marked ones first.</summary>
internal interface ILossRecovery
{
    /// <summary>Fast recovery is under way: the congestion window does not grow by acknowledgments.</summary>
    bool InRecovery { get; }

    /// <summary>Segments in flight that are known to have reached the peer although they are not acknowledged.</summary>
    int Delivered { get; }

    /// <summary>SND.UNA has advanced.</summary>
    /// <param name="space">The send sequence space after it.</param>
    /// <param name="segments">How many segments were acknowledged.</param>
    /// <param name="mss">The MSS in bytes.</param>
    /// <returns>What happened, when it is worth telling.</returns>
    string? OnAcknowledged(in SendSequenceSpace space, int segments, int mss);

    /// <summary>A duplicate acknowledgment came (RFC 5681 2).</summary>
    /// <returns>What happened, when it is worth telling.</returns>
    string? OnDuplicate(in SendSequenceSpace space, int mss, Instant now);

    /// <summary>The retransmission timer ran out.</summary>
    void OnTimeout(in SendSequenceSpace space);
}
