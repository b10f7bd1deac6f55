using UserTcp.Tls.Certificates;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Handshake;

/// <summary>The handshake is complete. Nobody gets here without the three proofs.</summary>
internal sealed class Traffic : HandshakeState
{
    internal Traffic(HandshakeContext context, AgreedKeys keys, FinishedVerified finished, bool sessionStored)
    {
        (Negotiated negotiated, CertificateVerified certificate, SignatureVerified signature) = (keys.Negotiated, keys.Certificate, keys.Signature);
        ArgumentNullException.ThrowIfNull(certificate);
        ArgumentNullException.ThrowIfNull(signature);
        ArgumentNullException.ThrowIfNull(finished);
        Exporter = new Exporter(context.Secrets, negotiated);
        Session = new TlsSessionInfo(negotiated.Suite.Suite, signature.Exchange.Group, signature.Exchange.Scheme,
            negotiated.ApplicationProtocol, negotiated.ExtendedMasterSecret, negotiated.SecureRenegotiation, certificate)
        {
            Resumed = keys.Resumed is not null,
            SessionStored = sessionStored,
            ClientCertificate = keys.ClientCertificate,
        };
        context.Events?.Raise(new HandshakeCompleted(Session));
    }

    /// <summary>What was agreed.</summary>
    internal TlsSessionInfo Session { get; }

    internal Exporter Exporter { get; }

    internal override string Expected => "application data";

    internal override HandshakeState Handle(in HandshakeMessage message) => message.Body is HelloRequest
        ? throw new TlsException(TlsError.RenegotiationRefused, "the server asked for a new handshake on this connection (HelloRequest); "
            + "application data was wanted, because renegotiation has a history of attacks (RFC 5746) and TLS 1.3 has dropped it")
        : throw Unexpected(message);
}
