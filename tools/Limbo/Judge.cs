using UserTcp.Tls;
using UserTcp.Tls.Certificates;

namespace UserTcp.Limbo;

/// <summary>A verdict on a case.</summary>
/// <param name="Actual">"SUCCESS", "FAILURE" or "SKIPPED".</param>
/// <param name="Reason">Why.</param>
internal sealed record Verdict(string Actual, string Reason);

/// <summary>Verifies the certificates of a case with the verifier that a handshake uses.</summary>
internal static class Judge
{
    internal static Verdict On(LimboCase testCase)
    {
        try
        {
            ReferenceIdentity? peer = testCase.PeerName is { } name
                ? ReferenceIdentity.Parse(name) ?? throw new InvalidDataException($"\"{name}\" is neither a DNS name nor an IP address")
                : null;
            // The cases are about the Web's authorities, so their anchors count as a system's bundle does.
            TrustStore anchors = TrustStore.Create(testCase.Anchors, "the case", CertificateProfile.Public);
            ChainVerdict verdict = ChainVerifier.Verify(new ServerEvidence(testCase.Chain), new ChainQuestion(anchors, testCase.Time ?? CommonTime(testCase))
            {
                Reference = peer,
                RevocationLists = [.. testCase.RevocationLists.Select(RevocationList.Read)],
                Purpose = testCase.ForClients ? TlsPurpose.Client : TlsPurpose.Server,
                Budget = PathBudget.Default with { Intermediates = testCase.MaxIntermediates ?? TlsBudgets.PathIntermediates },
            });
            return verdict.Failure is { } failure
                ? new("FAILURE", failure.ToException().Message)
                : new("SUCCESS", string.Join(" <- ", verdict.Path.Select(certificate => certificate.Subject)));
        }
        catch (TlsException e)
        {
            return new("FAILURE", e.Message);
        }
    }

    /// <summary>Where time shall not matter: the first moment at which none of the certificates is still to become valid.</summary>
    private static DateTimeOffset CommonTime(LimboCase testCase) =>
        testCase.Chain.Concat(testCase.Anchors)
            .Select(der => CertificateParser.TryParse(der, out CertificateDetails? certificate, out _) ? certificate.NotBefore : DateTimeOffset.MinValue)
            .Max();
}
