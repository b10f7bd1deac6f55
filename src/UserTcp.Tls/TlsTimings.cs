namespace UserTcp.Tls;

/// <summary>Where the time of a handshake went.</summary>
/// <param name="ServerFlight">Sending the ClientHello and waiting for what the server answers: a round trip and the server's work.</param>
/// <param name="Confirmation">Sending the client's Finished and waiting for the server's: another round trip. Next to nothing in a resumption, where the server's comes first.</param>
/// <param name="Computing">The client's own work: certificates, signatures, key exchange.</param>
public sealed record TlsTimings(TimeSpan ServerFlight, TimeSpan Confirmation, TimeSpan Computing)
{
    /// <summary>All of it.</summary>
    public TimeSpan Total => ServerFlight + Confirmation + Computing;
}
