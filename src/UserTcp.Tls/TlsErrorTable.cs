using static UserTcp.Tls.TlsError;

namespace UserTcp.Tls;

/// <summary>The one table from an error to the fatal alert that is sent for it, to the RFC section that says so, and to what can be tried.</summary>
public static class TlsErrorTable
{
    /// <summary>The alert to send; null when none is sent because the other end has already ended the connection, or does not answer.</summary>
    public static TlsAlert? Alert(TlsError error) => Entry(error).Alert;

    /// <summary>The RFC and section that make this an error, such as "RFC 5246 7.4.9".</summary>
    public static string Rfc(TlsError error) => Entry(error).Rfc;

    /// <summary>What to try when nothing more precise is known: whole sentences.</summary>
    internal static string Advice(TlsError error) => Entry(error).Advice;

    private const string Faulty = "The server breaks the protocol, or something between changes the bytes: try from another network. If it stays, show a capture to its operator.";
    private const string Tampered = "Try from another network: somebody between may have changed the bytes. If it stays, the server is faulty: show a capture to its operator.";
    private const string Hostile = "No sound server sends so many: it is faulty or hostile. Do not try again before its operator has looked at it.";
    private const string AskOperator = "Look at the server's log.";
    private const string Reissue = "Have the certificate issued again.";

