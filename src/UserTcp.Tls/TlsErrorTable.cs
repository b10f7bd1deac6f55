using static UserTcp.Tls.TlsError;

namespace UserTcp.Tls;

/// <summary>The one table from an error to the fatal alert that is sent for it and to the RFC section that says so.</summary>
public static class TlsErrorTable
{
    /// <summary>The alert to send; null when none is sent because the other end has already ended the connection.</summary>
    public static TlsAlert? Alert(TlsError error) => Entry(error).Alert;

    /// <summary>The RFC and section that make this an error, such as "RFC 5246 7.4.9".</summary>
    public static string Rfc(TlsError error) => Entry(error).Rfc;

    private static (TlsAlert? Alert, string Rfc) Entry(TlsError error) => error switch
    {
        AlertReceived => (null, "RFC 5246 7.2"),
        AlertLevel => (TlsAlert.IllegalParameter, "RFC 5246 7.2"),
        UnexpectedEof => (null, "RFC 5246 7.2.1"),
        NotTls => (TlsAlert.ProtocolVersion, "RFC 5246 6.2.1"),

        RecordVersion => (TlsAlert.ProtocolVersion, "RFC 5246 6.2.1"),
        RecordTooLong => (TlsAlert.RecordOverflow, "RFC 5246 6.2.1"),
        CiphertextTooLong => (TlsAlert.RecordOverflow, "RFC 5246 6.2.3"),
        RecordContentType => (TlsAlert.UnexpectedMessage, "RFC 5246 6.2.1"),
        BadRecordMac => (TlsAlert.BadRecordMac, "RFC 5246 7.2.2"),
        TooManyEmptyRecords => (TlsAlert.UnexpectedMessage, "RFC 5246 6.2.1"),
        TooManyWarningAlerts => (TlsAlert.UnexpectedMessage, "RFC 5246 7.2"),
        SequenceNumberExhausted => (TlsAlert.InternalError, "RFC 5246 6.1"),

        DecodeError => (TlsAlert.DecodeError, "RFC 5246 7.2.2"),
        TrailingData => (TlsAlert.DecodeError, "RFC 5246 7.4.1.4"),
        HandshakeMessageTooLong => (TlsAlert.IllegalParameter, "RFC 5246 7.4"),
        UnexpectedMessage => (TlsAlert.UnexpectedMessage, "RFC 5246 7.4"),
        ExcessHandshakeData => (TlsAlert.UnexpectedMessage, "RFC 5246 7.3"),
        ApplicationDataUnprotected => (TlsAlert.UnexpectedMessage, "RFC 5246 10"),
        UnexpectedApplicationData => (TlsAlert.UnexpectedMessage, "RFC 5246 7.3"),
        ChangeCipherSpecMalformed => (TlsAlert.DecodeError, "RFC 5246 7.1"),
        UnexpectedChangeCipherSpec => (TlsAlert.UnexpectedMessage, "RFC 5246 7.1"),
        ChangeCipherSpecMissing => (TlsAlert.UnexpectedMessage, "RFC 5246 7.4.9"),
        MessageSplitAcrossChangeCipherSpec => (TlsAlert.UnexpectedMessage, "RFC 5246 7.1"),
        // RFC 5246 7.2.2 has it as a warning, after which both may go on. We do not, so ours is fatal: the server need not guess.
        RenegotiationRefused => (TlsAlert.NoRenegotiation, "RFC 5246 7.2.2"),

        ProtocolVersion => (TlsAlert.ProtocolVersion, "RFC 5246 7.4.1.3"),
        CipherSuiteNotOffered => (TlsAlert.IllegalParameter, "RFC 5246 7.4.1.3"),
        CompressionMethod => (TlsAlert.IllegalParameter, "RFC 5246 7.4.1.3"),
        ExtensionNotOffered => (TlsAlert.UnsupportedExtension, "RFC 5246 7.4.1.4"),
        ExtensionMalformed => (TlsAlert.DecodeError, "RFC 5246 7.4.1.4"),
        DuplicateExtension => (TlsAlert.DecodeError, "RFC 5246 7.4.1.4"),
        RenegotiationInfo => (TlsAlert.HandshakeFailure, "RFC 5746 3.4"),
        ApplicationProtocolNotOffered => (TlsAlert.IllegalParameter, "RFC 7301 3.1"),
        PointFormat => (TlsAlert.IllegalParameter, "RFC 8422 5.1.2"),
        RecordSize => (TlsAlert.IllegalParameter, "RFC 8449 4"),
        CurveType => (TlsAlert.IllegalParameter, "RFC 8422 5.4"),
        GroupNotOffered => (TlsAlert.IllegalParameter, "RFC 8422 5.4"),
        PublicKeyInvalid => (TlsAlert.IllegalParameter, "RFC 8422 5.11"),
        SignatureAlgorithmNotOffered => (TlsAlert.IllegalParameter, "RFC 5246 7.4.3"),
        SignatureAlgorithmKeyMismatch => (TlsAlert.IllegalParameter, "RFC 5246 7.4.3"),
        BadSignature => (TlsAlert.DecryptError, "RFC 5246 7.4.3"),
        BadFinished => (TlsAlert.DecryptError, "RFC 5246 7.4.9"),
        ResumedWithOtherSuite => (TlsAlert.IllegalParameter, "RFC 5246 7.4.1.3"),
        ResumedWithExtendedMasterSecret => (TlsAlert.HandshakeFailure, "RFC 7627 5.3"),
        ResumedWithoutExtendedMasterSecret => (TlsAlert.HandshakeFailure, "RFC 7627 5.3"),

        CertificateListEmpty => (TlsAlert.DecodeError, "RFC 5246 7.4.2"),
        CertificateUnreadable => (TlsAlert.DecodeError, "RFC 5246 7.2.2"),
        CertificateMalformed => (TlsAlert.BadCertificate, "RFC 5280 4.1"),
        CertificateExpired => (TlsAlert.CertificateExpired, "RFC 5280 6.1.3 (a)(2)"),
        CertificateNotYetValid => (TlsAlert.CertificateExpired, "RFC 5280 6.1.3 (a)(2)"),
        CertificateSelfSigned => (TlsAlert.UnknownCa, "RFC 5280 6.1.1 (d)"),
        CertificateUnknownIssuer => (TlsAlert.UnknownCa, "RFC 5280 6.1.3 (a)(4)"),
        CertificateBadSignature => (TlsAlert.BadCertificate, "RFC 5280 6.1.3 (a)(1)"),
        CertificateHostName => (TlsAlert.BadCertificate, "RFC 9525 6"),
        CertificateNotAnAuthority => (TlsAlert.UnknownCa, "RFC 5280 6.1.4 (k)"),
        CertificatePathLength => (TlsAlert.BadCertificate, "RFC 5280 6.1.4 (m)"),
        CertificateKeyUsage => (TlsAlert.UnsupportedCertificate, "RFC 5280 4.2.1.3"),
        CertificateExtendedKeyUsage => (TlsAlert.UnsupportedCertificate, "RFC 5280 4.2.1.12"),
        CertificateNameConstraints => (TlsAlert.BadCertificate, "RFC 5280 6.1.3 (b)(c)"),
        CertificateCriticalExtension => (TlsAlert.UnsupportedCertificate, "RFC 5280 4.2"),
        CertificateWeakKey => (TlsAlert.InsufficientSecurity, "RFC 9325 4.5"),
        CertificateWeakSignature => (TlsAlert.InsufficientSecurity, "RFC 9155 3"),
        CertificateKeyType => (TlsAlert.UnsupportedCertificate, "RFC 5246 7.4.2"),
        CertificateCurveNotOffered => (TlsAlert.IllegalParameter, "RFC 8422 5.3"),
        CertificatePathBudget => (TlsAlert.BadCertificate, "RFC 5280 6"),
        CertificateRefusedByCaller => (TlsAlert.CertificateUnknown, "RFC 5246 7.2.2"),
        CertificateRevoked => (TlsAlert.CertificateRevoked, "RFC 6960 2.2"),
        CertificateStatusInvalid => (TlsAlert.BadCertificateStatusResponse, "RFC 6066 8"),
        CertificateStatusMissing => (TlsAlert.BadCertificateStatusResponse, "RFC 7633 4.2.3.1"),
        RevocationListInvalid => (TlsAlert.CertificateUnknown, "RFC 5280 6.3.3"),
        NoTrustAnchors => (TlsAlert.UnknownCa, "RFC 5280 6.1.1 (d)"),
        ClientCertificateUnusable => (null, "RFC 5246 7.4.6"),      // said before there is a connection

        AbortedByCaller => (TlsAlert.UserCanceled, "RFC 5246 7.2.2"),
        InternalError => (TlsAlert.InternalError, "RFC 5246 7.2.2"),
        None or _ => throw new ArgumentOutOfRangeException(nameof(error), error, "not an error"),
    };
}
