namespace UserTcp.Tls.Certificates;

/// <summary>A text of a finding: written, or made of the certificate when somebody reads it. Few read what passed.</summary>
internal readonly struct Wording
{
    private readonly object _text;

    private Wording(string text) => _text = text;

    internal Wording(Func<CertificateDetails, string> make) => _text = make;

    public static implicit operator Wording(string text) => new(text);

    internal string Of(CertificateDetails? certificate) => _text as string ?? ((Func<CertificateDetails, string>)_text)(certificate!);
}

/// <summary>What a rule says about a certificate: the check for the reader and, when it failed, the error and what to try.</summary>
internal sealed class Finding
{
    private readonly DistinguishedName _subject;
    private readonly Wording _seen, _wanted;
    private readonly string _rfc;
    private CertificateCheck? _check;

    private Finding(CertificateCheckKind kind, DistinguishedName subject, bool passed, Wording seen, Wording wanted, string rfc, TlsError error, string advice)
    {
        Kind = kind;
        _subject = subject;
        Passed = passed;
        (_seen, _wanted, _rfc) = (seen, wanted, rfc);
        Error = passed ? TlsError.None : error;
        Advice = advice;
    }

    internal CertificateCheckKind Kind { get; }

    internal bool Passed { get; }

    /// <summary>The error; <see cref="TlsError.None"/> when it passed.</summary>
    internal TlsError Error { get; }

    /// <summary>What to try; only used when it failed.</summary>
    internal string Advice { get; }

    /// <summary>The certificate that was looked at; null when it could not be read.</summary>
    internal CertificateDetails? Certificate { get; private init; }

    /// <summary>What was looked at, what was seen and what was wanted.</summary>
    internal CertificateCheck Check => _check ??= new(Kind, _subject.ToString(), Passed, _seen.Of(Certificate), _wanted.Of(Certificate), _rfc);

    /// <summary>Makes a finding about a certificate.</summary>
    internal static Finding Of(
        CertificateCheckKind kind, CertificateDetails certificate, bool passed, Wording seen, Wording wanted, string rfc, TlsError error, string advice) =>
        new(kind, certificate.Subject, passed, seen, wanted, rfc, error, advice) { Certificate = certificate };

    /// <summary>A certificate of that subject was found and cannot be read (RFC 5280 4.1).</summary>
    internal static Finding Malformed(DistinguishedName subject, string defect) =>
        new(CertificateCheckKind.Profile, subject, false, defect, "a well-formed certificate", "RFC 5280 4.1", TlsError.CertificateMalformed, "Have that certificate issued again, or replaced.");

    /// <summary>The exception for a check that failed.</summary>
    internal TlsException ToException() => new(Error, $"{Kind} of the certificate {Check.Subject}: seen {Check.Seen}; wanted {Check.Wanted}", Advice);
}
