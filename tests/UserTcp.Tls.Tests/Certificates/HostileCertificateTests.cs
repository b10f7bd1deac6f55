using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Tls.Certificates;
using static UserTcp.Tls.Tests.Certificates.TestCertificate;

namespace UserTcp.Tls.Tests.Certificates;

/// <summary>Certificates made to cost us much. What is counted is signatures and bytes, never time.</summary>
public class HostileCertificateTests
{
    private static readonly TestCertificate TrustedRoot = Root();

    [Fact]
    public void A_key_of_16384_bits_costs_no_signature()
    {
        byte[] modulus = new byte[2048];
        modulus.AsSpan().Fill(0xff);
        using var huge = RSA.Create(new RSAParameters { Modulus = modulus, Exponent = [1, 0, 1] });

        Assert.Equal(TlsError.CertificateWeakKey, Verify([TrustedRoot.Server(new Shape { Key = huge })]).Failure!.Error);
        // A namesake of the issuer: its key is refused before anything is verified with it, so no signature at all is in the budget.
        TestCertificate issuer = TrustedRoot.Intermediate("Huge");
        TestCertificate namesake = TrustedRoot.Intermediate("Huge", new Shape { IsAuthority = true, Key = huge });
        Assert.Equal(TlsError.CertificateWeakKey, Verify([issuer.Server(), namesake], signatures: 0).Failure!.Error);
    }

    [Fact]
    public void Ten_thousand_names_cost_memory_in_proportion()
    {
        TestCertificate five = TrustedRoot.Server(Names(5_000)), ten = TrustedRoot.Server(Names(10_000));
        string message = Verify([ten], host: "other.example").Failure!.ToException().Message;
        Assert.InRange(message.Length, 1, 1000);

        long once = Allocated(() => Verify([five], host: "other.example")), twice = Allocated(() => Verify([ten], host: "other.example"));
        Assert.InRange(twice, once, 5 * once / 2);
    }

    [Fact]
    public void Ten_thousand_names_under_a_hundred_constraints_end_with_the_budget()
    {
        TestCertificate authority = TrustedRoot.Intermediate("Many", new Shape { IsAuthority = true, Extra = [Excluded(2, [.. Enumerable.Range(0, 100).Select(i => $"c{i}.test")])] });

        Assert.Equal(TlsError.CertificatePathBudget, Verify([authority.Server(Names(10_000)), authority]).Failure!.Error);
    }

    // Thousands of names and thousands of constraints that have nothing to do with each other: to see that takes as long as comparing them.
    [Fact]
    public void Names_under_constraints_of_another_form_spend_the_budget_too()
    {
        TestCertificate authority = TrustedRoot.Intermediate("Mail", new Shape { IsAuthority = true, Extra = [Excluded(1, [.. Enumerable.Range(0, 1_000).Select(i => $"c{i}.test")])] });

        Assert.Equal(TlsError.CertificatePathBudget, Verify([authority.Server(Names(1_000)), authority]).Failure!.Error);
    }

    // Each comparison would look at each of its characters.
    [Fact, Rfc("5321", "4.5.3.1")]
    public void A_mailbox_longer_than_mailboxes_are_is_malformed()
    {
        TestCertificate authority = TrustedRoot.Intermediate("Mail", new Shape { IsAuthority = true, Extra = [Excluded(1, "test.example")] });
        TestCertificate Server(int length) => authority.Server(new Shape { DnsNames = [], Extra = [Names(1, new string('a', length - 12) + "@example.com")] });

        Assert.Null(Verify([Server(320), authority]).Failure);
        Assert.Equal(TlsError.CertificateNameConstraints, Verify([Server(321), authority]).Failure!.Error);
        Assert.False(CertificateParser.TryParse(TrustedRoot.Intermediate("Long", new Shape { IsAuthority = true, Extra = [Excluded(1, new string('a', 321))] }).Der, out _, out _));
    }

    // A public certificate's common names must be among its other names: here are 2,000 of the former and 5,000 of the latter, and the one that fits is the last.
    [Fact]
    public void Thousands_of_common_names_and_addresses_cost_memory_in_proportion()
    {
        TestCertificate Server(int commonNames, int addresses) => TrustedRoot.Server(new Shape
        {
            Subject = string.Join(',', Enumerable.Repeat("CN=192.0.2.1", commonNames)),
            DnsNames = [],
            Addresses = [.. Enumerable.Range(0, addresses).Select(i => $"198.18.{i / 256}.{i % 256}"), "192.0.2.1"],
            NamesIssuerKey = true,
        });
        TestCertificate small = Server(1_000, 2_500), large = Server(2_000, 5_000);
        var question = new ChainQuestion(TrustStore.Create([TrustedRoot.Der], "the test's anchors", CertificateProfile.Public), Now);
        Assert.Null(ChainVerifier.Verify(new ServerEvidence([large.Der]), question).Failure);

        long once = Allocated(() => ChainVerifier.Verify(new ServerEvidence([small.Der]), question)), twice = Allocated(() => ChainVerifier.Verify(new ServerEvidence([large.Der]), question));
        Assert.InRange(twice, once, 5 * once / 2);
    }

