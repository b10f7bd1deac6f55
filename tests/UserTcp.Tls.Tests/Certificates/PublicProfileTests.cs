using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Tls.Certificates;
using static UserTcp.Tls.Tests.Certificates.TestCertificate;

namespace UserTcp.Tls.Tests.Certificates;

/// <summary>What is asked only of certificates that lead to the system's bundle. Each certificate here is good under an anchor that somebody named.</summary>
public class PublicProfileTests
{
    private static readonly TestCertificate TrustedRoot = Root();
    private static readonly Shape Good = new() { Subject = "CN=server.example", NamesIssuerKey = true };

    [Fact]
    public void A_public_authoritys_certificate_passes()
    {
        TestCertificate intermediate = TrustedRoot.Intermediate("Middle", new Shape { IsAuthority = true, NamesIssuerKey = true });

        Assert.Null(Failure(CertificateProfile.Public, TrustedRoot, intermediate.Server(Good), intermediate));
    }

    [Fact]
    public void The_issuers_key_is_named() => Breaks("no key identifier of the issuer", Good with { NamesIssuerKey = false });

    [Fact]
    public void Purposes_are_stated_one_by_one()
    {
        Breaks("no extKeyUsage", Good with { Purposes = null });
        Breaks("anyExtendedKeyUsage", Good with { Purposes = ["1.3.6.1.5.5.7.3.1", "2.5.29.37.0"] });
    }

    [Fact]
    public void Keys_are_of_the_kinds_that_the_Baseline_Requirements_name() => Breaks("P-224", Good with { Key = ECDsa.Create(ECCurve.CreateFromFriendlyName("secp224r1")) });

    [Fact]
    public void Serial_numbers_are_positive() => Breaks("zero or negative", Good with { SerialNumber = [0] });

    [Fact]
    public void Names_have_no_underscores() => Breaks("DNS:my_host.example", Good with { Subject = "CN=my", DnsNames = ["server.example", "my_host.example"] });

    [Theory]
    [InlineData("Server.example", false)]       // another spelling
    [InlineData("other.example", false)]        // another host
    [InlineData("192.0.2.1", false)]            // an address that is not there
    [InlineData("0xC0000201", false)]
    [InlineData("sérver.example", false)]       // a U-label
    [InlineData("server.example", true)]
    [InlineData("example", true)]               // a title
    [InlineData("The server.", true)]
    public void A_common_name_that_is_a_host_is_one_of_the_names(string commonName, bool good)
    {
        Shape shape = Good with { Subject = $"CN={commonName}" };
        if (good) Assert.Null(Failure(CertificateProfile.Public, TrustedRoot, TrustedRoot.Server(shape)));
        else Breaks("the common name", shape);
    }

    [Fact]
    public void The_domain_above_all_names_may_be_the_common_name() =>
        Assert.Null(Failure(CertificateProfile.Public, TrustedRoot, TrustedRoot.Server(Good with { Subject = "CN=shop.example", DnsNames = ["www.shop.example", "server.shop.example"] }), host: "www.shop.example"));

    [Fact]
    public void A_root_states_no_purposes()
    {
        TestCertificate root = Root("Purposes", new Shape { IsAuthority = true, Extra = [new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1")], false)] });

        Assert.Null(Failure(CertificateProfile.Private, root, root.Server(Good)));
        Assert.Contains("extKeyUsage", Failure(CertificateProfile.Public, root, root.Server(Good))!.Check.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public void Constraints_on_names_begin_without_a_dot()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        using (writer.PushSequence())
            writer.WriteCharacterString(UniversalTagNumber.IA5String, ".example", new Asn1Tag(TagClass.ContextSpecific, 2));
        var constraint = new X509Extension("2.5.29.30", writer.Encode(), true);
        TestCertificate authority = TrustedRoot.Intermediate("Narrow", new Shape { IsAuthority = true, NamesIssuerKey = true, Extra = [constraint] });

        Assert.Null(Failure(CertificateProfile.Private, TrustedRoot, authority.Server(Good), authority));
        Assert.Contains("the constraint DNS:.example", Failure(CertificateProfile.Public, TrustedRoot, authority.Server(Good), authority)!.Check.Seen, StringComparison.Ordinal);
    }

    private static void Breaks(string seen, Shape shape)
    {
        TestCertificate server = TrustedRoot.Server(shape);
        Assert.Null(Failure(CertificateProfile.Private, TrustedRoot, server));
        Finding failure = Failure(CertificateProfile.Public, TrustedRoot, server)!;
        Assert.Equal(CertificateCheckKind.PublicProfile, failure.Check.Kind);
        Assert.Contains(seen, failure.Check.Seen, StringComparison.Ordinal);
    }

    private static Finding? Failure(CertificateProfile profile, TestCertificate anchor, TestCertificate server, TestCertificate? other = null, string host = "server.example") =>
        ChainVerifier.Verify(new ServerEvidence([server.Der, .. other is null ? Array.Empty<byte[]>() : [other.Der]]),
            new ChainQuestion(TrustStore.Create([anchor.Der], "a test", profile), Now) { Reference = ReferenceIdentity.Parse(host) }).Failure;
}
