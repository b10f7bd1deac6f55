using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Handshake;

/// <summary>The server promised a ticket in its hello; it comes before ChangeCipherSpec. RFC 5077 3.3</summary>
internal sealed class ExpectNewSessionTicket(HandshakeContext context, AgreedKeys keys) : HandshakeState
{
    internal override string Expected => "NewSessionTicket";

    internal override HandshakeState Handle(in HandshakeMessage message)
        => message.Body is NewSessionTicket ticket ? new ExpectChangeCipherSpec(context, keys, ticket) : throw Unexpected(message);
}
