namespace UserTcp.Tls.Handshake;

/// <summary>Says what an alert that ended the connection means, as far as one can tell from what was expected when it came.</summary>
internal static class ReceivedAlert
{
    internal static TlsException Explain(TlsAlert description, HandshakeState state)
    {
        string sentence = $"the server ended the connection with alert {description} ({(byte)description}) while {state.Expected} was expected";
        string? meaning = state is ExpectServerHello ? OfClientHello(description) : OfLaterMessage(description, state);
        return new TlsException(TlsError.AlertReceived, meaning is null ? sentence : $"{sentence}. {meaning}") { ReceivedAlert = description };
    }

    private static string? OfClientHello(TlsAlert description) => description switch
    {
        TlsAlert.ProtocolVersion => "The server speaks only TLS 1.3 (or only versions before 1.2); UserTcp speaks TLS 1.2. Try another server, or allow TLS 1.2 on this one",
        TlsAlert.HandshakeFailure => "The two have nothing in common. Likely causes: the server offers only RSA key exchange or finite-field DHE, which are refused "
            + "(only ECDHE with AES-GCM or ChaCha20-Poly1305 is offered); only CBC suites (the option Legacy offers them); no common group (x25519, P-256, P-384 are offered); "
            + "no SHA-2 signature; or a certificate for this name is missing",
        TlsAlert.InsufficientSecurity => "The server wants stronger suites than those offered",
        TlsAlert.UnrecognizedName => "The server has no certificate for this host name: is the name right?",
        TlsAlert.NoApplicationProtocol => "The server speaks none of the offered ALPN protocols",
        TlsAlert.CloseNotify => "It gave no reason. Some servers answer so to a host name that they do not serve",
        TlsAlert.InternalError => "The fault is the server's own; some servers answer so to an unknown host name",
        _ => null,
    };

    private static string? OfLaterMessage(TlsAlert description, HandshakeState state) => description switch
    {
        TlsAlert.HandshakeFailure or TlsAlert.CertificateUnknown or TlsAlert.BadCertificate or TlsAlert.AccessDenied when state is not Traffic
            => "If the server asked for a client certificate, it needs one that it accepts: none was sent, or that one was refused",
        TlsAlert.BadRecordMac or TlsAlert.DecryptError => "The server could not verify what was sent: the two ends have different keys or saw different messages",
        TlsAlert.CloseNotify => "It hung up before the handshake was complete",
        _ => null,
    };
}
