using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Handshake;

/// <summary>Makes the offer. RFC 5246 7.4.1.2</summary>
internal static class ClientHelloFactory
{
    /// <summary>As long as can be, so that no server has one like it by chance. RFC 5246 7.4.1.2</summary>
    private const int SessionIdSize = 32;

    internal static ClientHello Create(HandshakeContext context)
    {
        TlsClientOptions options = context.Options;
        // All 32 bytes are random: the clock that RFC 5246 puts into the first four tells strangers about us.
        byte[] clientRandom = new byte[ClientHello.RandomSize];
        context.Random(clientRandom);

        var extensions = new List<TlsExtension>();
        if (context.SentServerName is { } name) extensions.Add(Extensions.ServerName(name));
        extensions.Add(Extensions.ExtendedMasterSecret());
        extensions.Add(Extensions.RenegotiationInfo());
        extensions.Add(Extensions.SupportedGroups(options.Groups));
        extensions.Add(Extensions.EcPointFormats());
        if (options.SessionCache is not null) extensions.Add(Extensions.SessionTicket(context.OfferedSession?.Ticket ?? ReadOnlyMemory<byte>.Empty));
        if (options.ApplicationProtocols.Count > 0) extensions.Add(Extensions.ApplicationProtocols(options.ApplicationProtocols));
        if (options.RequestCertificateStatus) extensions.Add(Extensions.StatusRequest());
        if (options.RequestSignedCertificateTimestamps) extensions.Add(Extensions.SignedCertificateTimestamp());
        extensions.AddRange(RecordSizeNegotiation.Offer(options.MaxRecordSize));
        // Not last by accident: some old servers choke on a hello that ends with an empty extension.
        extensions.Add(Extensions.SignatureAlgorithms(options.SignatureSchemes));

        return new ClientHello(TlsVersion.Tls12, clientRandom, SessionId(context), options.OfferedSuites, new byte[] { 0 }, extensions);
    }

    /// <summary>What the server will echo when it resumes: the session's ID or, beside a ticket, one that we make up. RFC 5077 3.4</summary>
    private static ReadOnlyMemory<byte> SessionId(HandshakeContext context)
    {
        if (context.OfferedSession is not { Ticket.IsEmpty: false } session) return context.OfferedSession?.Id ?? ReadOnlyMemory<byte>.Empty;
        byte[] id = new byte[SessionIdSize];
        context.Random(id);
        return id;
    }
}
