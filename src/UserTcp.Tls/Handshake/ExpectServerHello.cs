using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Handshake;

/// <summary>The ClientHello is out: the server chooses. RFC 5246 7.4.1.3</summary>
internal sealed class ExpectServerHello(HandshakeContext context, ClientHello offer) : HandshakeState
{
    private static ReadOnlySpan<byte> DowngradeFromTls13 => "DOWNGRD\x01"u8;
    private static ReadOnlySpan<byte> DowngradeFromTls12 => "DOWNGRD\0"u8;

    internal override string Expected => "ServerHello";

    internal override HandshakeState Handle(in HandshakeMessage message)
    {
        if (message.Body is not ServerHello hello) throw Unexpected(message);

        if (hello.Version != TlsVersion.Tls12)
        {
            throw new TlsException(TlsError.ProtocolVersion, $"the server chose {hello.Version.Name()}; TLS 1.2 was offered. "
                + "Versions before 1.2 are insecure and refused (RFC 8996)");
        }
        context.Reader.VersionNegotiated();
        if (!offer.CipherSuites.Contains(hello.CipherSuite))
            throw new TlsException(TlsError.CipherSuiteNotOffered, $"the server chose {hello.CipherSuite.Name()}, which was not offered");
        if (hello.CompressionMethod != 0)   // only null was offered: compression leaks secrets (CRIME)
            throw new TlsException(TlsError.CompressionMethod, $"the server chose compression {hello.CompressionMethod}; only null (0) was offered");

        ReportDowngradeSentinel(hello.Random.Span[^8..]);
        SuiteParameters suite = SuiteParameters.Of(hello.CipherSuite);
        context.Transcript.Begin(context.Crypto.CreateHash(suite.Hash));
        return new ExpectCertificate(context, ServerHelloExtensions.Check(offer, context.Options.ApplicationProtocols, hello, suite));
    }

    /// <summary>RFC 8446 4.1.3: a server that could do better says so in its random. We offer 1.2 only, so it is no attack and never an error.</summary>
    private void ReportDowngradeSentinel(ReadOnlySpan<byte> tail)
    {
        if (tail.SequenceEqual(DowngradeFromTls13)) context.Events?.Raise(new DowngradeSentinelSeen(TlsVersion.Tls13));
        else if (tail.SequenceEqual(DowngradeFromTls12)) context.Events?.Raise(new DowngradeSentinelSeen(TlsVersion.Tls12));
    }
}
