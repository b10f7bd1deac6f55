using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Handshake;

/// <summary>The server may staple what the issuer's OCSP responder says of its certificate; the certificates are judged together with it. RFC 6066 8</summary>
internal sealed class ExpectCertificateStatus(HandshakeContext context, Negotiated negotiated, CertificateMessage chain) : HandshakeState
{
    internal override string Expected => "CertificateStatus or ServerKeyExchange";

    internal override HandshakeState Handle(in HandshakeMessage message) => message.Body is CertificateStatus status
        ? ExpectCertificate.Judge(context, negotiated, chain, status.Response)
        // RFC 6066 8: a server that answered the extension may send no status all the same.
        : ExpectCertificate.Judge(context, negotiated, chain, ReadOnlyMemory<byte>.Empty).Handle(message);
}
