namespace UserTcp;

/// <summary>The answer to an echo request (RFC 792).</summary>
/// <param name="RoundTrip">From request to reply.</param>
/// <param name="TimeToLive">The hops that the reply had left.</param>
/// <param name="Bytes">Bytes of data in the reply.</param>
public readonly record struct PingReply(TimeSpan RoundTrip, byte TimeToLive, int Bytes);
