using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Interop.Tests.Servers;
using UserTcp.Tls;

namespace UserTcp.Interop.Tests;

/// <summary>A server with one thing wrong in its certificate: the right alert, and a message with what was seen and wanted.</summary>
public sealed class CertificateTests(Bodies bodies) : IAsyncDisposable
{
    private const int CertificateRefused = 60;

    // OpenSSL itself would not show weak certificates.
    private static readonly string[] AnyStrength = ["-cipher", "DEFAULT@SECLEVEL=0"];

    private readonly TapLab _lab = new();

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    // client                                             openssl s_server
    //   ClientHello                                -->
    //                        <--   ServerHello, Certificate (bad), ServerKeyExchange, ServerHelloDone
    //   Alert(fatal, what is wrong), FIN           -->   logs the alert's number
    [Theory]
    [InlineData(CertificateFault.Expired, KeyKind.Rsa, TlsError.CertificateExpired, 45, "Validity", "seen the time", "wanted", "expired")]
    [InlineData(CertificateFault.NotYetValid, KeyKind.Rsa, TlsError.CertificateNotYetValid, 45, "Validity", "seen the time", "wanted", "not valid yet")]
    [InlineData(CertificateFault.SelfSigned, KeyKind.Ecdsa, TlsError.CertificateSelfSigned, 48, "Issuer", "signed with its own key", "trust anchors")]
    [InlineData(CertificateFault.UnknownIssuer, KeyKind.Rsa, TlsError.CertificateUnknownIssuer, 48, "Issuer", "Nobody's", "trust anchors")]
    [InlineData(CertificateFault.MissingIntermediate, KeyKind.Ecdsa, TlsError.CertificateUnknownIssuer, 48, "Issuer", "Interop intermediate", "trust anchors")]
    [InlineData(CertificateFault.WrongName, KeyKind.Ecdsa, TlsError.CertificateHostName, 42, "HostName", "elsewhere.test", TestAuthority.Host)]
    [InlineData(CertificateFault.NameInSubjectOnly, KeyKind.Rsa, TlsError.CertificateHostName, 42, "HostName", "IP:127.0.0.1", $"wanted DNS:{TestAuthority.Host}")]
    [InlineData(CertificateFault.WildcardTooHigh, KeyKind.Ecdsa, TlsError.CertificateHostName, 42, "HostName", "*.server.test", $"wanted DNS:{TestAuthority.Host}")]
    [InlineData(CertificateFault.WrongKeyUsage, KeyKind.Rsa, TlsError.CertificateKeyUsage, 43, "KeyUsage", "digitalSignature")]
    [InlineData(CertificateFault.WrongPurpose, KeyKind.Ecdsa, TlsError.CertificateExtendedKeyUsage, 43, "ExtendedKeyUsage", "seen clientAuth", "wanted serverAuth")]
    [InlineData(CertificateFault.AuthorityAsServer, KeyKind.Rsa, TlsError.CertificateKeyUsage, 43, "BasicConstraints", "seen cA TRUE")]
    [InlineData(CertificateFault.UnknownCriticalExtension, KeyKind.Ecdsa, TlsError.CertificateCriticalExtension, 43, "CriticalExtensions", "1.3.6.1.4.1.32473.1")]
    [InlineData(CertificateFault.PromisedStapleMissing, KeyKind.Rsa, TlsError.CertificateStatusMissing, 113, "Revocation", "no stapled OCSP response")]
    [InlineData(CertificateFault.WeakKey, KeyKind.Rsa, TlsError.CertificateWeakKey, 71, "KeyStrength", "1024", "2048")]
    [InlineData(CertificateFault.WeakSignature, KeyKind.Rsa, TlsError.CertificateWeakSignature, 71, "SignatureStrength", "sha1", "SHA-256")]
    [InlineData(CertificateFault.WeakSignature, KeyKind.Ecdsa, TlsError.CertificateWeakSignature, 71, "SignatureStrength", "sha1", "SHA-256")]
    [InlineData(CertificateFault.ForgedSignature, KeyKind.Rsa, TlsError.CertificateBadSignature, 42, "signature")]
    [InlineData(CertificateFault.ForgedSignature, KeyKind.Ecdsa, TlsError.CertificateBadSignature, 42, "signature")]
    [InlineData(CertificateFault.IssuerIsNoAuthority, KeyKind.Ecdsa, TlsError.CertificateNotAnAuthority, 48, "BasicConstraints", "Another server", "seen cA FALSE", "wanted cA TRUE")]
    [InlineData(CertificateFault.IssuerMayNotSign, KeyKind.Ecdsa, TlsError.CertificateKeyUsage, 43, "KeyUsage", "special", "seen cRLSign", "wanted keyCertSign")]
    [InlineData(CertificateFault.IssuerForOtherPurpose, KeyKind.Rsa, TlsError.CertificateExtendedKeyUsage, 43, "ExtendedKeyUsage", "special", "seen clientAuth")]
    [InlineData(CertificateFault.IssuerExpired, KeyKind.Ecdsa, TlsError.CertificateExpired, 45, "Validity", "special", "expired")]
    [InlineData(CertificateFault.IssuerWeakKey, KeyKind.Rsa, TlsError.CertificateWeakKey, 71, "KeyStrength", "special", "1024")]
    [InlineData(CertificateFault.PathTooLong, KeyKind.Rsa, TlsError.CertificatePathLength, 42, "PathLength", "special", "seen 1 intermediate", "wanted at most 0")]
    [InlineData(CertificateFault.ForbiddenName, KeyKind.Ecdsa, TlsError.CertificateNameConstraints, 42, "NameConstraints", "DNS:server.test in the excluded DNS:test")]
    [InlineData(CertificateFault.NameNotPermitted, KeyKind.Rsa, TlsError.CertificateNameConstraints, 42, "NameConstraints", "DNS:server.test", "DNS:example")]
    public async Task A_bad_certificate_is_refused(CertificateFault fault, KeyKind key, TlsError error, int alert, params string[] said)
        => await IsRefused(TestAuthority.Of(key).Faulty(fault), _ => Task.FromResult(AnyStrength), error, alert, said);

