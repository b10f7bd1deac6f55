using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Tls.Certificates;
using static UserTcp.Tls.Tests.Certificates.TestCertificate;

namespace UserTcp.Tls.Tests.Certificates;

public class NameConstraintTests
{
    private static readonly TestCertificate TrustedRoot = Root();

    [Theory]
    [InlineData("example", "server.example", true)]
    [InlineData("server.example", "server.example", true)]
    [InlineData("SERVER.example", "server.EXAMPLE", true)]
    [InlineData("www.server.example", "server.example", false)]
    [InlineData("ver.example", "server.example", false)]         // not at the border of a label
    [InlineData(".example", "server.example", true)]
    [InlineData(".server.example", "server.example", false)]     // only below
    [InlineData("", "server.example", true)]
    [InlineData("example", "*.shop.example", true)]
    [InlineData("www.shop.example", "*.shop.example", false)]    // stands for more names than the permitted one
    public void Permitted_dns_names(string permitted, string name, bool good) =>
        Assert.Equal(good, Accepts([Dns(permitted)], [], new Shape { DnsNames = [name] }));

    [Theory]
    [InlineData("example", "server.example", false)]
    [InlineData("other", "server.example", true)]
    [InlineData("www.shop.example", "*.shop.example", false)]    // the wildcard could stand for it
    [InlineData("a.www.shop.example", "*.shop.example", true)]   // but not for two labels
    [InlineData("shop.example", "*.shop.example", false)]
    [InlineData("shop.example", "not a name", false)]            // malformed: it could be anything
    public void Excluded_dns_names(string excluded, string name, bool good) =>
        Assert.Equal(good, Accepts([], [Dns(excluded)], new Shape { DnsNames = [name] }));

    [Theory]
    [InlineData("192.0.2.0", "255.255.255.0", "192.0.2.1", true)]
    [InlineData("192.0.2.0", "255.255.255.0", "192.0.3.1", false)]
    [InlineData("2001:db8::", "ffff:ffff::", "2001:db8::1", true)]
    [InlineData("2001:db8::", "ffff:ffff::", "192.0.2.1", false)]
    public void Permitted_addresses(string network, string mask, string address, bool good) =>
        Assert.Equal(good, Accepts([Ip(network, mask)], [], new Shape { DnsNames = [], Addresses = [address] }));

    [Fact]
    public void A_mask_with_holes_is_malformed() => Assert.False(Accepts([], [Ip("192.0.2.0", "255.0.255.0")], new Shape { DnsNames = [], Addresses = ["198.51.100.1"] }));

    [Theory]
    [InlineData("O=Example", "CN=server, O=Example", true)]
    [InlineData("O=EXAMPLE", "CN=server, O=  example ", true)]   // RFC 5280 7.1: without regard to case and spaces
    [InlineData("O=Example", "CN=server, O=Other", false)]
    [InlineData("O=Example", "CN=server", false)]
    public void Permitted_directory_names(string permitted, string subject, bool good) =>
        Assert.Equal(good, Accepts([Directory(permitted)], [], new Shape { Subject = subject }));

    [Fact]
    public void A_form_without_constraint_is_free() => Assert.True(Accepts([Dns("example")], [], new Shape { DnsNames = ["server.example"], Addresses = ["192.0.2.1"] }));

    [Fact]
    public void A_constrained_form_that_is_not_processed_is_refused_where_it_occurs()
    {
        Action<AsnWriter> uri = writer => writer.WriteCharacterString(UniversalTagNumber.IA5String, ".example", new Asn1Tag(TagClass.ContextSpecific, 6));
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri("https://server.example/"));

        Assert.True(Accepts([uri], [], new Shape()));
        Assert.False(Accepts([uri], [], new Shape { DnsNames = [], Extra = [names.Build()] }));
    }

    [Fact]
    public void Comparisons_have_a_budget()
    {
        TestCertificate authority = TrustedRoot.Intermediate("Many", new Shape { IsAuthority = true, Extra = [Constraints([], [.. Enumerable.Range(0, 100).Select(i => Dns($"n{i}.test"))])] });
        TestCertificate server = authority.Server(new Shape { DnsNames = [.. Enumerable.Range(0, 100).Select(i => $"s{i}.example")] });

        Assert.Null(Verify(server, authority, PathBudget.Default).Failure);
        Assert.Equal(TlsError.CertificatePathBudget, Verify(server, authority, PathBudget.Default with { NameComparisons = 9_999 }).Failure!.Error);
    }

    private static bool Accepts(Action<AsnWriter>[] permitted, Action<AsnWriter>[] excluded, Shape server)
    {
        TestCertificate authority = TrustedRoot.Intermediate("Constrained", new Shape { IsAuthority = true, Extra = [Constraints(permitted, excluded)] });
        Finding? failure = Verify(authority.Server(server), authority, PathBudget.Default).Failure;
        Assert.True(failure is null || failure.Error is TlsError.CertificateNameConstraints or TlsError.CertificateMalformed, failure?.ToException().Message);
        return failure is null;
    }

    private static ChainVerdict Verify(TestCertificate server, TestCertificate authority, PathBudget budget) =>
        ChainVerifier.Verify(new ServerEvidence([server.Der, authority.Der]), new ChainQuestion(CertificateCheckTests.Anchors([TrustedRoot]), Now) { Budget = budget });

    private static X509Extension Constraints(Action<AsnWriter>[] permitted, Action<AsnWriter>[] excluded)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            Subtrees(writer, 0, permitted);
            Subtrees(writer, 1, excluded);
        }
        return new X509Extension("2.5.29.30", writer.Encode(), critical: true);
    }

    private static void Subtrees(AsnWriter writer, int tag, Action<AsnWriter>[] bases)
    {
        if (bases.Length == 0) return;
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, tag)))
        {
            foreach (Action<AsnWriter> writeBase in bases)
            {
                using (writer.PushSequence()) writeBase(writer);
            }
        }
    }

    private static Action<AsnWriter> Dns(string name) => writer => writer.WriteCharacterString(UniversalTagNumber.IA5String, name, new Asn1Tag(TagClass.ContextSpecific, 2));

    private static Action<AsnWriter> Ip(string network, string mask) =>
        writer => writer.WriteOctetString([.. IPAddress.Parse(network).GetAddressBytes(), .. IPAddress.Parse(mask).GetAddressBytes()], new Asn1Tag(TagClass.ContextSpecific, 7));

    private static Action<AsnWriter> Directory(string name) => writer =>
    {
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 4))) writer.WriteEncodedValue(new X500DistinguishedName(name).RawData);
    };
}
