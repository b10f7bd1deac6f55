namespace UserTcp.Tls.Diagnosis;

/// <summary>Why a server most likely closes the connection within the handshake without an alert.</summary>
internal static class EndGuess
{
    internal static Guess Of(HandshakeTurn turn, TlsOffer offer, TlsClientOptions options) => turn switch
    {
        HandshakeTurn.Offered => new("no TLS is spoken on this port, a firewall does not let this name or client pass, or the server wants something that was not offered and does not say so",
            AlertGuess.AskOpenSsl(options)),
        HandshakeTurn.ClientFlight when offer.CertificateRequest is not null => new(
            offer.ClientCertificate is null ? "it insists on a client certificate, and none was sent" : $"it does not take the client certificate {offer.ClientCertificate}",
            offer.ClientCertificate is null ? $"Give one that it takes in {nameof(TlsClientOptions.ClientCertificates)}." : "Look at its log for why it refuses the certificate."),
        _ => new("it, or a proxy in front of it, broke down, ran out of patience or was shut down", "Try again; if it stays, look at its log."),
    };
}
