namespace UserTcp.Limbo;

/// <summary>One case: certificates, what is asked of them, and the answer that is expected.</summary>
/// <param name="Id">Its name, such as "rfc5280::nc::permitted-dns-match".</param>
/// <param name="Expected">"SUCCESS" or "FAILURE".</param>
/// <param name="ForClients">The certificate is a TLS client's.</param>
/// <param name="Chain">The peer's certificate, then the others in the order given; DER.</param>
/// <param name="Anchors">The trust anchors; DER.</param>
/// <param name="Time">When it is verified; null when time shall not matter.</param>
/// <param name="PeerName">The name that the peer must have; null when none is asked for.</param>
/// <param name="MaxIntermediates">Most certificates between the peer's and the anchor; null for our own limit.</param>
/// <param name="RevocationLists">Revocation lists that the verifier has; DER.</param>
internal sealed record LimboCase(
    string Id, string Expected, bool ForClients, IReadOnlyList<byte[]> Chain, IReadOnlyList<byte[]> Anchors, DateTimeOffset? Time,
    string? PeerName, int? MaxIntermediates, IReadOnlyList<byte[]> RevocationLists);
