using UserTcp.Tls.Certificates;
using UserTcp.Tls.Records;

namespace UserTcp.Tls.Handshake;

/// <summary>The server changes to the new keys. RFC 5246 7.1</summary>
internal sealed class ExpectChangeCipherSpec(
    HandshakeContext context, Negotiated negotiated, CertificateVerified certificate, SignatureVerified signature, RecordProtection server) : HandshakeState
{
    internal override string Expected => "ChangeCipherSpec";

    internal override HandshakeState Handle(in HandshakeMessage message) => throw Unexpected(message);

    internal override HandshakeState HandleChangeCipherSpec()
    {
        context.Reader.Protect(server);
        return new ExpectFinished(context, negotiated, certificate, signature);
    }
}
