using System.Security.Cryptography.X509Certificates;
using UserTcp.Tls.Certificates;
using static UserTcp.Tls.Tests.Certificates.TestCertificate;

namespace UserTcp.Tls.Tests.Certificates;

public class PathBuilderTests
{
    private static readonly TestCertificate TrustedRoot = Root();

    [Fact]
    public void Order_and_superfluous_certificates_do_not_matter()
    {
        TestCertificate upper = TrustedRoot.Intermediate("Upper");
        TestCertificate lower = upper.Intermediate("Lower");
        TestCertificate other = Root("Other").Intermediate("Unrelated");

        Assert.Equal(["CN=server", "CN=Lower", "CN=Upper", "CN=Root"], PathOf(lower.Server(), TrustedRoot, upper, other, lower, upper));
    }

    [Fact]
    public void A_missing_intermediate_leaves_the_issuer_unknown()
    {
        TestCertificate upper = TrustedRoot.Intermediate("Upper");
        TestCertificate lower = upper.Intermediate("Lower");

        Finding failure = FailureOf(lower.Server(), lower);

        Assert.Equal(TlsError.CertificateUnknownIssuer, failure.Error);
        Assert.Contains("CN=Upper", failure.Check.Seen, StringComparison.Ordinal);
    }

    [Fact, Rfc("5280", "4.2.2.1")]
    public void A_missing_intermediate_is_named_with_the_address_where_it_can_be_had()
    {
        var access = new X509AuthorityInformationAccessExtension(["http://ocsp.example/"], ["http://ca.example/upper.crt"]);
        TestCertificate lower = TrustedRoot.Intermediate("Upper").Intermediate("Lower", new Shape { IsAuthority = true, Extra = [access] });

        Finding failure = FailureOf(lower.Server(), lower);

        Assert.Contains("the unknown issuer CN=Upper", failure.Check.Seen, StringComparison.Ordinal);
        Assert.Contains("the certificate of CN=Upper, which is at http://ca.example/upper.crt", failure.ToException().Message, StringComparison.Ordinal);
    }

    // server <- Shared <- Long <- Longer <- Root   too long
    //        <- Shared <- Root                     good
    [Fact]
    public void A_path_that_is_too_long_does_not_end_the_search()
    {
        TestCertificate longer = TrustedRoot.Intermediate("Longer");
        TestCertificate detour = longer.Intermediate("Long").Intermediate("Shared");
        TestCertificate good = TrustedRoot.Intermediate("Shared");

        ChainVerdict verdict = Verify([good.Server(), detour, longer.Intermediate("Long"), longer, good], [TrustedRoot], PathBudget.Default with { Intermediates = 1 });

        Assert.Equal(3, verdict.Path.Count);
        Assert.Null(verdict.Failure);
    }

    [Fact, Rfc("5280", "6.1.4")]
    public void A_self_issued_certificate_does_not_lengthen_the_path()
    {
        TestCertificate older = TrustedRoot.Intermediate("Renewed", new Shape { IsAuthority = true, Key = EcKey("older") });
        TestCertificate newer = older.Intermediate("Renewed", new Shape { IsAuthority = true, Key = EcKey("newer") });

        Assert.Null(Verify([newer.Server(), newer, older], [TrustedRoot], PathBudget.Default with { Intermediates = 1 }).Failure);
    }

    // server <- Shared (by Untrusted)        dead end
    //        <- Shared (by Expired, by Root) dead end
    //        <- Shared (by Root)             good
    [Fact]
    public void Dead_ends_are_left_for_the_next_issuer_of_the_same_name()
    {
        TestCertificate expired = TrustedRoot.Intermediate("Expired", new Shape { IsAuthority = true, NotAfter = Now.AddDays(-1) });
        TestCertificate good = TrustedRoot.Intermediate("Shared");

        Assert.Equal(["CN=server", "CN=Shared", "CN=Root"],
            PathOf(good.Server(), Root("Untrusted").Intermediate("Shared"), expired, expired.Intermediate("Shared"), good));
    }

    [Fact]
    public void An_issuer_of_the_same_name_with_another_key_is_passed_over()
    {
        TestCertificate good = TrustedRoot.Intermediate("Shared");
        TestCertificate namesake = TrustedRoot.Intermediate("Shared", new Shape { IsAuthority = true, Key = EcKey("namesake") });

        Assert.Equal(3, PathOf(good.Server(), namesake, good).Count);
    }

    [Fact]
    public void Cross_signed_authorities_that_vouch_for_each_other_are_no_path()
    {
        TestCertificate first = Root("First");
        TestCertificate second = Root("Second");

        Assert.Equal(TlsError.CertificateUnknownIssuer, FailureOf(first.Server(), second.Intermediate("First"), first.Intermediate("Second"), first, second).Error);
    }

    [Fact]
    public void A_cross_signed_root_is_found_by_either_way()
    {
        TestCertificate newer = Root("Newer");
        TestCertificate crossSigned = TrustedRoot.Intermediate("Newer");

        Assert.Equal(["CN=server", "CN=Newer", "CN=Root"], PathOf(newer.Server(), newer, crossSigned));
    }

    [Fact]
    public void An_intermediate_can_be_an_anchor_itself()
    {
        TestCertificate intermediate = Root("Elsewhere").Intermediate("Pinned");

        Assert.Equal(2, Verify([intermediate.Server(), intermediate], [intermediate], PathBudget.Default).Path.Count);
    }

    [Fact]
    public void Certificates_of_one_name_and_many_keys_exhaust_the_budget_and_not_the_machine()
    {
        TestCertificate[] maze = [.. Enumerable.Range(0, 30).Select(i => Root("Maze", new Shape { Key = EcKey($"maze {i}") }))];

        ChainVerdict verdict = Verify([maze[0].Server(), .. maze.Skip(1)], [TrustedRoot], PathBudget.Default with { Signatures = 10 });

        Assert.Equal(TlsError.CertificatePathBudget, verdict.Failure!.Error);
    }

    [Fact]
    public void A_chain_that_is_too_long_is_refused()
    {
        TestCertificate upper = TrustedRoot.Intermediate("Upper");
        TestCertificate lower = upper.Intermediate("Lower");

        Assert.Null(Verify([lower.Server(), lower, upper], [TrustedRoot], PathBudget.Default with { Intermediates = 2 }).Failure);
        Assert.Equal(TlsError.CertificatePathBudget, Verify([lower.Server(), lower, upper], [TrustedRoot], PathBudget.Default with { Intermediates = 1 }).Failure!.Error);
    }

    private static List<string> PathOf(TestCertificate server, params TestCertificate[] others)
    {
        ChainVerdict verdict = Verify([server, .. others], [TrustedRoot], PathBudget.Default);
        Assert.True(verdict.Failure is null, verdict.Failure?.ToException().Message);
        return [.. verdict.Path.Select(c => c.Subject.ToString())];
    }

    private static Finding FailureOf(TestCertificate server, params TestCertificate[] others) =>
        Verify([server, .. others], [TrustedRoot], PathBudget.Default).Failure!;

    private static ChainVerdict Verify(TestCertificate[] chain, TestCertificate[] anchors, PathBudget budget) =>
        ChainVerifier.Verify(new ServerEvidence([.. chain.Select(c => c.Der)]), new ChainQuestion(CertificateCheckTests.Anchors(anchors), Now) { Budget = budget });
}
