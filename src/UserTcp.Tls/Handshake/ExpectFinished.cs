using UserTcp.Tls.Certificates;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Handshake;

/// <summary>The server's first message under the new keys. RFC 5246 7.4.9</summary>
internal sealed class ExpectFinished(
    HandshakeContext context, Negotiated negotiated, CertificateVerified certificate, SignatureVerified signature) : HandshakeState
{
    internal override string Expected => "Finished";

    internal override HandshakeState Handle(in HandshakeMessage message)
    {
        if (message.Body is not Finished finished) throw Unexpected(message);
        return new Traffic(context, negotiated, certificate, signature, FinishedVerified.Check(context, negotiated, finished));
    }
}
