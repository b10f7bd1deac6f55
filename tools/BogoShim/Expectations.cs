using System.Security.Cryptography;
using UserTcp.Tls;
using UserTcp.Tls.Wire;

namespace UserTcp.BogoShim;

/// <summary>Compares what was agreed with the test's <c>-expect-</c> flags.</summary>
internal static class Expectations
{
    /// <exception cref="ExpectationException">The first that differs.</exception>
    internal static void Check(ShimFlags flags, TlsSessionInfo session, HandshakeRecorder recorder, bool isResumption)
    {
        bool wantResumed = isResumption && !flags.ExpectsSessionMiss;
        Require(session.Resumed == wantResumed, $"resumed is {session.Resumed}, wanted {wantResumed}");
        bool wantStored = !flags.ExpectsNoSession && (!session.Resumed || flags.ExpectsTicketRenewal);
        Require(session.SessionStored == wantStored, $"a new session is {session.SessionStored}, wanted {wantStored}");
        Require((session.ApplicationProtocol ?? "") == flags.ExpectedApplicationProtocol, $"ALPN is {session.ApplicationProtocol}, wanted {flags.ExpectedApplicationProtocol}");
        Require(flags.ExpectedGroup is null || session.Group == flags.ExpectedGroup, $"group is {session.Group.Name()}, wanted {flags.ExpectedGroup?.Name()}");
        Require(flags.ExpectedSignatureScheme is null || session.SignatureScheme == flags.ExpectedSignatureScheme,
            $"signature is {session.SignatureScheme.Name()}, wanted {flags.ExpectedSignatureScheme?.Name()}");
        Require(session.ExtendedMasterSecret || !flags.ExpectsExtendedMasterSecret, "no extended master secret");
        Require(flags.ExpectedOcspResponse is null || session.Certificate.OcspStaple.Span.SequenceEqual(flags.ExpectedOcspResponse), "another OCSP response than the one wanted");
        Require(flags.ExpectedTimestamps is null || session.Certificate.SignedCertificateTimestamps.Span.SequenceEqual(flags.ExpectedTimestamps),
            "other certificate timestamps than those wanted");
        CheckRequest(flags, recorder.CertificateRequest);
        if (flags.ExpectedServerCertificates is { } file && recorder.ServerCertificates is { } sent)
            Require(Pem(file).SequenceEqual(sent.Certificates.Select(Convert.ToHexString)), "other server certificates than those of the file");
    }

    private static void CheckRequest(ShimFlags flags, CertificateRequest? request)
    {
        if (flags.ExpectedCertificateTypes is { } types)
            Require(request is not null && request.CertificateTypes.Span.SequenceEqual(types), "other certificate types than those wanted");
        if (flags.ExpectedAuthorities is { } authorities)
            Require(request is not null && authorities == string.Join(',', request.AuthorityNames.Select(Convert.ToHexStringLower)), "other authorities than those wanted");
        if (flags.ExpectedPeerVerifySchemes.Count > 0)
            Require(request is not null && request.SignatureSchemes.SequenceEqual(flags.ExpectedPeerVerifySchemes), "other signature schemes than those wanted");
    }

    private static string[] Pem(string file)
    {
        var certificates = new List<string>();
        for (ReadOnlySpan<char> text = File.ReadAllText(file); PemEncoding.TryFind(text, out PemFields fields); text = text[fields.Location.End..])
            certificates.Add(Convert.ToHexString(Convert.FromBase64String(text[fields.Base64Data].ToString())));
        return [.. certificates];
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds) throw new ExpectationException(otherwise);
    }
}