    [Fact]
    public async Task A_certificate_whose_staple_says_revoked_is_refused()
        => await IsRefused(
            TestAuthority.Of(KeyKind.Ecdsa).Good(), async certificate => ["-status_file", await _lab.Staple(certificate, revoked: true)],
            TlsError.CertificateRevoked, 44, "Revocation", "seen Revoked", "wanted Good");

    [Fact]
    public async Task A_staple_about_another_certificate_is_refused()
        => await IsRefused(
            TestAuthority.Of(KeyKind.Ecdsa).Good(), async _ => ["-status_file", await _lab.Staple(TestAuthority.Of(KeyKind.Ecdsa).Good())],
            TlsError.CertificateStatusInvalid, 113, "Revocation", "about 1 other");

    [Fact]
    public async Task The_command_tells_it_too()
    {
        await _lab.StartNameServer();
        ChildProcess server = await _lab.StartOpenSsl(TestAuthority.Of(KeyKind.Ecdsa).Faulty(CertificateFault.WrongName), bodies.Folder);

        CommandResult result = await _lab.Usertcp("get", $"{TapLab.UrlOf(Bodies.NameOf(1))}");

        result.MustEndWith(CertificateRefused).MustSay("HostName", "elsewhere.test", TestAuthority.Host);
        Assert.Equal(0, result.OutputLength);
        await server.WaitForLog("SSL alert number 42");
    }

    [Fact]
    public async Task Validity_that_is_over_is_told_with_both_times()
    {
        ServerCertificate certificate = TestAuthority.Of(KeyKind.Rsa).Faulty(CertificateFault.Expired);
        await _lab.StartNameServer();
        await _lab.StartOpenSsl(certificate, bodies.Folder);

        CommandResult result = await _lab.Usertcp("get", $"{TapLab.UrlOf(Bodies.NameOf(1))}");

        string end = $"{certificate.Leaf.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm:ss}Z";
        result.MustEndWith(CertificateRefused).MustSay($"to {end}", $"seen the time {DateTime.UtcNow:yyyy-MM-dd}");
    }

    [Fact]
    public async Task The_option_with_the_ugly_name_takes_it_and_says_so()
    {
        await _lab.StartNameServer();
        await _lab.StartOpenSsl(TestAuthority.Of(KeyKind.Rsa).Faulty(CertificateFault.SelfSigned), bodies.Folder);

        CommandResult result = await _lab.Usertcp("get", "--dangerously-skip-certificate-verification", $"{TapLab.UrlOf(Bodies.NameOf(1))}");

        result.MustEndWith(0).MustSay("NOT verified");
        Assert.Equal(bodies.Sha256(1), result.OutputSha256);
    }

    private async Task IsRefused(ServerCertificate certificate, Func<ServerCertificate, Task<string[]>> options, TlsError error, int alert, params string[] said)
    {
        ChildProcess server = await _lab.StartOpenSsl(certificate, bodies.Folder, await options(certificate));
        await using StackOnTap ours = new(_lab, offload: false);

        TlsException refusal = await Assert.ThrowsAsync<TlsException>(() => ours.ConnectTls(ours.Tls with { RequestCertificateStatus = true }));

        Assert.Equal((error, alert), (refusal.Error, (int?)refusal.SentAlert));
        Assert.All(said, text => Assert.Contains(text, refusal.Message, StringComparison.OrdinalIgnoreCase));
        await server.WaitForLog($"SSL alert number {alert}");
    }
}
