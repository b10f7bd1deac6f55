namespace UserTcp.Tcp;

/// <summary>Why a connection ended otherwise than by both sides' FIN.</summary>
internal enum TcpFailureReason
{
    /// <summary>The peer answered our SYN with RST: nobody listens there.</summary>
    Refused,

    /// <summary>The peer sent RST.</summary>
    Reset,

    /// <summary>No answer came within the limits of RFC 9293 3.8.3.</summary>
    TimedOut,

    /// <summary>A router or our own ARP says that the peer cannot be reached.</summary>
    HostUnreachable,

    /// <summary>A router says that there is no way to the peer's network.</summary>
    NetworkUnreachable,

    /// <summary>The stack has as many connections, or to this peer as many ports in use, as it may have.</summary>
    TooManyConnections,

    /// <summary>Our own user aborted.</summary>
    Aborted,
}

/// <summary>Why a connection failed, with a sentence for people: what was seen, what was wanted, the RFC, what to try.</summary>
internal sealed record TcpFailure(TcpFailureReason Reason, string Message);
