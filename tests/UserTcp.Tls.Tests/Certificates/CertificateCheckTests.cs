using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Crypto;
using static UserTcp.Tls.Tests.Certificates.TestCertificate;

namespace UserTcp.Tls.Tests.Certificates;

public class CertificateCheckTests
{
    private static readonly TestCertificate TrustedRoot = Root();

    [Fact]
    public void A_good_chain_gives_the_path_the_key_and_the_three_checks_first()
    {
        TestCertificate intermediate = TrustedRoot.Intermediate();
        var reported = new List<CertificateCheck>();

        CertificateVerified proof = Verify([intermediate.Server(), intermediate], report: reported.Add);

        Assert.Equal(["CN=server", "CN=Intermediate", "CN=Root"], proof.Path.Select(c => c.Subject));
        Assert.Equal(PublicKeyAlgorithm.EcP256, proof.LeafKey.Algorithm);
        Assert.Equal([CertificateCheckKind.Validity, CertificateCheckKind.Issuer, CertificateCheckKind.HostName], reported.Take(3).Select(c => c.Kind));
        Assert.All(reported, check => Assert.True(check.Passed, check.ToString()));
        Assert.Equal([CertificateCheckKind.PublicProfile, CertificateCheckKind.Revocation], Enum.GetValues<CertificateCheckKind>().Except(reported.Select(c => c.Kind)));
        Assert.Equal(reported, proof.Checks);
        Assert.Null(proof.WaivedReason);
        Assert.Equal(["DNS:server.example"], proof.Path[0].SubjectAlternativeNames);
    }

    [Fact]
    public void Expired_and_not_yet_valid_are_told_apart()
    {
        Fails(TlsError.CertificateExpired, [TrustedRoot.Server(new Shape { NotAfter = Now.AddSeconds(-1) })]);
        Fails(TlsError.CertificateNotYetValid, [TrustedRoot.Server(new Shape { NotBefore = Now.AddSeconds(1) })]);
        Verify([TrustedRoot.Server(new Shape { NotBefore = Now, NotAfter = Now })]);
    }

