namespace UserTcp.Tls.Certificates;

/// <summary>Where a certificate stands in the path.</summary>
public enum CertificateRole
{
    /// <summary>The server's own.</summary>
    Server,

    /// <summary>One that vouches for the one below it.</summary>
    Intermediate,

    /// <summary>One that is trusted by itself.</summary>
    Anchor,
}

/// <summary>A rule, and what it said.</summary>
/// <param name="Kind">The rule.</param>
/// <param name="Check">What was seen and wanted; null when it was not reached, because an earlier one failed.</param>
public sealed record ReportedRule(CertificateCheckKind Kind, CertificateCheck? Check);

/// <summary>A certificate of the path with every rule that holds for it.</summary>
/// <param name="Certificate">What it says.</param>
/// <param name="Role">Where it stands.</param>
/// <param name="Rules">The rules, in the order in which they are asked.</param>
public sealed record ReportedCertificate(CertificateInfo Certificate, CertificateRole Role, IReadOnlyList<ReportedRule> Rules);

/// <summary>Everything that was found out about a server's certificates, rule by rule, for a person to read.</summary>
public sealed class CertificateReport
{
    private CertificateReport(IReadOnlyList<ReportedCertificate> path, IReadOnlyList<CertificateInfo> unused, TlsException? failure)
    {
        Path = path;
        Unused = unused;
        Failure = failure;
    }

    /// <summary>From the server's certificate to the trust anchor; when there is no path, to where the most telling attempt ended.</summary>
    public IReadOnlyList<ReportedCertificate> Path { get; }

    /// <summary>What was sent and is not in the path, as far as it can be read.</summary>
    public IReadOnlyList<CertificateInfo> Unused { get; }

    /// <summary>Why a handshake would fail; null when it would not.</summary>
    public TlsException? Failure { get; }

    /// <summary>Verifies certificates as a handshake does, and reports.</summary>
    /// <param name="chain">The certificates, the server's own first; the others in any order. DER.</param>
    /// <param name="hostName">The DNS name or IP address that the server must prove to be; null to ask for none.</param>
    /// <param name="anchors">Whom to trust.</param>
    /// <param name="utcNow">The time.</param>
    /// <param name="staple">The OCSP response that was stapled; empty for none.</param>
    /// <param name="stapleRequested">Whether one was asked for, so that a certificate that promises one must come with it.</param>
    /// <param name="revocationLists">Revocation lists (RFC 5280 5) in DER, each complete and of an authority in the path. A certificate whose issuer's list is not
    /// among them is not judged by them.</param>
    /// <exception cref="TlsException">There is no certificate, the server's own or a revocation list cannot be read.</exception>
    /// <exception cref="ArgumentException"><paramref name="hostName"/> is neither a DNS name nor an IP address.</exception>
    public static CertificateReport Examine(
        IReadOnlyList<byte[]> chain, string? hostName, TrustStore anchors, DateTimeOffset utcNow, ReadOnlyMemory<byte> staple = default, bool stapleRequested = false,
        IReadOnlyList<byte[]>? revocationLists = null)
    {
        ArgumentNullException.ThrowIfNull(chain);
        ArgumentNullException.ThrowIfNull(anchors);
        ReferenceIdentity? reference = hostName is null ? null
            : ReferenceIdentity.Parse(hostName) ?? throw new ArgumentException($"\"{hostName}\" is neither a DNS name nor an IP address");
        var question = new ChainQuestion(anchors, utcNow) { Reference = reference, RevocationLists = [.. (revocationLists ?? []).Select(RevocationList.Read)] };
        ChainVerdict verdict = ChainVerifier.Verify(new ServerEvidence(chain, stapleRequested, staple), question);
        ReportedCertificate[] path = [.. verdict.Path.Select((certificate, i) => Report(certificate, RoleOf(certificate, i, anchors), verdict.Findings, question))];
        IEnumerable<CertificateDetails> unused = chain.Where(der => !verdict.Path.Any(c => c.Der.AsSpan().SequenceEqual(der)))
            .Select(der => IssuerCandidate.From(der)?.Details).OfType<CertificateDetails>();
        return new CertificateReport(path, [.. unused.Select(c => c.ToInfo())], verdict.Failure?.ToException());
    }

    private static CertificateRole RoleOf(CertificateDetails certificate, int place, TrustStore anchors) =>
        place == 0 ? CertificateRole.Server : anchors.Contains(certificate) ? CertificateRole.Anchor : CertificateRole.Intermediate;

    private static ReportedCertificate Report(CertificateDetails certificate, CertificateRole role, IReadOnlyList<Finding> findings, ChainQuestion question)
    {
        CertificateCheck[] made = [.. findings.Where(f => f.Certificate == certificate).Select(f => f.Check)];
        IEnumerable<ReportedRule> notReached = Rules(role, question).Except(made.Select(c => c.Kind)).Select(kind => new ReportedRule(kind, null));
        return new ReportedCertificate(certificate.ToInfo(), role, [.. made.Select(check => new ReportedRule(check.Kind, check)), .. notReached]);
    }

    private static IEnumerable<CertificateCheckKind> Rules(CertificateRole role, ChainQuestion question)
    {
        yield return CertificateCheckKind.Validity;
        if (role == CertificateRole.Server) yield return CertificateCheckKind.Issuer;
        if (role == CertificateRole.Server && question.Reference is not null) yield return CertificateCheckKind.HostName;
        yield return CertificateCheckKind.Profile;
        if (question.Anchors.Profile == CertificateProfile.Public) yield return CertificateCheckKind.PublicProfile;
        yield return CertificateCheckKind.CriticalExtensions;
        yield return CertificateCheckKind.KeyStrength;
        yield return CertificateCheckKind.BasicConstraints;
        yield return CertificateCheckKind.KeyUsage;
        yield return CertificateCheckKind.ExtendedKeyUsage;
        if (role != CertificateRole.Anchor) yield return CertificateCheckKind.SignatureStrength;
        if (role != CertificateRole.Anchor && question.RevocationLists.Count > 0) yield return CertificateCheckKind.Revocation;
        if (role == CertificateRole.Server) yield break;
        yield return CertificateCheckKind.PathLength;
        yield return CertificateCheckKind.NameConstraints;
    }
}
