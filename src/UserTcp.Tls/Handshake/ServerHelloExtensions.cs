using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Handshake;

/// <summary>Checks the extensions of a ServerHello against what was offered. RFC 5246 7.4.1.4</summary>
internal static class ServerHelloExtensions
{
    internal static Negotiated Check(ClientHello offer, IReadOnlyList<string> protocols, ServerHello hello, SuiteParameters suite)
    {
        bool extendedMasterSecret = false, secureRenegotiation = false, ticketPromised = false, statusPromised = false;
        ReadOnlyMemory<byte> timestamps = default;
        string? applicationProtocol = null;

        foreach (TlsExtension extension in hello.Extensions)
        {
            // An answer to a question that was not asked. RFC 5246 7.4.1.4
            if (!offer.Offers(extension.Type))
                throw new TlsException(TlsError.ExtensionNotOffered, $"the server answered with extension {extension.Type.Name()}, which was not offered; answers to the offer were wanted");

            ReadOnlySpan<byte> data = extension.Data.Span;
            switch (extension.Type)
            {
                case ExtensionType.ServerName:              // RFC 6066 3: shall be empty
                    RequireEmpty(extension);
                    break;
                case ExtensionType.ExtendedMasterSecret:    // RFC 7627 5.1
                    RequireEmpty(extension);
                    extendedMasterSecret = true;
                    break;
                case ExtensionType.SessionTicket:           // RFC 5077 3.2
                    RequireEmpty(extension);
                    ticketPromised = true;
                    break;
                case ExtensionType.RenegotiationInfo:
                    // RFC 5746 3.4: on a first handshake renegotiated_connection must be empty, else somebody else began this connection.
                    if (!data.SequenceEqual((ReadOnlySpan<byte>)[0]))
                        throw new TlsException(TlsError.RenegotiationInfo, $"the server's renegotiation_info is {extension.Describe()}; empty was wanted, "
                            + "because this connection continues no other one");
                    secureRenegotiation = true;
                    break;
                case ExtensionType.ApplicationLayerProtocolNegotiation:
                    applicationProtocol = CheckProtocol(protocols, extension);
                    break;
                case ExtensionType.EcPointFormats:          // RFC 8422 5.1.2
                    if (!Extensions.TryParsePointFormats(data, out bool uncompressed)) throw Malformed(extension);
                    if (!uncompressed)
                        throw new TlsException(TlsError.PointFormat, $"the server's ec_point_formats are {extension.Describe()}; uncompressed must be among them");
                    break;
                case ExtensionType.StatusRequest:           // RFC 6066 8: shall be empty
                    RequireEmpty(extension);
                    statusPromised = true;
                    break;
                case ExtensionType.SignedCertificateTimestamp:
                    if (!Extensions.IsTimestampList(data)) throw Malformed(extension);
                    timestamps = extension.Data;
                    break;
                case ExtensionType.RecordSizeLimit or ExtensionType.MaxFragmentLength:
                    break;      // RecordSizeNegotiation sees them together
                case ExtensionType.SupportedGroups:
                    break;      // does not belong here (RFC 8422 5.1.1), but load balancers in use echo it; OpenSSL and BoringSSL look away too
                default:        // signature_algorithms: RFC 5246 7.4.1.4.1, servers must not send it
                    throw new TlsException(TlsError.ExtensionNotOffered, $"the server sent {extension.Type.Name()}, which only a client may send; answers to the offer were wanted");
            }
        }
        return new Negotiated(offer.Random, hello.Random, hello.SessionId, suite, extendedMasterSecret, secureRenegotiation, ticketPromised, applicationProtocol,
            statusPromised, timestamps)
        {
            RecordSizes = RecordSizeNegotiation.Check(offer, hello),
        };
    }

    private static string CheckProtocol(IReadOnlyList<string> offered, in TlsExtension answer)
    {
        if (!Extensions.TryParseSelectedProtocol(answer.Data.Span, out string? protocol)) throw Malformed(answer);
        if (!offered.Contains(protocol))
            throw new TlsException(TlsError.ApplicationProtocolNotOffered, $"the server chose {answer.Describe()}; {string.Join(", ", offered)} was offered");
        return protocol;
    }

    private static void RequireEmpty(in TlsExtension extension)
    {
        if (!extension.Data.IsEmpty) throw Malformed(extension);
    }

    /// <summary>For an answer that its RFC does not know.</summary>
    internal static TlsException Malformed(in TlsExtension extension)
        => new(TlsError.ExtensionMalformed, $"the server's extension {extension.Type.Name()} is malformed: {extension.Describe()}; what its RFC has a server answer was wanted");
}
