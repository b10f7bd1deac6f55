namespace UserTcp.Tls;

/// <summary>Fills <paramref name="destination"/> with random bytes. The engine takes its hello random and its ephemeral key from here and has no other source.</summary>
/// <param name="destination">Filled completely. Secret: keys are made of it.</param>
public delegate void TlsRandomSource(Span<byte> destination);
