using UserTcp.Tls.Certificates;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Handshake;

/// <summary>The server sends its ephemeral key, signed. RFC 5246 7.4.3, RFC 8422 5.4</summary>
internal sealed class ExpectServerKeyExchange(HandshakeContext context, Negotiated negotiated, CertificateVerified certificate) : HandshakeState
{
    internal override string Expected => "ServerKeyExchange";

    internal override HandshakeState Handle(in HandshakeMessage message)
    {
        if (message.Body is not ServerKeyExchange exchange) throw Unexpected(message);
        if (!context.Options.Groups.Contains(exchange.Group))
            throw new TlsException(TlsError.GroupNotOffered, $"the server's key is on {exchange.Group.Name()}; one of {string.Join(", ", context.Options.Groups.Select(group => group.Name()))} was wanted");

        SignatureVerified signature = SignatureVerified.Check(context, negotiated, certificate, exchange);
        return new ExpectServerHelloDone(context, negotiated, certificate, signature, request: null);
    }
}
