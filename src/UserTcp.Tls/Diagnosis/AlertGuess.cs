using UserTcp.Tls.Wire;
using static UserTcp.Tls.TlsAlert;

namespace UserTcp.Tls.Diagnosis;

/// <summary>What an alert that ended the connection most likely means. RFC 5246 7.2.2 names alerts, not causes: those follow from when it came and what had been offered.</summary>
internal static class AlertGuess
{
    internal static Guess Of(TlsAlert alert, HandshakeTurn turn, TlsOffer offer, TlsClientOptions options) => turn switch
    {
        HandshakeTurn.Offered => OfHello(alert, offer, options),
        HandshakeTurn.ServerFlight => OfOwnFlight(alert),
        HandshakeTurn.ClientFlight when offer is { ClientCertificate: { } shown, UnofferedCurve: { } curve } && IsAboutCurve(alert) => OfUnofferedCurve(shown, curve),
        HandshakeTurn.ClientFlight when offer.CertificateRequest is not null && IsAboutCertificate(alert) => OfClientCertificate(alert, offer),
        HandshakeTurn.ClientFlight => OfClientFlight(alert),
        _ => OfTraffic(alert),
    };

    private static Guess OfHello(TlsAlert alert, TlsOffer offer, TlsClientOptions options) => alert switch
    {
        ProtocolVersion => new("it speaks only TLS 1.3, because a server that has only older versions would have chosen one of them, and UserTcp would have refused that",
            "Allow TLS 1.2 on the server, or use a client that speaks TLS 1.3."),
        HandshakeFailure when Narrowed(options) is { } narrowed => new($"it wants something that the option {narrowed} leaves out", $"Leave {narrowed} at its default."),
        HandshakeFailure => new("it has nothing in common with the offer: only RSA key exchange or finite-field DHE, which are refused here"
            + (options.Legacy ? "" : "; only CBC suites") + "; only other groups, such as P-521; a certificate of a kind whose signatures were not offered, such as SHA-1 or Ed25519"
            + (offer.ServerName is null ? "; or it wants a server name, and none was sent" : "; or it has no certificate for this name"), $"{AskOpenSsl(options)} If it begins with TLS_RSA or TLS_DHE, have ECDHE with AES-GCM switched on at the server."
            + (options.Legacy ? "" : $" If its name has CBC in it, {nameof(options.Legacy)} offers it.")),
        InsufficientSecurity => new("its policy wants stronger suites, groups or signatures than those offered"
            + (Narrowed(options) is { } narrowed ? $"; the option {narrowed} leaves some out" : ""),
            Narrowed(options) is { } option ? $"Leave {option} at its default." : AskOpenSsl(options)),
        UnrecognizedName when offer.ServerName is null => new("it serves many names and wants to be told which", $"Connect by name rather than by address, with {nameof(options.SendServerName)}."),
        UnrecognizedName => new($"it serves no {offer.ServerName}", "Check the spelling of the name, and that its address is this server's."),
        NoApplicationProtocol => new($"it speaks none of {string.Join(", ", offer.ApplicationProtocols)}", "Offer a protocol that it speaks, or none: then ALPN is not used."),
        CloseNotify => new("it does not want this connection and gives no reason; some servers and firewalls answer so to a name that they do not serve", AskOpenSsl(options)),
        InternalError => new("the fault is its own; some servers answer so to a name for which they have no certificate", "Look at its log, or try another name that it serves."),
        AccessDenied => new("it refuses this client by its address or by the name that was asked for", "Ask who runs it which clients and names are let in."),
        DecodeError or IllegalParameter or UnexpectedMessage or UnsupportedExtension or MissingExtension =>
            new("it, or a middlebox in front of it, cannot read a hello with these extensions", $"Leave out what is optional: ALPN, stapling, timestamps, sessions, {nameof(options.MaxRecordSize)}."),
        _ => new($"{alert.Name()} does not belong here: it, or something between, is faulty", AskOpenSsl(options)),
    };

    private static Guess OfOwnFlight(TlsAlert alert) => alert switch
    {
        CloseNotify or UserCanceled => new("it was shut down or gave up by itself: nothing that it had seen since the hello was ours", "Try again; if it stays, look at its log."),
        _ => new("a fault of its own, such as a key that does not fit its certificate: nothing that it had seen since the hello was ours", "Look at its log."),
    };

    private static bool IsAboutCertificate(TlsAlert alert) => alert is HandshakeFailure or NoCertificate or BadCertificate or UnsupportedCertificate or CertificateRevoked
        or CertificateExpired or CertificateUnknown or UnknownCa or AccessDenied or DecryptError or InsufficientSecurity or CertificateRequired or CloseNotify;

