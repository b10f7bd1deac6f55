using System.Security.Cryptography;
using UserTcp.Tls.Certificates;
using static UserTcp.Tls.Tests.Certificates.TestCertificate;

namespace UserTcp.Tls.Tests.Certificates;

public sealed class TrustStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("usertcp-trust-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_bundle_may_hold_text_duplicates_and_other_blocks()
    {
        string first = Pem("CERTIFICATE", Root("First").Der);
        string path = Write("ca.pem", $"# comment\n{first}\n{Pem("PUBLIC KEY", [5, 0])}\n{first}\n{Pem("X509 CERTIFICATE", Root("Second").Der)}");

        TrustStore store = TrustStore.FromPemFile(path);

        Assert.Equal(2, store.Count);
        Assert.Equal(path, store.Source);
    }

    [Theory]
    [InlineData("", "an empty file")]
    [InlineData("hello", "without a PEM block")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nBQA=\n-----END PRIVATE KEY-----\n", "a private key and no certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n", "damaged")]
    [InlineData("-----BEGIN CERTIFICATE-----\nBQA=\n-----END CERTIFICATE-----\n", "Certificate 1")]
    [InlineData("-----BEGIN TRUSTED CERTIFICATE-----\nBQA=\n-----END TRUSTED CERTIFICATE-----\n", "TRUSTED")]
    public void A_file_without_certificates_says_what_it_holds_instead(string content, string said)
    {
        string path = Write("ca.pem", content);

        var error = Assert.Throws<TlsException>(() => TrustStore.FromPemFile(path));

        Assert.Equal(TlsError.NoTrustAnchors, error.Error);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_der_file_tells_how_to_convert_it()
    {
        string path = Path.Combine(_folder, "ca.der");
        File.WriteAllBytes(path, Root().Der);

        Assert.Contains("openssl x509 -inform der", Assert.Throws<TlsException>(() => TrustStore.FromPemFile(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_says_so()
    {
        Assert.Contains("no such file", Assert.Throws<TlsException>(() => TrustStore.FromPemFile(Path.Combine(_folder, "none.pem"))).Message, StringComparison.Ordinal);
        Assert.Throws<TlsException>(() => TrustStore.FromPemFile(_folder));
        Assert.Throws<ArgumentException>(() => TrustStore.FromPemFile(""));
        Assert.Equal(TlsError.NoTrustAnchors, Assert.Throws<TlsException>(() => TrustStore.FromCertificates([])).Error);
    }

    [Fact]
    public void The_first_bundle_that_is_there_is_the_systems()
    {
        string path = Write("bundle.pem", Pem("CERTIFICATE", Root().Der));

        Assert.Equal(path, SystemBundle.Load(_ => null, [Path.Combine(_folder, "absent"), path]).Source);
        Assert.Contains("ca-certificates", Assert.Throws<TlsException>(() => SystemBundle.Load(_ => null, [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_environment_replaces_the_systems_bundle()
    {
        string file = Write("one.pem", Pem("CERTIFICATE", Root("One").Der));
        Directory.CreateDirectory(Path.Combine(_folder, "certs"));
        Write("certs/two.pem", Pem("CERTIFICATE", Root("Two").Der));
        Write("certs/README", "no certificate");
        string certs = Path.Combine(_folder, "certs") + ":" + Path.Combine(_folder, "absent");

        Assert.Equal(1, SystemBundle.Load(name => name == "SSL_CERT_FILE" ? file : null, []).Count);
        Assert.Equal(1, SystemBundle.Load(name => name == "SSL_CERT_DIR" ? certs : null, []).Count);
        Assert.Equal(2, SystemBundle.Load(name => name == "SSL_CERT_FILE" ? file : certs, []).Count);
        Assert.Throws<TlsException>(() => SystemBundle.Load(name => name == "SSL_CERT_FILE" ? "/nowhere" : null, [file]));
        Assert.Contains("seen a directory", Assert.Throws<TlsException>(() => SystemBundle.Load(name => name == "SSL_CERT_FILE" ? _folder : null, [])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Every_root_of_this_systems_bundle_is_found_by_its_subject_and_fit_to_be_an_anchor()
    {
        string? bundle = SystemBundle.Files.FirstOrDefault(File.Exists);
        Assert.SkipUnless(bundle is not null, "Needs the system's certification authorities: install ca-certificates.");
        TrustStore store = SystemBundle.Load(_ => null, [bundle!]);
        var unfit = new List<string>();

        foreach (byte[] der in PemFile.Read(bundle!))
        {
            Assert.True(CertificateParser.TryReadSubject(der, out DistinguishedName? subject));
            IssuerCandidate anchor = store.Find(subject).Single(a => a.Der.AsSpan().SequenceEqual(der));
            if (anchor.Details is not { } root) unfit.Add($"{subject}: {anchor.Defect}");
            else
            {
                Finding[] findings =
                [
                    CertificateRules.Profile(root), CertificateRules.CriticalExtensions(root), CertificateRules.KeyStrength(root),
                    IssuerRules.IsAuthority(root), IssuerRules.SigningUsage(root), IssuerRules.Purpose(root, TlsPurpose.Server), IssuerRules.AnchorIdentifiers(root),
                ];
                unfit.AddRange(findings.Where(f => !f.Passed).Select(f => f.ToException().Message));
            }
        }

        Assert.True(unfit.Count == 0, string.Join('\n', unfit));
    }

    private string Write(string name, string content)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, content);
        return path;
    }

    private static string Pem(string label, byte[] content) => PemEncoding.WriteString(label, content) + "\n";
}
