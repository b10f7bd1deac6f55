namespace UserTcp.Tls.Certificates;

/// <summary>A certificate that may be an issuer: a trust anchor, or one that the server sent along.</summary>
/// <remarks>Parsed beyond its subject only when a path asks for it.</remarks>
internal sealed class IssuerCandidate
{
    private readonly Lazy<(CertificateDetails? Details, string Defect)> _parsed;

    private IssuerCandidate(byte[] der, DistinguishedName subject)
    {
        Der = der;
        Subject = subject;
        _parsed = new(() => CertificateParser.TryParse(der, out CertificateDetails? details, out string defect) ? (details, "") : (null, defect));
    }

    internal byte[] Der { get; }

    internal DistinguishedName Subject { get; }

    /// <summary>The certificate; null when it is malformed, as <see cref="Defect"/> says.</summary>
    internal CertificateDetails? Details => _parsed.Value.Details;

    /// <summary>What is malformed; empty when nothing is.</summary>
    internal string Defect => _parsed.Value.Defect;

    /// <summary>Null when not even the subject can be read, so that nobody can ask for it.</summary>
    internal static IssuerCandidate? From(byte[] der) => CertificateParser.TryReadSubject(der, out DistinguishedName? subject) ? new(der, subject) : null;
}
