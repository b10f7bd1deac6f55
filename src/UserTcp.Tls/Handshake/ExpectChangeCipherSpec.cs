using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Handshake;

/// <summary>The server changes to the new keys. RFC 5246 7.1</summary>
internal sealed class ExpectChangeCipherSpec(HandshakeContext context, AgreedKeys keys, NewSessionTicket? ticket) : HandshakeState
{
    internal override string Expected => "ChangeCipherSpec";

    internal override HandshakeState Handle(in HandshakeMessage message) => throw new TlsException(TlsError.ChangeCipherSpecMissing,
        $"the server sent {message.Body.Type} without protection; ChangeCipherSpec was wanted before it");

    internal override HandshakeState HandleChangeCipherSpec()
    {
        context.Reader.Protect(keys.Server);
        return new ExpectFinished(context, keys, ticket);
    }
}
