namespace UserTcp.Tls.Wire;

/// <summary>Hello extensions that have a name here. Others are kept by number.</summary>
public enum ExtensionType : ushort
{
#pragma warning disable CS1591 // The names are the RFCs'; TlsNames spells them as the RFCs do.
    ServerName = 0,                 // RFC 6066 3
    MaxFragmentLength = 1,          // RFC 6066 4
    StatusRequest = 5,              // RFC 6066 8
    SupportedGroups = 10,           // RFC 8422 5.1.1
    EcPointFormats = 11,            // RFC 8422 5.1.2
    SignatureAlgorithms = 13,       // RFC 5246 7.4.1.4.1
    ApplicationLayerProtocolNegotiation = 16, // RFC 7301
    SignedCertificateTimestamp = 18, // RFC 6962 3.3
    Padding = 21,                   // RFC 7685
    EncryptThenMac = 22,            // RFC 7366
    ExtendedMasterSecret = 23,      // RFC 7627
    RecordSizeLimit = 28,           // RFC 8449 4
    SessionTicket = 35,             // RFC 5077 3.2
    PreSharedKey = 41,              // RFC 8446 4.2.11
    SupportedVersions = 43,         // RFC 8446 4.2.1
    PskKeyExchangeModes = 45,       // RFC 8446 4.2.9
    KeyShare = 51,                  // RFC 8446 4.2.8
    RenegotiationInfo = 0xff01,     // RFC 5746 3.2
#pragma warning restore CS1591
}
