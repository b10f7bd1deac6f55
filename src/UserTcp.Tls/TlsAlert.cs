namespace UserTcp.Tls;

/// <summary>Alert descriptions (RFC 5246 7.2, RFC 6066 9, RFC 7301 3.2, RFC 8446 6.2).</summary>
public enum TlsAlert : byte
{
#pragma warning disable CS1591 // The names are the RFC's.
    CloseNotify = 0,
    UnexpectedMessage = 10,
    BadRecordMac = 20,
    RecordOverflow = 22,
    DecompressionFailure = 30,
    HandshakeFailure = 40,
    NoCertificate = 41,                 // SSL 3.0; some servers still say it
    BadCertificate = 42,
    UnsupportedCertificate = 43,
    CertificateRevoked = 44,
    CertificateExpired = 45,
    CertificateUnknown = 46,
    IllegalParameter = 47,
    UnknownCa = 48,
    AccessDenied = 49,
    DecodeError = 50,
    DecryptError = 51,
    ProtocolVersion = 70,
    InsufficientSecurity = 71,
    InternalError = 80,
    InappropriateFallback = 86,
    UserCanceled = 90,
    NoRenegotiation = 100,
    MissingExtension = 109,             // TLS 1.3 (RFC 8446 6.2)
    UnsupportedExtension = 110,
    UnrecognizedName = 112,
    BadCertificateStatusResponse = 113,
    CertificateRequired = 116,          // TLS 1.3; some servers say it in TLS 1.2 too
    NoApplicationProtocol = 120,
#pragma warning restore CS1591
}
