using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Interop.Tests.Servers;

namespace UserTcp.Interop.Tests;

/// <summary>A server with one thing wrong in its certificate: the right alert, and a message with what was seen and wanted.</summary>
public sealed class CertificateTests(Bodies bodies)
{
    private const int CertificateRefused = 60;

    public enum Fault
    {
        Expired,
        NotYetValid,
        SelfSigned,
        UnknownIssuer,
        MissingIntermediate,
        WrongName,
        WrongKeyUsage,
        WrongPurpose,
        ForbiddenName,
    }

    // client                                             openssl s_server
    //   ClientHello                                -->
    //                        <--   ServerHello, Certificate (bad), ServerKeyExchange, ServerHelloDone
    //   Alert(fatal, what is wrong), FIN           -->   logs the alert's number
    [Theory]
    [InlineData(Fault.Expired, KeyKind.Rsa, 45, "Validity", "seen the time", "wanted", "expired")]
    [InlineData(Fault.NotYetValid, KeyKind.Rsa, 45, "Validity", "seen the time", "wanted", "not valid yet")]
    [InlineData(Fault.SelfSigned, KeyKind.Ecdsa, 48, "Issuer", "signed with its own key", "trust anchors")]
    [InlineData(Fault.UnknownIssuer, KeyKind.Rsa, 48, "Issuer", "Nobody's", "trust anchors")]
    [InlineData(Fault.MissingIntermediate, KeyKind.Ecdsa, 48, "Issuer", "Interop intermediate", "trust anchors")]
    [InlineData(Fault.WrongName, KeyKind.Ecdsa, 42, "HostName", "elsewhere.test", TestAuthority.Host)]
    [InlineData(Fault.WrongKeyUsage, KeyKind.Rsa, 43, "KeyUsage", "digitalSignature")]
    [InlineData(Fault.WrongPurpose, KeyKind.Ecdsa, 43, "ExtendedKeyUsage", "seen clientAuth", "wanted serverAuth")]
    [InlineData(Fault.ForbiddenName, KeyKind.Ecdsa, 42, "NameConstraints", "DNS:server.test in the excluded DNS:test")]
    public async Task A_bad_certificate_is_refused(Fault fault, KeyKind key, int alert, params string[] said)
    {
        TestAuthority authority = TestAuthority.Of(key);
        ServerCertificate certificate = fault switch
        {
            Fault.Expired => authority.Expired(),
            Fault.NotYetValid => authority.NotYetValid(),
            Fault.SelfSigned => authority.SelfSigned(),
            Fault.UnknownIssuer => authority.UnknownIssuer(),
            Fault.MissingIntermediate => authority.WithoutIntermediate(),
            Fault.WrongName => authority.WrongName(),
            Fault.WrongPurpose => authority.WrongPurpose(),
            Fault.ForbiddenName => authority.ForbiddenName(),
            _ => authority.WrongKeyUsage(),
        };
        await using var lab = new TapLab();
        await lab.StartNameServer();
        ChildProcess server = await lab.StartOpenSsl(certificate, bodies.Folder);

        CommandResult result = await lab.Usertcp("get", $"{TapLab.UrlOf(Bodies.NameOf(1))}");

        result.MustEndWith(CertificateRefused).MustSay(said);
        Assert.Equal(0, result.OutputLength);
        await server.WaitForLog($"SSL alert number {alert}");
    }

    [Fact]
    public async Task Validity_that_is_over_is_told_with_both_times()
    {
        ServerCertificate certificate = TestAuthority.Of(KeyKind.Rsa).Expired();
        await using var lab = new TapLab();
        await lab.StartNameServer();
        await lab.StartOpenSsl(certificate, bodies.Folder);

        CommandResult result = await lab.Usertcp("get", $"{TapLab.UrlOf(Bodies.NameOf(1))}");

        string end = $"{certificate.Leaf.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm:ss}Z";
        result.MustEndWith(CertificateRefused).MustSay($"to {end}", $"seen the time {DateTime.UtcNow:yyyy-MM-dd}");
    }

    [Fact]
    public async Task The_option_with_the_ugly_name_takes_it_and_says_so()
    {
        await using var lab = new TapLab();
        await lab.StartNameServer();
        await lab.StartOpenSsl(TestAuthority.Of(KeyKind.Rsa).SelfSigned(), bodies.Folder);

        CommandResult result = await lab.Usertcp("get", "--dangerously-skip-certificate-verification", $"{TapLab.UrlOf(Bodies.NameOf(1))}");

        result.MustEndWith(0).MustSay("NOT verified");
        Assert.Equal(bodies.Sha256(1), result.OutputSha256);
    }
}
