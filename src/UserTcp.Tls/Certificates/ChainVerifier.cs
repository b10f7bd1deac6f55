namespace UserTcp.Tls.Certificates;

/// <summary>Everything that was found out about a server's certificates.</summary>
/// <param name="Path">From the server's certificate to the trust anchor; only the former when there is no path.</param>
/// <param name="Findings">Every check: validity, issuer and host name first.</param>
internal sealed record ChainVerdict(IReadOnlyList<CertificateDetails> Path, IReadOnlyList<Finding> Findings)
{
    /// <summary>The first check that failed; null when the chain is good.</summary>
    internal Finding? Failure => Findings.FirstOrDefault(finding => !finding.Passed);
}

/// <summary>Verifies a server's certificates: RFC 5280 6.1 for the path, RFC 9525 for the name, RFC 9325 for the strength.</summary>
internal static class ChainVerifier
{
    /// <summary>Makes every check and says what each found.</summary>
    /// <param name="chainDer">The certificates as sent, the server's own first (RFC 5246 7.4.2); the others in any order, also superfluous ones.</param>
    /// <param name="reference">Whom the server should be; null to verify only that the chain is good.</param>
    /// <param name="anchors">Whom to trust.</param>
    /// <param name="utcNow">The time.</param>
    /// <param name="use">How the server's key is used.</param>
    /// <param name="budget">How much work the chain may cause.</param>
    /// <exception cref="TlsException">There is no certificate, or the server's own cannot be read.</exception>
    internal static ChainVerdict Verify(
        IReadOnlyList<byte[]> chainDer, ReferenceIdentity? reference, TrustStore anchors, DateTimeOffset utcNow, ServerKeyUse use, PathBudget budget)
    {
        CertificateDetails server = ReadServer(chainDer);
        var builder = new PathBuilder(ReadIntermediates(chainDer), anchors, utcNow, budget);
        Finding? pathFailure = builder.Build(server);

        var findings = new List<Finding> { CertificateRules.Validity(server, utcNow), Issuer(server, builder, pathFailure) };
        if (reference is not null) findings.Add(ServerRules.HostName(server, reference));
        findings.Add(CertificateRules.Profile(server));
        findings.Add(CertificateRules.CriticalExtensions(server));
        findings.Add(CertificateRules.KeyStrength(server));
        findings.Add(ServerRules.KeyType(server, use));
        findings.Add(ServerRules.SigningUsage(server));
        findings.Add(ServerRules.Purpose(server));
        if (!anchors.Contains(server)) findings.Add(ServerRules.NotAnAuthority(server));
        findings.AddRange(builder.Findings);
        return new ChainVerdict(builder.Path, findings);
    }

    /// <summary>Reads the server's own certificate.</summary>
    internal static CertificateDetails ReadServer(IReadOnlyList<byte[]> chainDer)
    {
        if (chainDer.Count == 0) throw new TlsException(TlsError.CertificateListEmpty, "The server sent no certificate; wanted its own and those of its authorities");
        return CertificateParser.TryParse(chainDer[0], out CertificateDetails? server, out string defect)
            ? server
            : throw new TlsException(TlsError.CertificateMalformed,
                $"The server's certificate cannot be read: {defect}; wanted the DER of a version 3 certificate. Have it issued again");
    }

    /// <summary>Reads the others. One that cannot be read is left out: it may be superfluous, and if it is not, its absence will be told.</summary>
    internal static IReadOnlyList<CertificateDetails> ReadIntermediates(IReadOnlyList<byte[]> chainDer)
    {
        var intermediates = new List<CertificateDetails>();
        foreach (byte[] der in chainDer.Skip(1))
        {
            if (CertificateParser.TryParse(der, out CertificateDetails? certificate, out _)) intermediates.Add(certificate);
        }
        return intermediates;
    }

    private static Finding Issuer(CertificateDetails server, PathBuilder builder, Finding? failure)
    {
        if (failure is null)
        {
            return Finding.Of(CertificateCheckKind.Issuer, server, true,
                builder.Path.Count == 1 ? "itself a trust anchor" : $"signed by {string.Join(", by ", builder.Path.Skip(1).Select(c => c.Subject))}",
                "signatures that lead to a trust anchor", "RFC 5280 6.1", TlsError.None, "");
        }
        // One of the rules failed on the way: the issuer check fails for that very reason, and keeps what was seen of which certificate.
        string subject = failure.Check.Subject;
        string seen = failure.Check.Kind == CertificateCheckKind.Issuer ? failure.Check.Seen : $"{failure.Check.Kind} of {subject}: {failure.Check.Seen}";
        return failure with { Check = failure.Check with { Kind = CertificateCheckKind.Issuer, Subject = server.Subject.ToString(), Seen = seen } };
    }
}
