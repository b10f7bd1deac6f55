using UserTcp.Tls.Certificates;

namespace UserTcp.Cli.Output;

/// <summary>Prints a report on certificates: the path from the server's down to the anchor, and under each every rule.</summary>
internal static class CertificateTree
{
    /// <summary>Prints it.</summary>
    public static void Print(CertificateReport report, TextWriter output)
    {
        for (int i = 0; i < report.Path.Count; i++)
        {
            string indent = new(' ', 2 * i);
            ReportedCertificate reported = report.Path[i];
            CertificateInfo certificate = reported.Certificate;
            output.WriteLine($"{indent}{(i == 0 ? "" : "└ ")}{Name(reported.Role)} {certificate.Subject}");
            output.WriteLine($"{indent}    {certificate.KeyDescription}, signed by {certificate.Issuer} with {certificate.SignatureAlgorithm}, {certificate.NotBefore:u} to {certificate.NotAfter:u}");
            foreach (ReportedRule rule in reported.Rules) output.WriteLine($"{indent}    {Line(rule)}");
        }
        foreach (CertificateInfo unused in report.Unused) output.WriteLine($"not used: {unused.Subject}, signed by {unused.Issuer}");
    }

    private static string Name(CertificateRole role) => role switch
    {
        CertificateRole.Server => "server",
        CertificateRole.Intermediate => "intermediate",
        _ => "trust anchor",
    };

    private static string Line(ReportedRule rule) => rule.Check switch
    {
        null => $"not reached  {rule.Kind}",
        { Passed: true } check => $"passed       {rule.Kind}: {check.Seen} ({check.Rfc})",
        { } check => $"FAILED       {rule.Kind}: seen {check.Seen}; wanted {check.Wanted} ({check.Rfc})",
    };
}
