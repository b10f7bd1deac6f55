using UserTcp.Tls;

namespace UserTcp.BogoShim;

/// <summary>The one table from our errors to the strings that the runner looks for.</summary>
internal static class RunnerErrors
{
    internal static string Of(TlsException failure)
        => $":{(failure.ReceivedAlert is { } alert ? OfAlert(alert) : RefusesStaple(failure) ? "OCSP_CB_ERROR" : OfError(failure.Error))}:";

    /// <summary>The shim's own refusal, by the alert that it chose.</summary>
    private static bool RefusesStaple(TlsException failure)
        => failure is { Error: TlsError.CertificateRefusedByCaller, SentAlert: TlsAlert.BadCertificateStatusResponse };

    private static string OfError(TlsError error) => error switch
    {
        TlsError.AlertLevel => "UNKNOWN_ALERT_TYPE",
        TlsError.NotTls or TlsError.RecordVersion => "WRONG_VERSION_NUMBER",
        TlsError.RecordTooLong => "DATA_LENGTH_TOO_LONG",
        TlsError.CiphertextTooLong => "ENCRYPTED_LENGTH_TOO_LONG",
        TlsError.RecordContentType or TlsError.UnexpectedChangeCipherSpec or TlsError.ChangeCipherSpecMissing or TlsError.MessageSplitAcrossChangeCipherSpec
            or TlsError.UnexpectedApplicationData => "UNEXPECTED_RECORD",
        // Until 2024 the runner had a string of its own for it.
        TlsError.ApplicationDataUnprotected => "UNEXPECTED_RECORD:APPLICATION_DATA_INSTEAD_OF_HANDSHAKE",
        TlsError.BadRecordMac => "DECRYPTION_FAILED_OR_BAD_RECORD_MAC",
        TlsError.TooManyEmptyRecords => "TOO_MANY_EMPTY_FRAGMENTS",
        TlsError.TooManyWarningAlerts => "TOO_MANY_WARNING_ALERTS",

        TlsError.DecodeError or TlsError.TrailingData or TlsError.CertificateListEmpty => "DECODE_ERROR",
        TlsError.HandshakeMessageTooLong => "EXCESSIVE_MESSAGE_SIZE",
        TlsError.UnexpectedMessage => "UNEXPECTED_MESSAGE",
        TlsError.ExcessHandshakeData => "EXCESS_HANDSHAKE_DATA",
        TlsError.ChangeCipherSpecMalformed => "BAD_CHANGE_CIPHER_SPEC",
        TlsError.RenegotiationRefused => "NO_RENEGOTIATION",

        TlsError.ProtocolVersion => "UNSUPPORTED_PROTOCOL",
        TlsError.CipherSuiteNotOffered => "WRONG_CIPHER_RETURNED",
        TlsError.CompressionMethod => "UNSUPPORTED_COMPRESSION_ALGORITHM",
        TlsError.ExtensionNotOffered => "UNEXPECTED_EXTENSION",
        TlsError.DuplicateExtension => "DUPLICATE_EXTENSION",
        // The runner's own client stacks two errors here; either may be asked for.
        TlsError.ExtensionMalformed or TlsError.PointFormat => "PARSE_TLSEXT:ERROR_PARSING_EXTENSION",
        TlsError.RenegotiationInfo => "RENEGOTIATION_MISMATCH",
        TlsError.ApplicationProtocolNotOffered => "INVALID_ALPN_PROTOCOL",
        TlsError.CurveType or TlsError.GroupNotOffered => "WRONG_CURVE",
        TlsError.PublicKeyInvalid => "BAD_ECPOINT",
        TlsError.SignatureAlgorithmNotOffered or TlsError.SignatureAlgorithmKeyMismatch => "WRONG_SIGNATURE_TYPE",
        TlsError.BadSignature => "BAD_SIGNATURE",
        TlsError.ResumedWithOtherSuite => "OLD_SESSION_CIPHER_NOT_RETURNED",
        TlsError.ResumedWithExtendedMasterSecret => "RESUMED_NON_EMS_SESSION_WITH_EMS_EXTENSION",
        TlsError.ResumedWithoutExtendedMasterSecret => "RESUMED_EMS_SESSION_WITHOUT_EMS_EXTENSION",
        TlsError.BadFinished => "DIGEST_CHECK_FAILED",

        TlsError.CertificateUnreadable => "CANNOT_PARSE_LEAF_CERT",
        TlsError.CertificateKeyType => "WRONG_CERTIFICATE_TYPE",
        TlsError.CertificateCurveNotOffered => "BAD_ECC_CERT",
        TlsError.CertificateKeyUsage => "KEY_USAGE_BIT_INCORRECT",
        _ when error.ToString().StartsWith("Certificate", StringComparison.Ordinal) => "CERTIFICATE_VERIFY_FAILED",
        _ => error.ToString(),
    };

    private static string OfAlert(TlsAlert alert) => alert switch
    {
        TlsAlert.UnexpectedMessage => "SSLV3_ALERT_UNEXPECTED_MESSAGE",
        TlsAlert.BadRecordMac => "SSLV3_ALERT_BAD_RECORD_MAC",
        TlsAlert.RecordOverflow => "TLSV1_ALERT_RECORD_OVERFLOW",
        TlsAlert.DecompressionFailure => "SSLV3_ALERT_DECOMPRESSION_FAILURE",
        TlsAlert.HandshakeFailure => "SSLV3_ALERT_HANDSHAKE_FAILURE",
        TlsAlert.BadCertificate => "SSLV3_ALERT_BAD_CERTIFICATE",
        TlsAlert.UnsupportedCertificate => "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        TlsAlert.CertificateRevoked => "SSLV3_ALERT_CERTIFICATE_REVOKED",
        TlsAlert.CertificateExpired => "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        TlsAlert.CertificateUnknown => "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        TlsAlert.IllegalParameter => "SSLV3_ALERT_ILLEGAL_PARAMETER",
        TlsAlert.UnknownCa => "TLSV1_ALERT_UNKNOWN_CA",
        TlsAlert.AccessDenied => "TLSV1_ALERT_ACCESS_DENIED",
        TlsAlert.DecodeError => "TLSV1_ALERT_DECODE_ERROR",
        TlsAlert.DecryptError => "TLSV1_ALERT_DECRYPT_ERROR",
        TlsAlert.ProtocolVersion => "TLSV1_ALERT_PROTOCOL_VERSION",
        TlsAlert.InsufficientSecurity => "TLSV1_ALERT_INSUFFICIENT_SECURITY",
        TlsAlert.InternalError => "TLSV1_ALERT_INTERNAL_ERROR",
        TlsAlert.InappropriateFallback => "TLSV1_ALERT_INAPPROPRIATE_FALLBACK",
        TlsAlert.UserCanceled => "TLSV1_ALERT_USER_CANCELLED",
        TlsAlert.NoRenegotiation => "TLSV1_ALERT_NO_RENEGOTIATION",
        TlsAlert.UnsupportedExtension => "TLSV1_ALERT_UNSUPPORTED_EXTENSION",
        TlsAlert.UnrecognizedName => "TLSV1_ALERT_UNRECOGNIZED_NAME",
        TlsAlert.BadCertificateStatusResponse => "TLSV1_ALERT_BAD_CERTIFICATE_STATUS_RESPONSE",
        TlsAlert.NoApplicationProtocol => "TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
        TlsAlert.CloseNotify => "CONNECTION_CLOSED",
        _ => alert.ToString(),
    };
}
