using UserTcp.Tcp;

namespace UserTcp.Explain.Model;

/// <summary>One of the two lanes of a ladder. The client is who sent the first SYN; it is drawn on the left.</summary>
internal enum Side
{
    Client,
    Server,
}

internal static class Sides
{
    internal static Side Other(this Side side) => side == Side.Client ? Side.Server : Side.Client;

    internal static string Name(this Side side) => side == Side.Client ? "client" : "server";
}

/// <summary>The state of one end after a segment has arrived.</summary>
/// <param name="State">The state.</param>
/// <param name="Inferred">True when nobody told us: it follows from what that end sent and, if nothing was lost, received.</param>
internal readonly record struct LaneState(TcpState State, bool Inferred);

internal static class StateNames
{
    /// <summary>The state's name as RFC 9293 3.3.2 spells it, such as "SYN-SENT".</summary>
    internal static string Name(this TcpState state) => state switch
    {
        TcpState.Closed => "CLOSED",
        TcpState.Listen => "LISTEN",
        TcpState.SynSent => "SYN-SENT",
        TcpState.SynReceived => "SYN-RECEIVED",
        TcpState.Established => "ESTABLISHED",
        TcpState.FinWait1 => "FIN-WAIT-1",
        TcpState.FinWait2 => "FIN-WAIT-2",
        TcpState.CloseWait => "CLOSE-WAIT",
        TcpState.Closing => "CLOSING",
        TcpState.LastAck => "LAST-ACK",
        _ => "TIME-WAIT",
    };
}
