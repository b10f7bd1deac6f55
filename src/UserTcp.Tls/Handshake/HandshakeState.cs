namespace UserTcp.Tls.Handshake;

/// <summary>A place in the handshake: knows which message may come and makes the next state of it (RFC 5246 7.3, figure 1).</summary>
internal abstract class HandshakeState
{
    /// <summary>What may come now, for messages.</summary>
    internal abstract string Expected { get; }

    /// <summary>Handles a message and returns the next state.</summary>
    /// <exception cref="TlsException">The message may not come now, or something in it is wrong.</exception>
    internal abstract HandshakeState Handle(in HandshakeMessage message);

    /// <summary>Handles ChangeCipherSpec, which is no handshake message.</summary>
    /// <exception cref="TlsException">It may not come now: taking it early would let keys be used that nobody agreed on (CVE-2014-0224).</exception>
    internal virtual HandshakeState HandleChangeCipherSpec()
        => throw new TlsException(TlsError.UnexpectedChangeCipherSpec, $"the server sent ChangeCipherSpec; {Expected} was wanted");

    private protected TlsException Unexpected(in HandshakeMessage message)
        => new(TlsError.UnexpectedMessage, $"the server sent {message.Body.Type}; {Expected} was wanted");
}
