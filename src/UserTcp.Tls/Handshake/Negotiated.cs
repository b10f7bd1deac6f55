using UserTcp.Tls.Records;

namespace UserTcp.Tls.Handshake;

/// <summary>What the two hellos agreed on.</summary>
/// <param name="ClientRandom">32 bytes.</param>
/// <param name="ServerRandom">32 bytes.</param>
/// <param name="SessionId">The server's: 0 to 32 bytes.</param>
/// <param name="Suite">The chosen suite.</param>
/// <param name="ExtendedMasterSecret">RFC 7627.</param>
/// <param name="SecureRenegotiation">The server knows RFC 5746.</param>
/// <param name="TicketPromised">A NewSessionTicket will come. RFC 5077 3.2</param>
/// <param name="ApplicationProtocol">ALPN; null for none.</param>
/// <param name="StatusPromised">A CertificateStatus may come. RFC 6066 8</param>
/// <param name="SignedCertificateTimestamps">RFC 6962 3.3; empty for none.</param>
internal sealed record Negotiated(
    ReadOnlyMemory<byte> ClientRandom, ReadOnlyMemory<byte> ServerRandom, ReadOnlyMemory<byte> SessionId, SuiteParameters Suite,
    bool ExtendedMasterSecret, bool SecureRenegotiation, bool TicketPromised, string? ApplicationProtocol,
    bool StatusPromised, ReadOnlyMemory<byte> SignedCertificateTimestamps)
{
    /// <summary>Smaller records than usual; null when nobody asked for them.</summary>
    internal RecordSizes? RecordSizes { get; init; }
}
