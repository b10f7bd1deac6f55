using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>What a listener does with a segment.</summary>
internal enum PassiveOpenVerdict
{
    /// <summary>Nothing.</summary>
    Ignore,

    /// <summary>Answers with RST.</summary>
    Reset,

    /// <summary>Opens a connection, <see cref="TcpConnection.Accept"/>.</summary>
    Open,
}

/// <summary>Judges segments in the state LISTEN (RFC 9293 3.10.7.2).</summary>
internal static class PassiveOpen
{
    /// <summary>Judges a segment to a listener.</summary>
    internal static PassiveOpenVerdict Judge(in TcpSegment segment, out TcpHeader reset)
    {
        reset = default;
        if (segment.Has(TcpFlags.Rst)) return PassiveOpenVerdict.Ignore; // RFC 9293 3.10.7.2, first: it cannot be for anything sent from here
        if (segment.Has(TcpFlags.Ack)) // RFC 9293 3.10.7.2, second: nothing was sent that could be acknowledged (SYN cookies have their place here)
        {
            ClosedConnection.TryAnswer(segment, out reset);
            return PassiveOpenVerdict.Reset;
        }
        return segment.Has(TcpFlags.Syn) ? PassiveOpenVerdict.Open : PassiveOpenVerdict.Ignore; // RFC 9293 3.10.7.2, third, fourth
    }
}
