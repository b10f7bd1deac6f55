using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>The receive sequence variables (RFC 9293 3.3.1, figure 4).</summary>
/// <remarks><code>
///           1          2          3
///      ----------|----------|----------
///             RCV.NXT    RCV.NXT
///                       +RCV.WND
///
/// 1 - received and acknowledged   2 - may be received   3 - not allowed yet
/// </code></remarks>
internal struct ReceiveSequenceSpace
{
    /// <summary>IRS: the number of the peer's SYN.</summary>
    internal SeqNum Initial;

    /// <summary>RCV.NXT: the next number expected.</summary>
    internal SeqNum Next;

    /// <summary>RCV.NXT + RCV.WND: the right edge that was promised. It never moves to the left (RFC 9293 3.8.6, SHLD-14).</summary>
    internal SeqNum Edge;

    /// <summary>RCV.WND.</summary>
    internal readonly int Window => Math.Max(Edge - Next, 0);

    /// <summary>Whether a segment occupies a part of the window: the four cases of RFC 9293 3.4.</summary>
    internal readonly bool Acceptable(SeqNum seq, int length)
    {
        uint window = (uint)Window;
        // A segment without data may also stand at the right edge, one further than the RFC says: there is where the acknowledgments of a peer stand that
        // has filled the window. When both have, and one segment each is lost, refusing them would leave both waiting for ever. Linux: tcp_sequence.
        if (length == 0) return seq.InWindow(Next, window + 1);
        return window > 0 && (seq.InWindow(Next, window) || (seq + (length - 1)).InWindow(Next, window) || (seq < Next && seq + length > Next));
    }
}
