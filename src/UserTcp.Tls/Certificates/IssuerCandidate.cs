namespace UserTcp.Tls.Certificates;

/// <summary>A certificate that may be an issuer: a trust anchor, or one that the server sent along.</summary>
/// <remarks>Parsed beyond its subject only when a path asks for it.</remarks>
internal sealed class IssuerCandidate
{
    private CertificateDetails? _details;
    private string? _defect;

    private IssuerCandidate(byte[] der, DistinguishedName subject) => (Der, Subject) = (der, subject);

    internal byte[] Der { get; }

    internal DistinguishedName Subject { get; }

    /// <summary>The certificate, always the same object; null when it is malformed, as <see cref="Defect"/> says.</summary>
    internal CertificateDetails? Details
    {
        get
        {
            if (_details is not null || _defect is not null) return _details;
            // Two threads may parse it; the first one's is what both use.
            if (CertificateParser.TryParse(Der, out CertificateDetails? details, out string defect)) Interlocked.CompareExchange(ref _details, details, null);
            else _defect = defect;
            return _details;
        }
    }

    /// <summary>What is malformed; empty when nothing is.</summary>
    internal string Defect => Details is null ? _defect! : "";

    /// <summary>Null when not even the subject can be read, so that nobody can ask for it.</summary>
    internal static IssuerCandidate? From(byte[] der) => CertificateParser.TryReadSubject(der, out DistinguishedName? subject) ? new(der, subject) : null;
}
