namespace UserTcp.Tls.Wire;

/// <summary>A ticket with which the session could be resumed (RFC 5077 3.3).</summary>
/// <param name="LifetimeHint">Seconds; 0 says nothing.</param>
/// <param name="Ticket">Opaque; empty when the server changed its mind.</param>
public sealed record NewSessionTicket(uint LifetimeHint, ReadOnlyMemory<byte> Ticket) : HandshakeBody
{
    /// <inheritdoc/>
    public override HandshakeType Type => HandshakeType.NewSessionTicket;

    internal override void WriteBody(ref TlsWriter writer)
    {
        writer.WriteUInt32(LifetimeHint);
        writer.WriteVector16(Ticket.Span);
    }

    internal static NewSessionTicket? Read(ref TlsReader reader)
        => reader.TryReadUInt32(out uint lifetime) && reader.TryReadVector16(out ReadOnlySpan<byte> ticket)
            ? new NewSessionTicket(lifetime, ticket.ToArray()) : null;
}
