using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Handshake;

/// <summary>A handshake message that came in.</summary>
internal readonly ref struct HandshakeMessage(HandshakeBody body, ReadOnlySpan<byte> raw, TlsStreamRange range)
{
    /// <summary>The message, parsed.</summary>
    internal HandshakeBody Body { get; } = body;

    /// <summary>Type, length and body as they were on the wire: what the transcript hashes.</summary>
    internal ReadOnlySpan<byte> Raw { get; } = raw;

    /// <summary>The records that carried it.</summary>
    internal TlsStreamRange Range { get; } = range;
}