    private static (TlsAlert? Alert, string Rfc, string Advice) Entry(TlsError error) => error switch
    {
        AlertReceived => (null, "RFC 5246 7.2", AskOperator),
        AlertLevel => (TlsAlert.IllegalParameter, "RFC 5246 7.2", Faulty),
        UnexpectedEof => (null, "RFC 5246 7.2.1", "Take what was read for the whole only if its own length says so, such as Content-Length; else ask again."),
        ClosedInHandshake => (null, "RFC 5246 7.2.1", AskOperator),
        HandshakeTimeout => (null, "RFC 5246 F.5", "Try again later, or give it longer with HandshakeTimeout: the server, or the path to it, is overloaded, or means to keep clients waiting."),
        NotTls => (TlsAlert.ProtocolVersion, "RFC 5246 6.2.1", "Check the port: a service without TLS answers so to a ClientHello."),

        RecordVersion => (TlsAlert.ProtocolVersion, "RFC 5246 6.2.1", Faulty),
        RecordTooLong => (TlsAlert.RecordOverflow, "RFC 5246 6.2.1", Faulty),
        CiphertextTooLong => (TlsAlert.RecordOverflow, "RFC 5246 6.2.3", Faulty),
        RecordContentType => (TlsAlert.UnexpectedMessage, "RFC 5246 6.2.1", Faulty),
        BadRecordMac => (TlsAlert.BadRecordMac, "RFC 5246 7.2.2", Tampered),
        TooManyEmptyRecords => (TlsAlert.UnexpectedMessage, "RFC 5246 6.2.1", Hostile),
        TooManyWarningAlerts => (TlsAlert.UnexpectedMessage, "RFC 5246 7.2", Hostile),
        SequenceNumberExhausted => (TlsAlert.InternalError, "RFC 5246 6.1", "Make a new connection."),

        DecodeError => (TlsAlert.DecodeError, "RFC 5246 7.2.2", Faulty),
        TrailingData => (TlsAlert.DecodeError, "RFC 5246 7.4.1.4", Faulty),
        HandshakeMessageTooLong => (TlsAlert.IllegalParameter, "RFC 5246 7.4", "Have the server send only its own chain, and fewer names of client authorities: real handshakes have a tenth of this."),
        UnexpectedMessage => (TlsAlert.UnexpectedMessage, "RFC 5246 7.4", Faulty),
        ExcessHandshakeData => (TlsAlert.UnexpectedMessage, "RFC 5246 7.3", Faulty),
        ApplicationDataUnprotected => (TlsAlert.UnexpectedMessage, "RFC 5246 10", Tampered),
        UnexpectedApplicationData => (TlsAlert.UnexpectedMessage, "RFC 5246 7.3", Faulty),
        ChangeCipherSpecMalformed => (TlsAlert.DecodeError, "RFC 5246 7.1", Faulty),
        UnexpectedChangeCipherSpec => (TlsAlert.UnexpectedMessage, "RFC 5246 7.1", Faulty),
        ChangeCipherSpecMissing => (TlsAlert.UnexpectedMessage, "RFC 5246 7.4.9", Faulty),
        MessageSplitAcrossChangeCipherSpec => (TlsAlert.UnexpectedMessage, "RFC 5246 7.1", Faulty),
        // RFC 5246 7.2.2 has it as a warning, after which both may go on. We do not, so ours is fatal: the server need not guess.
        RenegotiationRefused => (TlsAlert.NoRenegotiation, "RFC 5246 7.2.2", "Have the server ask for what it wants, such as a client certificate, in the first handshake."),

        ProtocolVersion => (TlsAlert.ProtocolVersion, "RFC 5246 7.4.1.3", "Have TLS 1.2 switched on at the server; one that cannot have it is too old to be safe (RFC 8996)."),
        CipherSuiteNotOffered => (TlsAlert.IllegalParameter, "RFC 5246 7.4.1.3", Faulty),
        CompressionMethod => (TlsAlert.IllegalParameter, "RFC 5246 7.4.1.3", Faulty),
        ExtensionNotOffered => (TlsAlert.UnsupportedExtension, "RFC 5246 7.4.1.4", Faulty),
        ExtensionMalformed => (TlsAlert.DecodeError, "RFC 5246 7.4.1.4", Faulty),
        DuplicateExtension => (TlsAlert.DecodeError, "RFC 5246 7.4.1.4", Faulty),
        RenegotiationInfo => (TlsAlert.HandshakeFailure, "RFC 5746 3.4", Tampered),
        ApplicationProtocolNotOffered => (TlsAlert.IllegalParameter, "RFC 7301 3.1", "Offer that protocol in ApplicationProtocols if you speak it; else the server is set up for other clients."),
        PointFormat => (TlsAlert.IllegalParameter, "RFC 8422 5.1.2", Faulty),
        RecordSize => (TlsAlert.IllegalParameter, "RFC 8449 4", Faulty),
        CurveType => (TlsAlert.IllegalParameter, "RFC 8422 5.4", Faulty),
        GroupNotOffered => (TlsAlert.IllegalParameter, "RFC 8422 5.4", "The server does not look at the offer: have its TLS library brought up to date."),
        PublicKeyInvalid => (TlsAlert.IllegalParameter, "RFC 8422 5.11", Faulty),
        SignatureAlgorithmNotOffered => (TlsAlert.IllegalParameter, "RFC 5246 7.4.3", "The server does not look at the offer: have its TLS library brought up to date."),
        SignatureAlgorithmKeyMismatch => (TlsAlert.IllegalParameter, "RFC 5246 7.4.3", "The server is set up with a suite or scheme that does not fit its certificate: have one of them changed."),
        BadSignature => (TlsAlert.DecryptError, "RFC 5246 7.4.3", Tampered),
        BadFinished => (TlsAlert.DecryptError, "RFC 5246 7.4.9", Tampered),
        ResumedWithOtherSuite => (TlsAlert.IllegalParameter, "RFC 5246 7.4.1.3", "Connect again: the session is forgotten, and a full handshake follows. If it comes back, the machines behind this name are not set up alike."),
        ResumedWithExtendedMasterSecret => (TlsAlert.HandshakeFailure, "RFC 7627 5.3", "Connect again: the session is forgotten, and a full handshake follows. If it comes back, the machines behind this name are not set up alike."),
        ResumedWithoutExtendedMasterSecret => (TlsAlert.HandshakeFailure, "RFC 7627 5.3", "Connect again: the session is forgotten, and a full handshake follows. If it comes back, the machines behind this name are not set up alike."),

        CertificateListEmpty => (TlsAlert.DecodeError, "RFC 5246 7.4.2", "Have a certificate set up at the server."),
        CertificateUnreadable => (TlsAlert.DecodeError, "RFC 5246 7.2.2", "Have it issued again."),
        CertificateMalformed => (TlsAlert.BadCertificate, "RFC 5280 4.1", Reissue),
        CertificateExpired => (TlsAlert.CertificateExpired, "RFC 5280 6.1.3 (a)(2)", Reissue),
        CertificateNotYetValid => (TlsAlert.CertificateExpired, "RFC 5280 6.1.3 (a)(2)", Reissue),
        CertificateSelfSigned => (TlsAlert.UnknownCa, "RFC 5280 6.1.1 (d)", Reissue),
        CertificateUnknownIssuer => (TlsAlert.UnknownCa, "RFC 5280 6.1.3 (a)(4)", Reissue),
        CertificateBadSignature => (TlsAlert.BadCertificate, "RFC 5280 6.1.3 (a)(1)", Reissue),
        CertificateHostName => (TlsAlert.BadCertificate, "RFC 9525 6", Reissue),
        CertificateNotAnAuthority => (TlsAlert.UnknownCa, "RFC 5280 6.1.4 (k)", Reissue),
        CertificatePathLength => (TlsAlert.BadCertificate, "RFC 5280 6.1.4 (m)", Reissue),
        CertificateKeyUsage => (TlsAlert.UnsupportedCertificate, "RFC 5280 4.2.1.3", Reissue),
        CertificateExtendedKeyUsage => (TlsAlert.UnsupportedCertificate, "RFC 5280 4.2.1.12", Reissue),
        CertificateNameConstraints => (TlsAlert.BadCertificate, "RFC 5280 6.1.3 (b)(c)", Reissue),
        CertificateCriticalExtension => (TlsAlert.UnsupportedCertificate, "RFC 5280 4.2", Reissue),
        CertificateWeakKey => (TlsAlert.InsufficientSecurity, "RFC 9325 4.5", Reissue),
        CertificateWeakSignature => (TlsAlert.InsufficientSecurity, "RFC 9155 3", Reissue),
        CertificateKeyType => (TlsAlert.UnsupportedCertificate, "RFC 5246 7.4.2", Reissue),
        CertificateCurveNotOffered => (TlsAlert.IllegalParameter, "RFC 8422 5.3", "Offer that curve in Groups, or have a certificate issued for a key on P-256."),
        CertificatePathBudget => (TlsAlert.BadCertificate, "RFC 5280 6", Reissue),
        CertificateRefusedByCaller => (TlsAlert.CertificateUnknown, "RFC 5246 7.2.2", "The rule is the application's own, not TLS's: look there, or change it."),
        CertificateRevoked => (TlsAlert.CertificateRevoked, "RFC 6960 2.2", Reissue),
        CertificateStatusInvalid => (TlsAlert.BadCertificateStatusResponse, "RFC 6066 8", Reissue),
        CertificateStatusMissing => (TlsAlert.BadCertificateStatusResponse, "RFC 7633 4.2.3.1", Reissue),
        // These are said before or without a connection.
        RevocationListInvalid => (null, "RFC 5280 6.3.3", "Get the newest list of that authority."),
        NoTrustAnchors => (null, "RFC 5280 6.1.1 (d)", "Name a PEM file of certification authorities, or install the package ca-certificates."),
        ClientCertificateUnusable => (null, "RFC 5246 7.4.6", "Mend the file or name another: openssl pkcs12 -in FILE -info, or openssl x509 -in FILE -text, shows what is in it."),

        AbortedByCaller => (TlsAlert.UserCanceled, "RFC 5246 7.2.2", "Look at why the application did: TLS was in order."),
        InternalError => (TlsAlert.InternalError, "RFC 5246 7.2.2", "It is a fault of UserTcp or of a listener or policy that was given to it: the inner exception tells which."),
        None or _ => throw new ArgumentOutOfRangeException(nameof(error), error, "not an error"),
    };
}
