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
    public void Octets_that_are_no_list_are_told() => Assert.False(RevocationList.TryParse([0x30, 0x03, 1, 2, 3], out _, out _));

    private static TlsError? Failure(byte[] der)
    {
        Assert.True(RevocationList.TryParse(der, out RevocationList? list, out string defect), defect);
        return ChainVerifier.Verify(new ServerEvidence([Server.Der, Intermediate.Der]),
            new ChainQuestion(CertificateCheckTests.Anchors([TrustedRoot]), Now) { RevocationLists = [list] }).Failure?.Error;
    }
}
