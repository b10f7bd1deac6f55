using UserTcp.Tls.Certificates;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Handshake;

/// <summary>Proof that the holder of the certificate's private key signed this handshake's ephemeral key. RFC 5246 7.4.3</summary>
internal sealed class SignatureVerified
{
    private SignatureVerified(ServerKeyExchange exchange) => Exchange = exchange;

    /// <summary>The message that was signed.</summary>
    internal ServerKeyExchange Exchange { get; }

    /// <summary>Checks scheme, key and signature.</summary>
    /// <exception cref="TlsException">The scheme was not offered, does not fit the certificate's key, or the signature is wrong.</exception>
    internal static SignatureVerified Check(HandshakeContext context, Negotiated negotiated, CertificateVerified certificate, ServerKeyExchange exchange)
    {
        ServerPublicKey key = certificate.LeafKey;
        if (!context.Options.SignatureSchemes.Contains(exchange.Scheme))
            throw new TlsException(TlsError.SignatureAlgorithmNotOffered, $"the server signed with {exchange.Scheme.Name()}; one of {string.Join(", ", context.Options.SignatureSchemes.Select(scheme => scheme.Name()))} was wanted");
        if (key.IsRsa != (negotiated.Suite.KeyUse == ServerKeyUse.RsaSignature) || !SignatureSchemes.Fits(exchange.Scheme, key))
        {
            throw new TlsException(TlsError.SignatureAlgorithmKeyMismatch,
                $"the server signed with {exchange.Scheme.Name()} under {negotiated.Suite.Suite.Name()}, but its certificate has a key of kind {key.Algorithm}; the three must fit");
        }

        // Both randoms are signed too: an old signature is worth nothing in a new handshake. RFC 5246 7.4.3
        byte[] signed = [.. negotiated.ClientRandom.Span, .. negotiated.ServerRandom.Span, .. exchange.Parameters()];
        if (!context.Crypto.Verify(exchange.Scheme, key, signed, exchange.Signature.Span))
        {
            throw new TlsException(TlsError.BadSignature, $"the {exchange.Scheme.Name()} signature in ServerKeyExchange was not made with the certificate's key; "
                + "one over both randoms and the server's ephemeral key was wanted");
        }
        context.Events?.Raise(new SignatureChecked(exchange.Scheme, signed.Length));
        return new SignatureVerified(exchange);
    }
}