    // In decimal a number of 28,000 bits takes 250 ms, and 100 KB of certificates hold two dozen of them.
    [Fact]
    public void An_object_identifier_of_thousands_of_bytes_is_not_made_into_text()
    {
        byte[] number = [0x2a, .. Enumerable.Repeat((byte)0xff, 4_000), 0x7f];
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence()) writer.WriteEncodedValue([6, 0x82, (byte)(number.Length >> 8), (byte)number.Length, .. number]);
        byte[] server = TrustedRoot.Server(new Shape { Purposes = null, Extra = [new X509Extension("2.5.29.37", writer.Encode(), false)] }).Der;

        Assert.False(CertificateParser.TryParse(server, out _, out string defect));
        Assert.Contains("up to 64 are read", defect, StringComparison.Ordinal);
        Assert.InRange(Allocated(() => Assert.False(CertificateParser.TryParse(server, out _, out _))), 0, 256 * 1024);
    }

    // A verification multiplies once for each bit of it.
    [Fact]
    public void An_exponent_as_long_as_the_modulus_costs_no_signature()
    {
        byte[] ones = new byte[256];
        ones.AsSpan().Fill(0xff);
        using var slow = RSA.Create(new RSAParameters { Modulus = ones, Exponent = ones });
        TestCertificate issuer = TrustedRoot.Intermediate("Slow"), namesake = TrustedRoot.Intermediate("Slow", new Shape { IsAuthority = true, Key = slow });

        Assert.Equal(TlsError.CertificateWeakKey, Verify([TrustedRoot.Server(new Shape { Key = slow })]).Failure!.Error);
        Assert.Equal(TlsError.CertificateWeakKey, Verify([issuer.Server(), namesake], signatures: 0).Failure!.Error);
    }

    // Ten authorities, each of which has signed each other: ten factorial paths, and none leads to an anchor.
    [Fact]
    public void Authorities_that_all_signed_each_other_cost_a_hundred_signatures()
    {
        TestCertificate[] authorities = [.. Enumerable.Range(0, 10).Select(i => Root($"Loop {i}"))];
        TestCertificate[] crossSigned = [.. authorities.SelectMany((signer, i) => Enumerable.Range(0, 10).Where(j => j != i).Select(j => signer.Intermediate($"Loop {j}")))];
        TestCertificate[] sent = [authorities[0].Server(), .. crossSigned];

        Assert.Equal(TlsError.CertificatePathBudget, Verify(sent).Failure!.Error);
        Assert.Contains("more than 100 signatures", Verify(sent).Failure!.Check.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public void Certificates_of_no_use_are_not_even_parsed()
    {
        TestCertificate server = TrustedRoot.Server();
        byte[] stranger = Root("Stranger").Der;
        byte[][] many = [server.Der, .. Enumerable.Repeat(stranger, 300)];

        long few = Allocated(() => ChainVerifier.Verify(new ServerEvidence([server.Der, stranger]), Question(100)));
        long all = Allocated(() => ChainVerifier.Verify(new ServerEvidence(many), Question(100)));

        Assert.InRange((all - few) / 300, 0, 10_000);   // the subject's text, and nothing of keys or extensions
    }

    private static Shape Names(int count) => new() { DnsNames = [.. Enumerable.Range(0, count).Select(i => $"n{i}.example")] };

    /// <summary>subjectAltName with one name of a form that is a string.</summary>
    private static X509Extension Names(int form, string name)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence()) writer.WriteCharacterString(UniversalTagNumber.IA5String, name, new Asn1Tag(TagClass.ContextSpecific, form));
        return new X509Extension("2.5.29.17", writer.Encode(), false);
    }

    /// <summary>nameConstraints that exclude names of one form.</summary>
    private static X509Extension Excluded(int form, params string[] names)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
        {
            foreach (string name in names)
            {
                using (writer.PushSequence()) writer.WriteCharacterString(UniversalTagNumber.IA5String, name, new Asn1Tag(TagClass.ContextSpecific, form));
            }
        }
        return new X509Extension("2.5.29.30", writer.Encode(), true);
    }

    private static ChainVerdict Verify(TestCertificate[] chain, int signatures = TlsBudgets.PathSignatures, string? host = null) =>
        ChainVerifier.Verify(new ServerEvidence([.. chain.Select(c => c.Der)]), Question(signatures) with { Reference = host is null ? null : ReferenceIdentity.Parse(host) });

    private static ChainQuestion Question(int signatures) =>
        new(CertificateCheckTests.Anchors([TrustedRoot]), Now) { Budget = PathBudget.Default with { Signatures = signatures } };

    /// <summary>Bytes, the second time: what is made once and kept does not count.</summary>
    private static long Allocated(Action work)
    {
        work();
        long before = GC.GetAllocatedBytesForCurrentThread();
        work();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
