using UserTcp.Tls.Crypto;

namespace UserTcp.Tls.Certificates;

/// <summary>Proof that the server's certificates were verified, or that the caller waived it in so many words.</summary>
/// <remarks>The constructor is private: whoever holds one has passed <see cref="Check"/> or called <see cref="Waived"/>.</remarks>
public sealed class CertificateVerified
{
    private readonly CertificateDetails[] _path;
    private readonly IReadOnlyList<Finding> _findings;
    private CertificateInfo[]? _shown;
    private CertificateCheck[]? _checks;

    private CertificateVerified(IEnumerable<CertificateDetails> path, ServerPublicKey leafKey, IReadOnlyList<Finding> findings, ServerEvidence evidence, string? waivedReason)
    {
        _path = [.. path];
        LeafKey = leafKey;
        _findings = findings;
        OcspStaple = evidence.Staple;
        SignedCertificateTimestamps = evidence.SignedCertificateTimestamps;
        WaivedReason = waivedReason;
    }

    /// <summary>The certificates from the server's to the trust anchor's, both included; as sent when the check was waived.</summary>
    public IReadOnlyList<CertificateInfo> Path => _shown ??= [.. _path.Select(certificate => certificate.ToInfo())];    // few ask, and some servers have a hundred names

    /// <summary>Why nothing was checked; null when everything was.</summary>
    public string? WaivedReason { get; }

    /// <summary>What was checked: validity, issuer and host name first. Empty when waived.</summary>
    public IReadOnlyList<CertificateCheck> Checks => _checks ??= [.. _findings.Select(finding => finding.Check)];    // put into words for those who ask

    /// <summary>The OCSP response that the server stapled, in DER; empty for none. Verified, unless everything was waived.</summary>
    public ReadOnlyMemory<byte> OcspStaple { get; }

    /// <summary>The SignedCertificateTimestampList that the server sent (RFC 6962 3.3); empty for none. Not verified.</summary>
    public ReadOnlyMemory<byte> SignedCertificateTimestamps { get; }

    /// <summary>The server's public key.</summary>
    internal ServerPublicKey LeafKey { get; }

    /// <summary>Verifies the server's certificates.</summary>
    /// <param name="evidence">What the server sent.</param>
    /// <param name="question">Whom to trust, whom to find, and when.</param>
    /// <param name="report">Told of every check, also of those that fail, before anything is thrown.</param>
    /// <exception cref="TlsException">A check failed; the first that did is told, in the order of <see cref="Checks"/>.</exception>
    internal static CertificateVerified Check(ServerEvidence evidence, ChainQuestion question, Action<CertificateCheck>? report)
    {
        ChainVerdict verdict = ChainVerifier.Verify(evidence, question);
        if (report is not null)
        {
            foreach (Finding finding in verdict.Findings) report(finding.Check);
        }
        if (verdict.Failure is { } failure) throw failure.ToException();
        return new CertificateVerified(verdict.Path, AcceptableKey(verdict.Path[0]), verdict.Findings, evidence, null);
    }

    /// <summary>Reads the certificates and trusts them. What the suite asks of the key itself still holds: without it the handshake would be another one than was agreed.</summary>
    /// <param name="evidence">What the server sent.</param>
    /// <param name="use">How the cipher suite uses the server's key.</param>
    /// <param name="reason">Why, for everybody to see.</param>
    /// <exception cref="TlsException">The server's certificate cannot be read, or its key cannot be used.</exception>
    internal static CertificateVerified Waived(ServerEvidence evidence, ServerKeyUse use, string reason)
    {
        CertificateDetails server = ChainVerifier.ReadServer(evidence.Chain);
        ServerPublicKey key = AcceptableKey(server);
        foreach (Finding finding in (Finding[])[ServerRules.KeyType(server, use), ServerRules.SigningUsage(server)])
            if (!finding.Passed) throw finding.ToException();
        IEnumerable<CertificateDetails> others = evidence.Chain.Skip(1).Select(der => IssuerCandidate.From(der)?.Details).OfType<CertificateDetails>();
        return new CertificateVerified(others.Prepend(server), key, [], evidence, reason);
    }

    private static ServerPublicKey AcceptableKey(CertificateDetails server) => server.Key ?? throw CertificateRules.KeyStrength(server).ToException();
}
