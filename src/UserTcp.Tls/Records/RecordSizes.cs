namespace UserTcp.Tls.Records;

/// <summary>How much a protected record may hold when the two ends agreed on less than <see cref="RecordLimits.Plaintext"/>, in bytes.</summary>
/// <param name="Send">What the server takes.</param>
/// <param name="Receive">What the client takes.</param>
/// <param name="WithSession">Whether it holds for resumptions too: max_fragment_length does (RFC 6066 4), record_size_limit does not (RFC 8449 4).</param>
internal sealed record RecordSizes(int Send, int Receive, bool WithSession);
