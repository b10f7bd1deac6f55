namespace UserTcp.Tls.Certificates;

/// <summary>What a rule says about a certificate: the check for the reader and, when it failed, the error and what to try.</summary>
/// <param name="Check">What was looked at, what was seen and what was wanted.</param>
/// <param name="Error">The error; <see cref="TlsError.None"/> when it passed.</param>
/// <param name="Advice">What to try; only used when it failed.</param>
internal sealed record Finding(CertificateCheck Check, TlsError Error, string Advice)
{
    internal bool Passed => Check.Passed;

    /// <summary>The certificate that was looked at; null when it could not be read.</summary>
    internal CertificateDetails? Certificate { get; private init; }

    /// <summary>Makes a finding about a certificate.</summary>
    internal static Finding Of(
        CertificateCheckKind kind, CertificateDetails certificate, bool passed, string seen, string wanted, string rfc, TlsError error, string advice) =>
        new(new CertificateCheck(kind, certificate.Subject.ToString(), passed, seen, wanted, rfc), passed ? TlsError.None : error, advice) { Certificate = certificate };

    /// <summary>A certificate of that subject was found and cannot be read (RFC 5280 4.1).</summary>
    internal static Finding Malformed(DistinguishedName subject, string defect) =>
        new(new CertificateCheck(CertificateCheckKind.Profile, subject.ToString(), false, defect, "a well-formed certificate", "RFC 5280 4.1"),
            TlsError.CertificateMalformed, "Have that certificate issued again, or replaced.");

    /// <summary>The exception for a check that failed.</summary>
    internal TlsException ToException() => new(Error, $"{Check.Kind} of the certificate {Check.Subject}: seen {Check.Seen}; wanted {Check.Wanted}", Advice);
}
