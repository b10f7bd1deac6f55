using UserTcp.Tls.Certificates;
using UserTcp.Tls.Records;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Handshake;

/// <summary>The server promised a ticket in its hello; it comes before ChangeCipherSpec. RFC 5077 3.3</summary>
internal sealed class ExpectNewSessionTicket(
    HandshakeContext context, Negotiated negotiated, CertificateVerified certificate, SignatureVerified signature, RecordProtection server) : HandshakeState
{
    internal override string Expected => "NewSessionTicket";

    /// <summary>Sessions are not resumed, so the ticket is shown to whoever listens and dropped.</summary>
    internal override HandshakeState Handle(in HandshakeMessage message)
        => message.Body is NewSessionTicket ? new ExpectChangeCipherSpec(context, negotiated, certificate, signature, server) : throw Unexpected(message);
}