    [Fact]
    public void An_expired_intermediate_is_named()
    {
        TestCertificate expired = TrustedRoot.Intermediate("Old", new Shape { IsAuthority = true, NotAfter = Now.AddDays(-1) });

        TlsException error = Fails(TlsError.CertificateExpired, [expired.Server(), expired]);

        Assert.Contains("CN=Old", error.Message, StringComparison.Ordinal);
        Assert.Contains("2025-06-14", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Self_signed_and_unknown_issuer_are_told_apart()
    {
        Fails(TlsError.CertificateSelfSigned, [SelfSigned(new Shape())]);
        TestCertificate stranger = Root("Stranger");
        Fails(TlsError.CertificateUnknownIssuer, [stranger.Server()]);
        TlsException error = Fails(TlsError.CertificateUnknownIssuer, [stranger.Server(), stranger]);
        Assert.Contains("the unknown root CN=Stranger", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_self_signed_certificate_that_is_itself_the_anchor_is_good()
    {
        TestCertificate server = SelfSigned(new Shape { IsAuthority = true, KeyUsage = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign });

        Assert.Single(Verify([server], anchors: [server]).Path);
    }

    [Fact]
    public void An_impostor_with_the_name_of_a_trusted_root_has_a_bad_signature()
    {
        TestCertificate impostor = Root("Root", new Shape { Key = EcKey("impostor") });

        Fails(TlsError.CertificateBadSignature, [impostor.Server()]);
    }

    [Fact]
    public void A_wrong_name_tells_the_names_that_are_there()
    {
        TlsException error = Fails(TlsError.CertificateHostName, [TrustedRoot.Server()], host: "other.example");

        Assert.Contains("seen DNS:server.example; wanted DNS:other.example", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_subject_alternative_name_the_common_name_does_not_count() =>
        Fails(TlsError.CertificateHostName, [TrustedRoot.Server(new Shape { Subject = "CN=server.example", DnsNames = [] })]);

    [Fact]
    public void A_key_that_may_not_sign_is_refused() =>
        Fails(TlsError.CertificateKeyUsage, [TrustedRoot.Server(new Shape { KeyUsage = X509KeyUsageFlags.KeyEncipherment })]);

    [Fact]
    public void A_certificate_for_clients_is_refused()
    {
        Fails(TlsError.CertificateExtendedKeyUsage, [TrustedRoot.Server(new Shape { Purposes = ["1.3.6.1.5.5.7.3.2"] })]);
        Fails(TlsError.CertificateExtendedKeyUsage, [TrustedRoot.Server(new Shape { Purposes = ["2.5.29.37.0"] })]);
        Verify([TrustedRoot.Server(new Shape { Purposes = null })]);
    }

    [Fact]
    public void An_intermediate_for_clients_only_does_not_vouch_for_servers()
    {
        TestCertificate clients = TrustedRoot.Intermediate("Clients", new Shape { IsAuthority = true, Purposes = ["1.3.6.1.5.5.7.3.2"] });

        Fails(TlsError.CertificateExtendedKeyUsage, [clients.Server(), clients]);
    }

    [Fact]
    public void An_intermediate_must_be_an_authority()
    {
        TestCertificate no = TrustedRoot.Intermediate("No", new Shape { IsAuthority = false });
        Fails(TlsError.CertificateNotAnAuthority, [no.Server(), no]);
        TestCertificate silent = TrustedRoot.Intermediate("Silent", new Shape { WithoutBasicConstraints = true });
        Fails(TlsError.CertificateNotAnAuthority, [silent.Server(), silent]);
        TestCertificate noSigning = TrustedRoot.Intermediate("No signing", new Shape { IsAuthority = true, KeyUsage = X509KeyUsageFlags.CrlSign });
        Fails(TlsError.CertificateKeyUsage, [noSigning.Server(), noSigning]);
    }

    [Fact]
    public void An_authority_does_not_serve() =>
        Fails(TlsError.CertificateKeyUsage, [TrustedRoot.Server(new Shape { IsAuthority = true, KeyUsage = X509KeyUsageFlags.DigitalSignature })]);

    [Fact]
    public void Path_length_counts_intermediates_below()
    {
        TestCertificate upper = TrustedRoot.Intermediate("Upper", new Shape { IsAuthority = true, PathLength = 0 });
        TestCertificate lower = upper.Intermediate("Lower");

        Verify([upper.Server(), upper]);
        Fails(TlsError.CertificatePathLength, [lower.Server(), lower, upper]);
    }

    [Fact]
    public void Weak_keys_are_refused()
    {
        Fails(TlsError.CertificateWeakKey, [TrustedRoot.Server(new Shape { Key = RsaKey(1024) })], use: ServerKeyUse.RsaSignature);
        TestCertificate weakRoot = Root("Weak root", new Shape { Key = RsaKey(1024) });
        Fails(TlsError.CertificateWeakKey, [weakRoot.Server()], anchors: [weakRoot]);
    }

    [Fact, Rfc("5280", "4.1.1.2")]
    public void The_two_signature_algorithms_must_agree()
    {
        byte[] der = [.. TrustedRoot.Server().Der];
        byte[] sha256 = Convert.FromHexString("06082A8648CE3D040302");
        der[der.AsSpan().LastIndexOf(sha256) + sha256.Length - 1] = 3;      // the outer one: ecdsa-with-SHA384

        ChainVerdict verdict = ChainVerifier.Verify(new ServerEvidence([der]), new ChainQuestion(Anchors([TrustedRoot]), Now));

        Assert.Contains(verdict.Findings, finding => finding is { Passed: false, Check.Seen: "two signature algorithms" });
    }

    [Fact]
    public void A_sha1_signature_is_refused_except_of_the_anchor_on_itself()
    {
        TestCertificate root = Root("SHA-1 root", new Shape { Key = RsaKey(), Hash = HashAlgorithmName.SHA1 });

        Verify([root.Server()], anchors: [root]);
        Fails(TlsError.CertificateWeakSignature, [root.Server(new Shape { Hash = HashAlgorithmName.SHA1 })], anchors: [root]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_ecdsa_server_below_an_rsa_root_is_good(bool pss)
    {
        TestCertificate root = Root("RSA root", new Shape { Key = RsaKey() }, pss);

        CertificateVerified proof = Verify([root.Server()], anchors: [root]);

        Assert.Equal(["P-256", "RSA 2048"], proof.Path.Select(c => c.KeyDescription));
        Assert.Equal(pss ? "RSASSA-PSS" : "sha256WithRSAEncryption", proof.Path[0].SignatureAlgorithm);
    }

    [Theory]
    [InlineData("SHA384", "1.3.132.0.34")]
    [InlineData("SHA512", "1.3.132.0.35")]
    public void Larger_curves_sign(string hash, string curve)
    {
        TestCertificate root = Root("Root " + hash, new Shape { Key = EcKey(curve, ECCurve.CreateFromValue(curve)) });

        Verify([root.Server(new Shape { Hash = new HashAlgorithmName(hash) })], anchors: [root]);
    }

    [Fact]
    public void The_key_must_fit_the_cipher_suite()
    {
        Fails(TlsError.CertificateKeyType, [TrustedRoot.Server()], use: ServerKeyUse.RsaSignature);
        Fails(TlsError.CertificateKeyType, [TrustedRoot.Server(new Shape { Key = RsaKey() })]);
        Verify([TrustedRoot.Server(new Shape { Key = RsaKey() })], use: ServerKeyUse.RsaSignature);
    }

    [Fact]
    public void An_unknown_critical_extension_is_refused_and_an_unknown_other_one_is_not()
    {
        var extension = new X509Extension("1.2.3.4.5", [5, 0], critical: true);
        TlsException error = Fails(TlsError.CertificateCriticalExtension, [TrustedRoot.Server(new Shape { Extra = [extension] })]);
        Assert.Contains("1.2.3.4.5", error.Message, StringComparison.Ordinal);

        TestCertificate intermediate = TrustedRoot.Intermediate("Strange", new Shape { IsAuthority = true, Extra = [extension] });
        Fails(TlsError.CertificateCriticalExtension, [intermediate.Server(), intermediate]);

        Verify([TrustedRoot.Server(new Shape { Extra = [new X509Extension("1.2.3.4.5", [5, 0], critical: false)] })]);
    }

    [Fact]
    public void A_policy_that_must_be_met_is_not_ignored()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence()) writer.WriteInteger(0, new Asn1Tag(TagClass.ContextSpecific, 0));     // requireExplicitPolicy 0
        TestCertificate strict = TrustedRoot.Intermediate("Strict", new Shape { IsAuthority = true, Extra = [new X509Extension("2.5.29.36", writer.Encode(), true)] });

        Fails(TlsError.CertificateCriticalExtension, [strict.Server(), strict]);
    }

    [Fact]
    public void Text_in_a_certificate_cannot_steer_the_terminal()
    {
        TlsException error = Fails(TlsError.CertificateUnknownIssuer, [Root("x\u001b[2Jy").Server()]);

        Assert.DoesNotContain('\u001b', error.Message);
        Assert.Contains("CN=x\\u001b[2Jy", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_list_is_refused() =>
        Assert.Equal(TlsError.CertificateListEmpty,
            Assert.Throws<TlsException>(() => CertificateVerified.Check(new ServerEvidence([]), new ChainQuestion(Anchors([TrustedRoot]), Now) { Reference = ReferenceIdentity.Parse("server.example")!, KeyUse = ServerKeyUse.EcdsaSignature }, null)).Error);

    [Fact]
    public void Failed_checks_are_reported_before_the_first_is_thrown()
    {
        var reported = new List<CertificateCheck>();

        Fails(TlsError.CertificateExpired, [Root("Stranger").Server(new Shape { NotAfter = Now.AddDays(-1) })], host: "other.example", report: reported.Add);

        Assert.Equal([CertificateCheckKind.Validity, CertificateCheckKind.Issuer, CertificateCheckKind.HostName], reported.Where(c => !c.Passed).Select(c => c.Kind));
    }

    [Fact]
    public void A_waived_check_says_so_and_trusts_whatever_it_reads()
    {
        CertificateVerified waived = CertificateVerified.Waived(new ServerEvidence([Root("Stranger").Server(new Shape { NotAfter = Now.AddDays(-1) }).Der, [1, 2, 3]]), ServerKeyUse.EcdsaSignature, "a test asked for it");

        Assert.Equal("a test asked for it", waived.WaivedReason);
        Assert.Empty(waived.Checks);
        Assert.Single(waived.Path);
        Assert.Equal(PublicKeyAlgorithm.EcP256, waived.LeafKey.Algorithm);
    }

    internal static TrustStore Anchors(IEnumerable<TestCertificate> anchors) => TrustStore.FromCertificates(anchors.Select(a => a.Der));

    private static CertificateVerified Verify(TestCertificate[] chain, string host = "server.example", TestCertificate[]? anchors = null,
        ServerKeyUse use = ServerKeyUse.EcdsaSignature, Action<CertificateCheck>? report = null) =>
        CertificateVerified.Check(new ServerEvidence([.. chain.Select(c => c.Der)]), new ChainQuestion(Anchors(anchors ?? [TrustedRoot]), Now) { Reference = ReferenceIdentity.Parse(host)!, KeyUse = use }, report);

    private static TlsException Fails(TlsError error, TestCertificate[] chain, string host = "server.example", TestCertificate[]? anchors = null,
        ServerKeyUse use = ServerKeyUse.EcdsaSignature, Action<CertificateCheck>? report = null)
    {
        var thrown = Assert.Throws<TlsException>(() => Verify(chain, host, anchors, use, report));
        Assert.True(error == thrown.Error, $"{thrown.Error}: {thrown.Message}");
        return thrown;
    }
}
