namespace UserTcp.TlsPeer;

/// <summary>A TLS client: 1.2, X25519, AES-128-GCM, the server's chain and host name verified.</summary>
internal interface ITlsClient
{
    /// <summary>Shakes hands. With <paramref name="resume"/> from the session before, where there is one; it must be a full handshake without.</summary>
    Task<Stream> ConnectAsync(Stream inner, bool resume);
}
