using UserTcp.Tls.Records;
using UserTcp.Tls.Sessions;
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
            throw new TlsException(TlsError.ProtocolVersion, $"the server chose {hello.Version.Name()}; TLS 1.2 was offered, and {(hello.Version < TlsVersion.Tls12 ? "what is older is insecure and refused" : "nothing newer can be chosen")}");
        }
        context.Reader.VersionNegotiated();
        context.Writer.VersionNegotiated();
        if (!offer.CipherSuites.Contains(hello.CipherSuite))
            throw new TlsException(TlsError.CipherSuiteNotOffered, $"the server chose {hello.CipherSuite.Name()}; one of {string.Join(", ", offer.CipherSuites.Select(suite => suite.Name()))} was wanted");
        if (hello.CompressionMethod != 0)   // only null was offered: compression leaks secrets (CRIME)
            throw new TlsException(TlsError.CompressionMethod, $"the server chose compression {hello.CompressionMethod}; only null (0) was offered");

        ReportDowngradeSentinel(hello.Random.Span[^8..]);
        SuiteParameters suite = SuiteParameters.Of(hello.CipherSuite);
        context.Transcript.Begin(context.Crypto.CreateHash(suite.Hash));
        Negotiated negotiated = ServerHelloExtensions.Check(offer, context.Options.ApplicationProtocols, hello, suite);
        // RFC 5246 7.4.1.3, RFC 5077 3.4: the server resumes when it echoes the session ID that came with the offer.
        if (context.OfferedSession is { } session && hello.SessionId.Span.SequenceEqual(offer.SessionId.Span)) return Resume(session, negotiated);
        context.OfferedSession?.Dispose();
        context.LimitRecords(negotiated.RecordSizes);
        return new ExpectCertificate(context, negotiated);
    }

    /// <summary>The server remembers: keys come from the old master secret and the new randoms. What the session was made with must not have changed.</summary>
    private HandshakeState Resume(ResumableSession session, Negotiated negotiated)
    {
        if (negotiated.Suite != session.Suite)
        {
            throw new TlsException(TlsError.ResumedWithOtherSuite,
                $"the server resumed a session of {session.Suite.Suite.Name()} with {negotiated.Suite.Suite.Name()}; the session's own suite was wanted");
        }
        if (negotiated.ExtendedMasterSecret && !session.ExtendedMasterSecret)
            throw new TlsException(TlsError.ResumedWithExtendedMasterSecret, "the server resumed a session without extended master secret and says that it has it; the same as before was wanted");
        if (!negotiated.ExtendedMasterSecret && session.ExtendedMasterSecret)
            throw new TlsException(TlsError.ResumedWithoutExtendedMasterSecret, "the server resumed a session with extended master secret and does not say so; the same as before was wanted");

        context.LimitRecords(negotiated.RecordSizes ?? session.RecordSizes);
        context.Secrets.Resume(session.Master);
        session.Dispose();
        context.Events?.Raise(new SessionResumed(!session.Ticket.IsEmpty, session.AuthenticatedAt));
        context.LogKeys(negotiated);
        (RecordProtection client, RecordProtection server) = context.Secrets.DeriveKeys(session.Suite, negotiated.ClientRandom.Span, negotiated.ServerRandom.Span);
        var keys = new AgreedKeys(negotiated, session.Certificate, session.Signature, client, server, session);
        return negotiated.TicketPromised ? new ExpectNewSessionTicket(context, keys) : new ExpectChangeCipherSpec(context, keys, null);
    }

    /// <summary>RFC 8446 4.1.3: a server that could do better says so in its random. We offer 1.2 only, so it is no attack and never an error.</summary>
    private void ReportDowngradeSentinel(ReadOnlySpan<byte> tail)
    {
        if (tail.SequenceEqual(DowngradeFromTls13)) context.Events?.Raise(new DowngradeSentinelSeen(TlsVersion.Tls13));
        else if (tail.SequenceEqual(DowngradeFromTls12)) context.Events?.Raise(new DowngradeSentinelSeen(TlsVersion.Tls12));
    }
}
