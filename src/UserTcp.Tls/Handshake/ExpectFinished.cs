using UserTcp.Tls.Sessions;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Handshake;

/// <summary>The server's first message under the new keys. RFC 5246 7.4.9</summary>
internal sealed class ExpectFinished(HandshakeContext context, AgreedKeys keys, NewSessionTicket? ticket) : HandshakeState
{
    internal override string Expected => "Finished";

    internal override HandshakeState Handle(in HandshakeMessage message)
    {
        if (message.Body is not Finished theirs) throw Unexpected(message);
        FinishedVerified finished = FinishedVerified.Check(context, keys.Negotiated, theirs);
        if (keys.Resumed is not null)
        {
            // RFC 5246 7.3, figure 2: in an abbreviated handshake the server is first, and the client's Finished covers the server's.
            context.Transcript.Append(message.Raw);
            context.SendFinished(keys.Negotiated.Suite, keys.Client);
        }
        return new Traffic(context, keys, finished, StoreSession(finished));
    }

    /// <summary>Remembers the session when the server said how it will know it again. True when there is something new to remember.</summary>
    private bool StoreSession(FinishedVerified finished)
    {
        // RFC 5077 3.3: an empty ticket means that the server changed its mind about promising one; what was known before stays good.
        ReadOnlyMemory<byte> newTicket = ticket?.Ticket ?? ReadOnlyMemory<byte>.Empty;
        // RFC 5077 3.4: a session ID beside a ticket says nothing. In a resumption the ID is the one that was offered, or an echo of our random one.
        ReadOnlyMemory<byte> newId = newTicket.IsEmpty && keys.Resumed is null ? keys.Negotiated.SessionId : ReadOnlyMemory<byte>.Empty;
        if (context.Options.SessionCache is not { } cache || (newTicket.IsEmpty && newId.IsEmpty)) return false;
        cache.Store(context.SessionKey,
            ResumableSession.Of(keys, finished, newId, newTicket, ticket?.LifetimeHint ?? 0, context.UtcNow, context.Secrets.Master));
        return true;
    }
}
