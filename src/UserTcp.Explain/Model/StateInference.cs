using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp.Explain.Model;

/// <summary>Guesses the state of an end that nobody watches from what it sends, and from what must have reached it (RFC 9293 3.3.2, figure 5).</summary>
/// <remarks>
/// As in the RFC's own figures, the state after an arrow is the one the arrow's arrival leads to. An end that then sends something that
/// contradicts it, such as a FIN that does not acknowledge ours, had not received it yet: the guess is taken back.
/// </remarks>
internal sealed class StateInference(TcpState start)
{
    private bool _finArrived;
    private TcpState _beforeFin;

    internal TcpState State { get; private set; } = start;

    /// <summary>This end sent a segment.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="peerFinEnd">The number behind the other end's FIN, when that was sent.</param>
    internal void Sent(in TcpHeader header, SeqNum? peerFinEnd)
    {
        TcpFlags flags = header.Flags;
        if (Has(flags, TcpFlags.Rst))
        {
            State = TcpState.Closed;
            return;
        }
        if (Has(flags, TcpFlags.Syn)) State = Has(flags, TcpFlags.Ack) ? TcpState.SynReceived : TcpState.SynSent;
        if (peerFinEnd is SeqNum finEnd && Has(flags, TcpFlags.Ack))
        {
            bool acknowledges = header.Ack >= finEnd;
            if (acknowledges && !_finArrived) FinArrives();
            if (!acknowledges && _finArrived && Has(flags, TcpFlags.Fin))
            {
                // It closed before our FIN reached it: both close at once (RFC 9293 3.6, case 3).
                _finArrived = false;
                State = _beforeFin;
            }
        }
        if (!Has(flags, TcpFlags.Fin)) return;
        State = State switch
        {
            TcpState.SynReceived or TcpState.Established => TcpState.FinWait1,
            TcpState.CloseWait => TcpState.LastAck,
            _ => State,
        };
    }

    /// <summary>A segment of the other end reached this one.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="inOrder">Nothing in front of it is missing.</param>
    /// <param name="peerFinEnd">The number behind the other end's FIN, when that was sent.</param>
    /// <param name="ownSynEnd">The number behind this end's SYN, when it sent one.</param>
    /// <param name="ownFinEnd">The number behind this end's FIN, when it sent one.</param>
    internal void Received(in TcpHeader header, bool inOrder, SeqNum? peerFinEnd, SeqNum? ownSynEnd, SeqNum? ownFinEnd)
    {
        TcpFlags flags = header.Flags;
        if (Has(flags, TcpFlags.Rst))
        {
            State = State == TcpState.Listen ? TcpState.Listen : TcpState.Closed;
            return;
        }
        if (Has(flags, TcpFlags.Syn))
        {
            State = State switch
            {
                TcpState.Closed or TcpState.Listen => TcpState.SynReceived,
                TcpState.SynSent => Has(flags, TcpFlags.Ack) ? TcpState.Established : TcpState.SynReceived,
                _ => State,
            };
        }
        // What stands behind the FIN cannot be in order without it.
        if (peerFinEnd is SeqNum finEnd && !_finArrived && inOrder && header.Seq == finEnd) FinArrives();
        if (Has(flags, TcpFlags.Ack)) Acknowledged(header.Ack, ownSynEnd, ownFinEnd);
        if (Has(flags, TcpFlags.Fin) && inOrder && !_finArrived) FinArrives();
    }

    private void Acknowledged(SeqNum ack, SeqNum? ownSynEnd, SeqNum? ownFinEnd)
    {
        if (State == TcpState.SynReceived && ownSynEnd is SeqNum synEnd && ack >= synEnd) State = TcpState.Established;
        if (ownFinEnd is not SeqNum finEnd || ack < finEnd) return;
        State = State switch
        {
            TcpState.FinWait1 => TcpState.FinWait2,
            TcpState.Closing => TcpState.TimeWait,
            TcpState.LastAck => TcpState.Closed,
            _ => State,
        };
    }

    private void FinArrives()
    {
        _finArrived = true;
        _beforeFin = State;
        State = State switch
        {
            TcpState.SynReceived or TcpState.Established => TcpState.CloseWait,
            TcpState.FinWait1 => TcpState.Closing,
            TcpState.FinWait2 => TcpState.TimeWait,
            _ => State,
        };
    }

    private static bool Has(TcpFlags flags, TcpFlags flag) => (flags & flag) != 0;
}
