using UserTcp.Dns;
using UserTcp.Network;
using UserTcp.Tcp;
using UserTcp.Tls;
using UserTcp.Tls.Wire;
using UserTcp.Wire;

namespace UserTcp.Cli.Costs;

/// <summary>Hears stack and TLS, and tells the meter when a step of a request has ended.</summary>
/// <param name="meter">The meter.</param>
/// <param name="next">Who else listens to the stack; null for nobody.</param>
internal sealed class CostListener(CostMeter meter, IStackEventSink? next) : IStackEventSink
{
    /// <summary>A listener for the TLS of one connection.</summary>
    /// <param name="nextOfTls">Who else listens to it; null for nobody.</param>
    public ITlsEventSink Tls(ITlsEventSink? nextOfTls) => new TlsListener(meter, nextOfTls);

    /// <inheritdoc/>
    public void SegmentSent(in SegmentEvent e)
    {
        if ((e.Header.Flags & TcpFlags.Syn) != 0)
            meter.Mark("SYN");
        next?.SegmentSent(e);
    }

    /// <inheritdoc/>
    public void SegmentReceived(in SegmentEvent e)
    {
        if ((e.Header.Flags & TcpFlags.Syn) != 0)
            meter.Mark("SYN-ACK", roundTrip: true);
        next?.SegmentReceived(e);
    }

    /// <inheritdoc/>
    public void ArpRequestSent(in ArpRequestSentEvent e)
    {
        meter.Mark("ARP request");
        next?.ArpRequestSent(e);
    }

    /// <inheritdoc/>
    public void ArpResolved(in ArpResolvedEvent e)
    {
        meter.Mark("ARP reply", roundTrip: true);
        next?.ArpResolved(e);
    }

    /// <inheritdoc/>
    public void QuerySent(in DnsQuerySentEvent e)
    {
        meter.Mark("DNS query");
        next?.QuerySent(e);
    }

    /// <inheritdoc/>
    public void AnswerReceived(in DnsAnswerReceivedEvent e)
    {
        meter.Mark("DNS answer", roundTrip: true);
        next?.AnswerReceived(e);
    }

    /// <inheritdoc/>
    public void StateChanged(in StateChangedEvent e) => next?.StateChanged(e);

    /// <inheritdoc/>
    public void TimerFired(in TimerFiredEvent e) => next?.TimerFired(e);

    /// <inheritdoc/>
    public void CongestionChanged(in CongestionChangedEvent e) => next?.CongestionChanged(e);

    /// <inheritdoc/>
    public void ArpFailed(in ArpFailedEvent e) => next?.ArpFailed(e);

    /// <inheritdoc/>
    public void AddressConflict(in AddressConflictEvent e) => next?.AddressConflict(e);

    /// <inheritdoc/>
    public void IcmpSent(in IcmpEvent e) => next?.IcmpSent(e);

    /// <inheritdoc/>
    public void IcmpReceived(in IcmpEvent e) => next?.IcmpReceived(e);

    /// <inheritdoc/>
    public void DatagramDropped(in DatagramDroppedEvent e) => next?.DatagramDropped(e);

    /// <inheritdoc/>
    public void AnswerIgnored(in DnsAnswerIgnoredEvent e) => next?.AnswerIgnored(e);

    /// <inheritdoc/>
    public void TryFailed(in DnsTryFailedEvent e) => next?.TryFailed(e);

    /// <inheritdoc/>
    public void LookupFailed(in DnsFailedEvent e) => next?.LookupFailed(e);

    private sealed class TlsListener(CostMeter meter, ITlsEventSink? next) : ITlsEventSink
    {
        private bool _serverHasSpoken;

        public void Raise(TlsEvent e)
        {
            switch (e)
            {
                case HandshakeMessagePassed { Direction: TlsDirection.Sent, Message: ClientHello }:
                    meter.Mark("ClientHello");
                    break;
                case HandshakeMessagePassed { Direction: TlsDirection.Received, Message: ServerHello }:
                    meter.Mark("ServerHello", roundTrip: true);
                    break;
                case CertificateAccepted:
                    meter.Mark("certificates checked");
                    break;
                case SignatureChecked:
                    meter.Mark("signature checked");
                    break;
                case KeysDerived:
                    meter.Mark("keys derived");
                    break;
                case HandshakeMessagePassed { Direction: TlsDirection.Sent, Message: Finished }:
                    meter.Mark("Finished sent");
                    break;
                case FinishedChecked:
                    meter.Mark("Finished received", roundTrip: true);
                    break;
                case RecordPassed { Direction: TlsDirection.Received, ContentType: ContentType.ApplicationData } when !_serverHasSpoken:
                    _serverHasSpoken = true;
                    meter.Mark("first byte", roundTrip: true);
                    break;
            }

            next?.Raise(e);
        }
    }
}
