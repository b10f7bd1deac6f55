namespace UserTcp.Tls;

/// <summary>Exactly what went wrong. <see cref="TlsErrorTable"/> maps each to the alert that is sent and to its RFC.</summary>
public enum TlsError
{
#pragma warning disable CS1591 // Each name says it; the table beside says what is sent and why.
    None = 0,

    // The other end
    AlertReceived,
    AlertLevel,
    UnexpectedEof,
    ClosedInHandshake,
    HandshakeTimeout,
    NotTls,

    // Records (RFC 5246 6)
    RecordVersion,
    RecordTooLong,
    CiphertextTooLong,
    RecordContentType,
    BadRecordMac,
    TooManyEmptyRecords,
    TooManyWarningAlerts,
    SequenceNumberExhausted,

    // Messages (RFC 5246 7)
    DecodeError,
    TrailingData,
    HandshakeMessageTooLong,
    UnexpectedMessage,
    ExcessHandshakeData,
    ApplicationDataUnprotected,
    UnexpectedApplicationData,
    ChangeCipherSpecMalformed,
    UnexpectedChangeCipherSpec,
    ChangeCipherSpecMissing,
    MessageSplitAcrossChangeCipherSpec,
    RenegotiationRefused,

    // Negotiation
    ProtocolVersion,
    CipherSuiteNotOffered,
    CompressionMethod,
    ExtensionNotOffered,
    ExtensionMalformed,
    DuplicateExtension,
    RenegotiationInfo,
    ApplicationProtocolNotOffered,
    PointFormat,
    RecordSize,
    CurveType,
    GroupNotOffered,
    PublicKeyInvalid,
    SignatureAlgorithmNotOffered,
    SignatureAlgorithmKeyMismatch,
    BadSignature,
    BadFinished,
    ResumedWithOtherSuite,
    ResumedWithExtendedMasterSecret,
    ResumedWithoutExtendedMasterSecret,

    // Certificates (RFC 5280 6, RFC 9525)
    CertificateListEmpty,
    CertificateUnreadable,
    CertificateMalformed,
    CertificateExpired,
    CertificateNotYetValid,
    CertificateSelfSigned,
    CertificateUnknownIssuer,
    CertificateBadSignature,
    CertificateHostName,
    CertificateNotAnAuthority,
    CertificatePathLength,
    CertificateKeyUsage,
    CertificateExtendedKeyUsage,
    CertificateNameConstraints,
    CertificateCriticalExtension,
    CertificateWeakKey,
    CertificateWeakSignature,
    CertificateKeyType,
    CertificateCurveNotOffered,
    CertificatePathBudget,
    CertificateRefusedByCaller,
    CertificateRevoked,
    CertificateStatusInvalid,
    CertificateStatusMissing,
    RevocationListInvalid,
    NoTrustAnchors,
    ClientCertificateUnusable,

    AbortedByCaller,
    InternalError,
#pragma warning restore CS1591
}
