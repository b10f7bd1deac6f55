using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;
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
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
        {
            for (int i = 0; i < 100; i++)
            {
                using (writer.PushSequence()) writer.WriteCharacterString(UniversalTagNumber.IA5String, $"c{i}.test", new Asn1Tag(TagClass.ContextSpecific, 2));
            }
        }
        TestCertificate authority = TrustedRoot.Intermediate("Many", new Shape { IsAuthority = true, Extra = [new X509Extension("2.5.29.30", writer.Encode(), true)] });

        Assert.Equal(TlsError.CertificatePathBudget, Verify([authority.Server(Names(10_000)), authority]).Failure!.Error);
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

    [Fact]
    public void Sixteen_megabytes_of_certificates_are_refused_at_their_announcement()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.Give(server.Send(server.Hello()));
        byte[] announcement = server.Record(ContentType.Handshake, [11, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfc]);

        long before = GC.GetAllocatedBytesForCurrentThread();
        client.GiveAndFail(TlsError.HandshakeMessageTooLong, announcement);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    private static Shape Names(int count) => new() { DnsNames = [.. Enumerable.Range(0, count).Select(i => $"n{i}.example")] };

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
