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

    /// <summary>Looks for a SYN cookie, <see cref="SynCookies.TryRead"/>.</summary>
    Cookie,
}

/// <summary>Judges segments in the state LISTEN (RFC 9293 3.10.7.2).</summary>
internal static class PassiveOpen
{
    /// <summary>Judges a segment to a listener.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="cookiesOut">Whether SYN cookies may come back. Only then are they looked for: else every ACK would be a free guess.</param>
    /// <param name="reset">The RST to answer with.</param>
    internal static PassiveOpenVerdict Judge(in TcpSegment segment, bool cookiesOut, out TcpHeader reset)
    {
        reset = default;
        if (segment.Has(TcpFlags.Rst)) return PassiveOpenVerdict.Ignore; // RFC 9293 3.10.7.2, first: it cannot be for anything sent from here
        if (segment.Has(TcpFlags.Ack)) // RFC 9293 3.10.7.2, second: nothing was sent that could be acknowledged
        {
            if (cookiesOut && !segment.Has(TcpFlags.Syn)) return PassiveOpenVerdict.Cookie; // RFC 4987 3.6: but a cookie
            ClosedConnection.TryAnswer(segment, out reset);
            return PassiveOpenVerdict.Reset;
        }
        // SYN with FIN was for transactions (RFC 1644, historic). Now it only looks for filters that know SYN alone; Linux ignores it too.
        if (segment.Has(TcpFlags.Fin)) return PassiveOpenVerdict.Ignore;
        return segment.Has(TcpFlags.Syn) ? PassiveOpenVerdict.Open : PassiveOpenVerdict.Ignore; // RFC 9293 3.10.7.2, third, fourth
    }
}
