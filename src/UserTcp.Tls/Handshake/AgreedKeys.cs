using UserTcp.Tls.Certificates;
using UserTcp.Tls.Records;
using UserTcp.Tls.Sessions;

namespace UserTcp.Tls.Handshake;

/// <summary>Both ends should have the same keys now; the two Finished will tell.</summary>
/// <param name="Negotiated">What the hellos agreed on.</param>
/// <param name="Certificate">Who the server is.</param>
/// <param name="Signature">That it took part: in this handshake, or in the one that is resumed.</param>
/// <param name="Client">Protection of what the client writes after its ChangeCipherSpec.</param>
/// <param name="Server">Protection of what the server writes after its ChangeCipherSpec.</param>
/// <param name="Resumed">The session that goes on; null in a full handshake.</param>
internal sealed record AgreedKeys(
    Negotiated Negotiated, CertificateVerified Certificate, SignatureVerified Signature, RecordProtection Client, RecordProtection Server, ResumableSession? Resumed)
{
    /// <summary>As whom the client has shown itself in this handshake; null when it was not asked, or had none that fits.</summary>
    internal TlsClientCertificate? ClientCertificate { get; init; }
}
