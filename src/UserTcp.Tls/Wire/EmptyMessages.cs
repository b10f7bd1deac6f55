namespace UserTcp.Tls.Wire;

/// <summary>The server would like a new handshake (RFC 5246 7.4.1.1). Not part of the transcript.</summary>
public sealed record HelloRequest : HandshakeBody
{
    /// <inheritdoc/>
    public override HandshakeType Type => HandshakeType.HelloRequest;

    internal override void WriteBody(ref TlsWriter writer) { }
}

/// <summary>The server's flight is complete (RFC 5246 7.4.5).</summary>
public sealed record ServerHelloDone : HandshakeBody
{
    /// <inheritdoc/>
    public override HandshakeType Type => HandshakeType.ServerHelloDone;

    internal override void WriteBody(ref TlsWriter writer) { }
}
