using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>A segment that has arrived, parsed and with its checksum verified. Can be far larger than the MSS when the link merges segments.</summary>
public readonly ref struct TcpSegment
{
    /// <summary>Makes a segment of its parts.</summary>
    public TcpSegment(scoped in TcpHeader header, scoped in TcpOptions options, ReadOnlySpan<byte> payload, bool congestionExperienced = false)
    {
        Header = header;
        Options = options;
        Payload = payload;
        CongestionExperienced = congestionExperienced;
    }

    /// <summary>The fixed header.</summary>
    public TcpHeader Header { get; }

    /// <summary>The options.</summary>
    public TcpOptions Options { get; }

    /// <summary>The data.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>The IP header carried CE (RFC 3168 5).</summary>
    public bool CongestionExperienced { get; }

    /// <summary>SEG.SEQ.</summary>
    public SeqNum Seq => Header.Seq;

    /// <summary>SEG.ACK.</summary>
    public SeqNum Ack => Header.Ack;

    /// <summary>SEG.LEN: the sequence numbers the segment occupies, SYN and FIN included (RFC 9293 3.4).</summary>
    public int Length => Payload.Length + (Has(TcpFlags.Syn) ? 1 : 0) + (Has(TcpFlags.Fin) ? 1 : 0);

    /// <summary>Whether a control bit is set.</summary>
    public bool Has(TcpFlags flag) => (Header.Flags & flag) != 0;
}

/// <summary>A segment that a connection wants sent. The payload spans are the send buffer's and end with the connection's next call.</summary>
public readonly ref struct OutgoingSegment
{
    /// <summary>Makes a segment of its parts.</summary>
    public OutgoingSegment(
        scoped in TcpHeader header, scoped in TcpOptions options, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> payloadRest, int segmentSize = 0, bool ecnCapable = false)
    {
        Header = header;
        Options = options;
        Payload = payload;
        PayloadRest = payloadRest;
        SegmentSize = segmentSize;
        EcnCapable = ecnCapable;
    }

    /// <summary>The fixed header.</summary>
    public TcpHeader Header { get; }

    /// <summary>The options.</summary>
    public TcpOptions Options { get; }

    /// <summary>The data, up to where the send buffer wraps.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>The data behind the wrap.</summary>
    public ReadOnlySpan<byte> PayloadRest { get; }

    /// <summary>When not 0, this stands for several segments of this many payload bytes, for the link to cut (offload).</summary>
    public int SegmentSize { get; }

    /// <summary>Send it with ECT(0) in the IP header (RFC 3168 6.1.2).</summary>
    public bool EcnCapable { get; }

    /// <summary>The DSCP that the user has set (RFC 2474 3), 0 to 63.</summary>
    public int DifferentiatedServices { get; init; }

    /// <summary>The TTL that the user has set.</summary>
    public int TimeToLive { get; init; } = TcpSettings.UsualTimeToLive;
}
