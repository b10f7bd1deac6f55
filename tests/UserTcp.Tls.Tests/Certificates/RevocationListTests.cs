using UserTcp.Tls.Certificates;
using static UserTcp.Tls.Tests.Certificates.TestCertificate;

namespace UserTcp.Tls.Tests.Certificates;

public class RevocationListTests
{
    private static readonly TestCertificate TrustedRoot = Root();
    private static readonly TestCertificate Intermediate = TrustedRoot.Intermediate();
    private static readonly TestCertificate Server = Intermediate.Server();
    private static readonly DateTimeOffset Yesterday = Now.AddDays(-1), Tomorrow = Now.AddDays(1);

    [Fact]
    public void A_listed_certificate_is_revoked_and_no_other()
    {
        Assert.Null(Failure(Intermediate.RevocationList(Yesterday, Tomorrow)));
        Assert.Null(Failure(Intermediate.RevocationList(Yesterday, Tomorrow, Intermediate.Server())));
        Assert.Equal(TlsError.CertificateRevoked, Failure(Intermediate.RevocationList(Yesterday, Tomorrow, Server)));
    }

    [Fact]
    public void An_intermediate_is_looked_for_in_its_issuers_list() =>
        Assert.Equal(TlsError.CertificateRevoked, Failure(TrustedRoot.RevocationList(Yesterday, Tomorrow, Intermediate)));

    [Fact]
    public void A_list_of_another_authority_says_nothing() => Assert.Null(Failure(Root("Other").RevocationList(Yesterday, Tomorrow, Server)));

    [Fact]
    public void A_list_that_is_not_in_force_or_not_the_issuers_is_refused()
    {
        Assert.Equal(TlsError.RevocationListInvalid, Failure(Intermediate.RevocationList(Yesterday, Now.AddMinutes(-1))));
        Assert.Equal(TlsError.RevocationListInvalid, Failure(Intermediate.RevocationList(Now.AddMinutes(1), Tomorrow)));
        TestCertificate namesake = TrustedRoot.Intermediate("Intermediate", new Shape { IsAuthority = true, Key = EcKey("namesake") });
        Assert.Equal(TlsError.RevocationListInvalid, Failure(namesake.RevocationList(Yesterday, Tomorrow)));
    }

    [Fact]
    public void Octets_that_are_no_list_are_told() =>
        Assert.Equal(TlsError.RevocationListInvalid, Assert.Throws<TlsException>(() => RevocationList.Read([0x30, 0x03, 1, 2, 3])).Error);

    [Fact]
    public void The_report_says_which_certificate_a_list_has_judged()
    {
        CertificateReport report = Examine(Intermediate.RevocationList(Yesterday, Tomorrow, Server));

        Assert.Equal(TlsError.CertificateRevoked, report.Failure?.Error);
        Assert.Equal("revoked by CN=Intermediate", RevocationOf(report.Path[0])?.Check?.Seen);
        Assert.Null(RevocationOf(report.Path[1])?.Check);      // the root's list was not given
        Assert.Null(RevocationOf(report.Path[2]));             // nobody revokes an anchor

        static ReportedRule? RevocationOf(ReportedCertificate certificate) => certificate.Rules.SingleOrDefault(rule => rule.Kind == CertificateCheckKind.Revocation);
    }

    private static TlsError? Failure(byte[] der) => Examine(der).Failure?.Error;

    private static CertificateReport Examine(byte[] list)
        => CertificateReport.Examine([Server.Der, Intermediate.Der], null, CertificateCheckTests.Anchors([TrustedRoot]), Now, revocationLists: [list]);
}
