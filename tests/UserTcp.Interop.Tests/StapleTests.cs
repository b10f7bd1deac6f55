using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Interop.Tests.Servers;

namespace UserTcp.Interop.Tests;

/// <summary>OpenSSL's responder makes the OCSP response, OpenSSL's server staples it, and `usertcp verify` judges it.</summary>
public sealed class StapleTests(Bodies bodies)
{
    private const int CertificateRefused = 60;

    // client                                       openssl s_server -status_file
    //   ClientHello (status_request)         -->
    //                <--  ServerHello, Certificate, CertificateStatus, ServerKeyExchange, ServerHelloDone
    [Theory]
    [InlineData(KeyKind.Rsa)]
    [InlineData(KeyKind.Ecdsa)]
    public async Task A_good_staple_is_verified(KeyKind key)
    {
        CommandResult result = await Verify(key, revoked: false);

        result.MustEndWith(0);
        Assert.Contains("passed       Revocation: Good by the stapled OCSP response", result.Output, StringComparison.Ordinal);
        Assert.Contains("└ trust anchor CN=Interop root", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_staple_that_says_revoked_is_believed()
        => (await Verify(KeyKind.Ecdsa, revoked: true)).MustEndWith(CertificateRefused).MustSay("Revocation", "seen Revoked", "wanted Good");

    [Fact]
    public async Task Rules_of_a_wrong_certificate_are_shown_one_by_one()
    {
        await using var lab = new TapLab();
        await lab.StartNameServer();
        await lab.StartOpenSsl(TestAuthority.Of(KeyKind.Rsa).Faulty(CertificateFault.WrongName), bodies.Folder);

        CommandResult result = await lab.Usertcp("verify", $"{TestAuthority.Host}:{TlsServers.Port}");

        result.MustEndWith(CertificateRefused);
        Assert.Contains($"FAILED       HostName: seen DNS:elsewhere.test; wanted DNS:{TestAuthority.Host}", result.Output, StringComparison.Ordinal);
        Assert.Contains("passed       KeyStrength: RSA 2048", result.Output, StringComparison.Ordinal);
    }

    private async Task<CommandResult> Verify(KeyKind key, bool revoked)
    {
        ServerCertificate certificate = TestAuthority.Of(key).Good();
        await using var lab = new TapLab();
        await lab.StartNameServer();
        string staple = await lab.Staple(certificate, revoked);
        await lab.StartOpenSsl(certificate, bodies.Folder, "-status_file", staple);
        return await lab.Usertcp("verify", $"{TestAuthority.Host}:{TlsServers.Port}");
    }
}
