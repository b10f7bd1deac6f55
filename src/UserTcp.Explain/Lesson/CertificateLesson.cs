using System.Globalization;
using UserTcp.Explain.Model;
using UserTcp.Tls;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Wire;

namespace UserTcp.Explain.Lesson;

/// <summary>Explains the server's certificates and the three questions that the client asks of them.</summary>
internal static class CertificateLesson
{
    private const int NamesShown = 6; // certificates of large sites have more than a hundred

    private static readonly CertificateCheckKind[] Questions = [CertificateCheckKind.Validity, CertificateCheckKind.Issuer, CertificateCheckKind.HostName];

    /// <summary>The Certificate message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="verified">The path that was built from it; null when there is none.</param>
    internal static IReadOnlyList<Fact> Of(CertificateMessage message, CertificateVerified? verified)
    {
        var facts = new List<Fact>();
        for (int i = 0; i < message.Certificates.Count; i++)
        {
            byte[] der = message.Certificates[i];
            CertificateInfo? info = verified?.Path.FirstOrDefault(certificate => certificate.Der.Span.SequenceEqual(der));
            facts.Add(new($"certificate {i + 1}", info is null ? $"{TlsWords.Bytes(der.Length)} of DER" : $"{info.Subject}, {TlsWords.Bytes(der.Length)} of DER"));
            if (info is null) continue;
            facts.Add(new("", $"issued by {info.Issuer}"));
            facts.Add(new("", $"valid {Date(info.NotBefore)} to {Date(info.NotAfter)}"));
            facts.Add(new("", $"key {info.KeyDescription}, signed with {info.SignatureAlgorithm}"));
            if (info.SubjectAlternativeNames.Count > 0) facts.Add(new("", $"names {Names(info.SubjectAlternativeNames)}"));
        }
        if (facts.Count == 0) facts.Add(new("", "empty"));
        return facts;
    }

    private static string Names(IReadOnlyList<string> names)
        => string.Join(", ", names.Take(NamesShown)) + (names.Count > NamesShown ? $" and {names.Count - NamesShown} more" : "");

    /// <summary>What the client checked before it went on.</summary>
    internal static IEnumerable<Block> Of(IEnumerable<CertificateChecked> events, CertificateAccepted? accepted, SignatureChecked? signature)
    {
        CertificateCheck[] checks = [.. events.Select(e => e.Check)];
        if (checks.Length > 0 || accepted is not null)
            yield return new("The three checks of the certificate", Side.Client, null, [.. Checks(checks, accepted?.Certificate)]);
        if (signature is not null)
        {
            yield return new("The signature over the server's public key", Side.Client, null,
            [
                Fact.Checked("verified", $"{signature.Scheme.Name()} over {TlsWords.Bytes(signature.SignedLength)}, with the certificate's key", true),
                new("", "who made this public key holds the certificate's private key, now and not yesterday: our random is signed too"),
            ]);
        }
    }

    private static IEnumerable<Fact> Checks(CertificateCheck[] checks, CertificateVerified? verified)
    {
        if (verified?.WaivedReason is string reason) yield return new("waived", $"nothing was checked: {reason} ✗", Tone.Bad);
        var besides = new List<CertificateCheck>();
        foreach (CertificateCheckKind kind in Questions)
        {
            // The server's own certificate is the first to be asked; its issuers are told only when they fail.
            CertificateCheck[] asked = [.. checks.Where(check => check.Kind == kind)];
            foreach (Fact fact in asked.Where((check, place) => place == 0 || !check.Passed).SelectMany(Shown)) yield return fact;
            besides.AddRange(asked.Skip(1).Where(check => check.Passed));
        }
        CertificateCheck[] others = [.. checks.Where(check => !Questions.Contains(check.Kind))];
        foreach (Fact fact in others.Where(check => !check.Passed).SelectMany(Shown)) yield return fact;
        string[] passed =
        [
            .. besides.Select(check => $"{Words(check.Kind)} of {check.Subject}").Distinct(),
            .. others.Where(check => check.Passed).Select(check => Words(check.Kind)).Distinct(),
        ];
        if (passed.Length > 0) yield return Fact.Checked("and besides", string.Join(", ", passed), true);
    }

    private static IEnumerable<Fact> Shown(CertificateCheck check)
    {
        yield return Fact.Checked(Words(check.Kind), $"seen {check.Seen}", check.Passed);
        yield return new("", $"wanted {check.Wanted} ({check.Rfc})");
    }

    private static string Words(CertificateCheckKind kind) => kind switch
    {
        CertificateCheckKind.Validity => "validity",
        CertificateCheckKind.Issuer => "issuer",
        CertificateCheckKind.HostName => "host name",
        CertificateCheckKind.Profile => "profile",
        CertificateCheckKind.KeyUsage => "key usage",
        CertificateCheckKind.ExtendedKeyUsage => "extended key usage",
        CertificateCheckKind.BasicConstraints => "basic constraints",
        CertificateCheckKind.PathLength => "path length",
        CertificateCheckKind.NameConstraints => "name constraints",
        CertificateCheckKind.CriticalExtensions => "critical extensions",
        CertificateCheckKind.KeyType => "key type",
        CertificateCheckKind.KeyStrength => "key strength",
        _ => "signature strength",
    };

    private static string Date(DateTimeOffset date) => date.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
