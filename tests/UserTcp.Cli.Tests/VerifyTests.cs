using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace UserTcp.Cli.Tests;

public sealed class VerifyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("usertcp-verify-").FullName;
    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;
    private readonly X509Certificate2 _root;

    public VerifyTests()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Verify root", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _root = request.CreateSelfSigned(_now.AddDays(-10), _now.AddDays(10));
        File.WriteAllText(RootFile, _root.ExportCertificatePem());
    }

    private string RootFile => Path.Combine(_folder, "root.pem");

    public void Dispose()
    {
        _root.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_good_chain_shows_every_rule_passed()
    {
        Outcome outcome = await Command.RunAsync($"verify {Server()} --ca {RootFile} --name server.example");

        Assert.True(outcome.Code == ExitCode.Ok, outcome.Error);
        Assert.Contains("server CN=server.example", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("└ trust anchor CN=Verify root", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("passed       HostName: DNS:server.example (RFC 9525 6)", outcome.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("FAILED", outcome.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("not reached", outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_failed_is_told_with_what_was_seen_and_wanted()
    {
        Outcome outcome = await Command.RunAsync($"verify {Server()} --ca {RootFile} --name other.example");

        Assert.Equal(ExitCode.Certificate, outcome.Code);
        Assert.Contains("FAILED       HostName: seen DNS:server.example; wanted DNS:other.example (RFC 9525 6)", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("HostName of the certificate", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rules_behind_the_one_that_failed_were_not_reached()
    {
        DateTimeOffset later = _now.AddDays(11);

        Outcome outcome = await Command.RunAsync($"verify {Server(days: 20)} --ca {RootFile} --at {later:yyyy-MM-ddTHH:mm:ssZ}");

        Assert.Equal(ExitCode.Certificate, outcome.Code);
        string anchor = outcome.Text[outcome.Text.IndexOf("trust anchor", StringComparison.Ordinal)..];
        Assert.Contains("FAILED       Validity", anchor, StringComparison.Ordinal);
        Assert.Contains("not reached  NameConstraints", anchor, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_revocation_list_is_asked(bool revoked, bool pem)
    {
        string chain = Server();
        var builder = new CertificateRevocationListBuilder();
        if (revoked) builder.AddEntry([1, 2, 3]);
        byte[] der = builder.Build(_root, 1, _now.AddDays(1), HashAlgorithmName.SHA256, thisUpdate: _now.AddDays(-1));
        string file = Path.Combine(_folder, "root.crl");
        await File.WriteAllBytesAsync(file, pem ? Encoding.ASCII.GetBytes(PemEncoding.WriteString("X509 CRL", der)) : der, TestContext.Current.CancellationToken);

        Outcome outcome = await Command.RunAsync($"verify {chain} --ca {RootFile} --crl {file}");

        Assert.True(outcome.Code == (revoked ? ExitCode.Certificate : ExitCode.Ok), outcome.Error);
        Assert.Contains(revoked ? "FAILED       Revocation: seen revoked by CN=Verify root" : "passed       Revocation: not on the issuer's revocation list", outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revocation_list_that_is_none_is_told()
    {
        Outcome outcome = await Command.RunAsync($"verify {Server()} --ca {RootFile} --crl {RootFile}");

        Assert.Contains("a revocation list cannot be read", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, outcome.Code);
    }

    [Fact]
    public async Task A_server_is_asked_for_its_certificates()
    {
        Outcome outcome = await Command.RunAsync("verify page.lesson.test --twin");

        Assert.True(outcome.Code == ExitCode.Ok, outcome.Error);
        Assert.Contains("passed       HostName", outcome.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verify /nowhere/chain.pem", "neither a file nor a host")]
    [InlineData("verify a.example --at noon", "--at")]
    public async Task A_mistake_is_told_in_a_sentence(string line, string said)
    {
        Outcome outcome = await Command.RunAsync(line);

        Assert.Equal(ExitCode.Usage, outcome.Code);
        Assert.Contains(said, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_without_certificates_is_told()
    {
        string file = Path.Combine(_folder, "empty.pem");
        await File.WriteAllTextAsync(file, "nothing", TestContext.Current.CancellationToken);

        Outcome outcome = await Command.RunAsync($"verify {file} --ca {RootFile}");

        Assert.Equal(ExitCode.Usage, outcome.Code);
        Assert.Contains("holds no certificate", outcome.Error, StringComparison.Ordinal);
    }

    private string Server(int days = 5)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=server.example", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("server.example");
        request.CertificateExtensions.Add(names.Build());
        var generator = X509SignatureGenerator.CreateForECDsa(_root.GetECDsaPrivateKey()!);
        using X509Certificate2 certificate = request.Create(_root.SubjectName, generator, _now.AddDays(-1), _now.AddDays(days), [1, 2, 3]);
        string file = Path.Combine(_folder, "chain.pem");
        File.WriteAllText(file, certificate.ExportCertificatePem());
        return file;
    }
}
