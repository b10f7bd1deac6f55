namespace UserTcp.Tls.Certificates;

/// <summary>Everything that was found out about a server's certificates.</summary>
/// <param name="Path">From the server's certificate to the trust anchor; when there is no path, to the certificate where the most telling attempt ended.</param>
/// <param name="Findings">Every check: validity, issuer and host name first.</param>
/// <param name="Failure">The first check that failed; null when the chain is good.</param>
internal sealed record ChainVerdict(IReadOnlyList<CertificateDetails> Path, IReadOnlyList<Finding> Findings, Finding? Failure);

/// <summary>Verifies a server's certificates: RFC 5280 6.1 for the path, RFC 9525 for the name, RFC 9325 for the strength.</summary>
internal static class ChainVerifier
{
    /// <summary>How many findings there are of the server's own certificate.</summary>
    private const int MostFindings = 14;

    /// <summary>Makes every check and says what each found.</summary>
    /// <param name="evidence">What the server sent: its own certificate first (RFC 5246 7.4.2), the others in any order, also superfluous ones.</param>
    /// <param name="question">What is asked.</param>
    /// <exception cref="TlsException">There is no certificate, or the server's own cannot be read.</exception>
    internal static ChainVerdict Verify(ServerEvidence evidence, ChainQuestion question)
    {
        VerifiedChain? known = question.Remembered?.Find(evidence.Chain, question.Crypto);
        CertificateDetails server = known?.Server ?? ReadServer(evidence.Chain);
        IReadOnlyList<IssuerCandidate> intermediates = known?.Intermediates ?? Intermediates(evidence.Chain);
        var builder = new PathBuilder(intermediates, question, known);
        Finding? pathFailure = builder.Build(server);

        Finding issuer = Issuer(server, builder, pathFailure);
        IReadOnlyList<Finding> ofPath = pathFailure is null ? builder.Findings : builder.AttemptFindings;
        var findings = new List<Finding>(ofPath.Count + MostFindings) { CertificateRules.Validity(server, question.UtcNow), issuer };
        if (question.Reference is { } reference) findings.Add(ServerRules.HostName(server, reference));
        findings.Add(CertificateRules.Profile(server));
        findings.Add(CertificateRules.CriticalExtensions(server));
        findings.Add(CertificateRules.KeyStrength(server));
        if (question.KeyUse is { } use) findings.Add(ServerRules.KeyType(server, use));
        if (!question.Anchors.Contains(server))
        {
            // What does not hold for a certificate that is trusted by itself.
            findings.Add(ServerRules.NotAnAuthority(server));
            if (question.Anchors.Profile == CertificateProfile.Public)
                findings.Add(question.Purpose == TlsPurpose.Server ? PublicRules.Server(server) : PublicRules.Client(server));
        }
        findings.Add(ServerRules.SigningUsage(server));
        findings.Add(ServerRules.Purpose(server, question.Purpose));
        findings.AddRange(ofPath);
        if (pathFailure is not null && pathFailure.Kind != CertificateCheckKind.Issuer) findings.Add(pathFailure);

        if (pathFailure is null)
        {
            if (question.RevocationLists.Count > 0) findings.AddRange(Revocations(builder.Path, question));
            if (OcspRule.Check(evidence, server, builder.Path.Count > 1 ? builder.Path[1] : null, question.UtcNow, question.Crypto) is { } status) findings.Add(status);
        }

        Finding? failure = findings.Find(finding => !finding.Passed);
        if (failure is null && known is null) question.Remembered?.Remember(evidence.Chain, question.Crypto, new VerifiedChain(server, intermediates, builder.Path));
        return new ChainVerdict(pathFailure is null ? builder.Path : builder.Attempt, findings, failure == issuer ? pathFailure : failure);
    }

    /// <summary>What was sent beside the server's own, as far as its subject can be read.</summary>
    private static List<IssuerCandidate> Intermediates(IReadOnlyList<byte[]> chain)
    {
        var intermediates = new List<IssuerCandidate>(chain.Count);
        for (int i = 1; i < chain.Count; i++)
        {
            if (IssuerCandidate.From(chain[i]) is { } candidate) intermediates.Add(candidate);
        }
        return intermediates;
    }

    /// <summary>RFC 5280 6.3: each certificate of the path against the lists of the one that issued it.</summary>
    private static IEnumerable<Finding> Revocations(IReadOnlyList<CertificateDetails> path, ChainQuestion question) =>
        path.Zip(path.Skip(1)).SelectMany(pair => question.RevocationLists.Where(list => list.Issuer.Equals(pair.First.Issuer))
            .Select(list => list.Check(pair.First, pair.Second, question.UtcNow, question.Crypto)));

    /// <summary>Reads the server's own certificate.</summary>
    internal static CertificateDetails ReadServer(IReadOnlyList<byte[]> chainDer)
    {
        if (chainDer.Count == 0)
            throw new TlsException(TlsError.CertificateListEmpty, "the server sent no certificate; wanted its own and those of its authorities");
        return CertificateParser.TryParse(chainDer[0], out CertificateDetails? server, out string defect)
            ? server
            : throw new TlsException(TlsError.CertificateUnreadable,
                $"the server's certificate cannot be read: {defect}; wanted the DER of a version 3 certificate");
    }

    private static Finding Issuer(CertificateDetails server, PathBuilder builder, Finding? failure)
    {
        if (failure is null)
        {
            IReadOnlyList<CertificateDetails> path = builder.Path;
            return Finding.Of(CertificateCheckKind.Issuer, server, true,
                path.Count == 1 ? "itself a trust anchor" : new Wording(_ => $"signed by {string.Join(", by ", path.Skip(1).Select(c => c.Subject))}"),
                "signatures that lead to a trust anchor", "RFC 5280 6.1", TlsError.None, "");
        }
        // A rule that an issuer broke leaves no path: the issuer check fails for that reason, and the rule's own finding follows below.
        return failure.Kind == CertificateCheckKind.Issuer ? failure : Finding.Of(CertificateCheckKind.Issuer, server, false,
            $"no acceptable path: {failure.Kind} of {failure.Check.Subject}", "signatures that lead to a trust anchor", "RFC 5280 6.1",
            failure.Error, failure.Advice);
    }
}