    private static bool IsAboutCurve(TlsAlert alert)
        => alert is IllegalParameter or HandshakeFailure or BadCertificate or UnsupportedCertificate or CertificateUnknown or InsufficientSecurity;

    /// <summary>OpenSSL takes a client's key only on a curve that the client's hello has named, and refuses it with illegal_parameter.</summary>
    private static Guess OfUnofferedCurve(string shown, NamedGroup curve) =>
        new($"it does not take {shown}, whose key is on {curve.Name()}: the client's own hello does not offer that group",
            $"Add {curve.Name()} to {nameof(TlsClientOptions.Groups)}, or give a certificate for a key on P-256.");

    private static Guess OfClientCertificate(TlsAlert alert, TlsOffer offer)
    {
        if (offer.ClientCertificate is not { } shown)
        {
            return alert is DecryptError ? OfClientFlight(alert)
                : new("it insists on a client certificate, and none was sent: none was given, or none of those given fits what it asked for", $"Give one that it takes in {nameof(TlsClientOptions.ClientCertificates)}.");
        }
        return alert switch
        {
            UnknownCa => new($"it does not trust who issued {shown}", "Have the certificate issued by an authority that it names, or send the intermediate certificates along."),
            CertificateExpired => new($"{shown} is not valid at its time", "Have the certificate renewed; if it is still valid here, one of the two clocks is wrong."),
            CertificateRevoked => new($"{shown} is revoked", "Have another issued, for a new key."),
            UnsupportedCertificate or InsufficientSecurity => new($"{shown} is of a kind that it does not take: its key, its signature, or its extended key usage, which must allow clientAuth",
                "Have one issued for clientAuth, with an ECDSA key on P-256 or an RSA key of 2048 bits or more."),
            AccessDenied => new($"it knows {shown} and does not let it in", "Ask who runs it to let this certificate in."),
            DecryptError => new($"it could not verify the signature that was made with the key of {shown}", "Give only rsa_pkcs1 or ecdsa schemes in WithSignatureSchemes: some servers fail at PSS."),
            _ => new($"it does not take {shown}: it cannot build a path to an authority that it trusts, or its own rules refuse it", "Send the intermediate certificates along, and look at its log."),
        };
    }

    private static Guess OfClientFlight(TlsAlert alert) => alert switch
    {
        BadRecordMac or DecryptError or DecodeError => new("it could not open or verify the client's Finished: the two ends have different keys or saw different messages, because somebody between "
            + "changed them or one of the two is faulty", "Try from another network. If it stays, capture the connection with its key log: the last messages tell who is wrong."),
        HandshakeFailure or AccessDenied or CertificateUnknown or CertificateRequired => new("it has changed its mind about this client for reasons of its own; it had not asked for a certificate", "Look at its log."),
        IllegalParameter => new("it refuses the client's public key", $"Leave out this group in {nameof(TlsClientOptions.Groups)}, to see whether another one works."),
        _ => new("it gave up when all was said and only its Finished was missing", "Look at its log."),
    };

    private static Guess OfTraffic(TlsAlert alert) => alert switch
    {
        BadRecordMac or DecryptError => new("it could not open a record of ours: it was changed on the way, or one of the two is faulty", "Try again from another network."),
        HandshakeFailure or NoRenegotiation or CertificateRequired or AccessDenied or CertificateUnknown or BadCertificate or UnknownCa =>
            new("what was asked for needs a client certificate, which it wants to see only now", "Have it ask for the certificate in the first handshake: renegotiation is refused here."),
        UnexpectedMessage or DecodeError or RecordOverflow => new("it cannot take a record of ours: one of the two is faulty", "Capture the connection with its key log: the last records tell who is wrong."),
        InternalError => new("a fault of its own", "Look at its log, or try again later."),
        _ => new("the application behind it ended the connection", "Look at its log."),
    };

    /// <summary>Which option offers less than it could; null for none.</summary>
    private static string? Narrowed(TlsClientOptions options) =>
        options.CipherSuites.Count < TlsClientOptions.Default.CipherSuites.Count ? nameof(options.CipherSuites)
        : options.Groups.Count < TlsClientOptions.Default.Groups.Count ? nameof(options.Groups)
        : options.SignatureSchemes.Count < TlsClientOptions.Default.SignatureSchemes.Count ? nameof(options.SignatureSchemes)
        : null;

    /// <summary>OpenSSL offers nearly everything: what the server chooses then is what it wants.</summary>
    internal static string AskOpenSsl(TlsClientOptions options)
        => $"See what it chooses when offered everything: openssl s_client -tls1_2 -cipher ALL:@SECLEVEL=0 -connect {options.HostName}:PORT shows the suite, or the same alert.";
}
