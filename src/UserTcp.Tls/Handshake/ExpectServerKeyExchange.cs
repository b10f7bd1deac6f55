using UserTcp.Tls.Certificates;
using UserTcp.Tls.Crypto;
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
            throw new TlsException(TlsError.GroupNotOffered, $"the server's key is on {exchange.Group.Name()}, which was not offered");
        CheckCertificateCurve(certificate.LeafKey.Algorithm);

        SignatureVerified signature = SignatureVerified.Check(context, negotiated, certificate, exchange);
        return new ExpectServerHelloDone(context, negotiated, certificate, signature, certificateRequested: false);
    }

    /// <summary>RFC 8422 5.3: the curve of an ECDSA certificate must be one of the offered groups too.</summary>
    private void CheckCertificateCurve(PublicKeyAlgorithm algorithm)
    {
        NamedGroup? curve = algorithm switch
        {
            PublicKeyAlgorithm.EcP256 => NamedGroup.Secp256r1,
            PublicKeyAlgorithm.EcP384 => NamedGroup.Secp384r1,
            PublicKeyAlgorithm.EcP521 => NamedGroup.Secp521r1,
            _ => null,
        };
        if (curve is { } group && !context.Options.Groups.Contains(group))
            throw new TlsException(TlsError.GroupNotOffered, $"the server's certificate has a key on {group.Name()}, which was not offered");
    }
}
