using System.Security.Cryptography;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.ClientCertificates;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Records;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Handshake;

/// <summary>The server's flight ends, perhaps after a request for a certificate; then the client's flight goes out. RFC 5246 7.4.4, 7.4.5</summary>
internal sealed class ExpectServerHelloDone(
    HandshakeContext context, Negotiated negotiated, CertificateVerified certificate, SignatureVerified signature, CertificateRequest? request) : HandshakeState
{
    internal override string Expected => request is null ? "CertificateRequest or ServerHelloDone" : "ServerHelloDone";

    internal override HandshakeState Handle(in HandshakeMessage message)
    {
        switch (message.Body)
        {
            case CertificateRequest wanted when request is null:
                return new ExpectServerHelloDone(context, negotiated, certificate, signature, wanted);
            case ServerHelloDone:
                AgreedKeys keys = SendFlight();
                return negotiated.TicketPromised ? new ExpectNewSessionTicket(context, keys) : new ExpectChangeCipherSpec(context, keys, null);
            default:
                throw Unexpected(message);
        }
    }

    /// <summary>[Certificate], ClientKeyExchange, [CertificateVerify], ChangeCipherSpec, Finished.</summary>
    private AgreedKeys SendFlight()
    {
        // RFC 5246 7.4.6: who has no certificate says so with an empty list, and then sends no CertificateVerify.
        ClientCertificateChoice? identity = request is null ? null : ClientCertificateChoice.Of(context.Options.ClientCertificates, request);
        (context.CertificateRequest, context.ShownCertificate) = (request, identity?.Certificate);
        if (request is not null) context.Send(new CertificateMessage(identity?.Certificate.Der ?? []));

        ServerKeyExchange exchange = signature.Exchange;
        using IEphemeralKey key = context.Crypto.CreateKey(exchange.Group, context.Random);
        if (!key.TryAgree(exchange.PublicKey.Span, out byte[]? premaster))
        {
            throw new TlsException(TlsError.PublicKeyInvalid,
                $"the server's key of {exchange.PublicKey.Length} bytes is no usable point of {exchange.Group.Name()}: malformed, off the curve or of small order; a point of the group was wanted");
        }
        context.Send(new ClientKeyExchange(key.PublicKey));

        (RecordProtection client, RecordProtection server) = DeriveKeys(premaster);
        if (identity is not null)
        {
            // RFC 5246 7.4.8: over everything so far. The master secret is there already: its hash ends with ClientKeyExchange (RFC 7627 3).
            byte[] proof = context.Crypto.Sign(identity.Scheme, identity.Certificate.Key, context.Transcript.Messages(), context.Random);
            context.Send(new CertificateVerify(identity.Scheme, proof));
        }
        context.SendFinished(negotiated.Suite, client);
        return new AgreedKeys(negotiated, certificate, signature, client, server, Resumed: null) { ClientCertificate = identity?.Certificate };
    }

    private (RecordProtection Client, RecordProtection Server) DeriveKeys(byte[] premaster)
    {
        SuiteParameters suite = negotiated.Suite;
        ReadOnlySpan<byte> clientRandom = negotiated.ClientRandom.Span, serverRandom = negotiated.ServerRandom.Span;
        byte[] sessionHash = [];
        if (negotiated.ExtendedMasterSecret)
        {
            sessionHash = context.Transcript.Current();     // ClientHello … ClientKeyExchange. RFC 7627 3
            context.Secrets.DeriveExtendedMaster(suite.Hash, premaster, sessionHash);
        }
        else
        {
            context.Secrets.DeriveMaster(suite.Hash, premaster, clientRandom, serverRandom);
        }
        CryptographicOperations.ZeroMemory(premaster);      // RFC 5246 8.1: deleted once the master secret is there

        if (context.Events is { } events)
        {
            events.Raise(new KeysDerived(signature.Exchange.Group, premaster.Length, negotiated.ExtendedMasterSecret, sessionHash,
                suite.HashName, KeyBlock.Length(suite.Cipher), suite.Cipher.KeyLength, suite.Cipher.ImplicitIvLength)
            {
                MacKeyLength = suite.Cipher.MacKeyLength,
            });
        }
        context.LogKeys(negotiated);
        return context.Secrets.DeriveKeys(suite, clientRandom, serverRandom);
    }
}
