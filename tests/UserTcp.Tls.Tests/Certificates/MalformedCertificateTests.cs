using System.Formats.Asn1;
using UserTcp.Tls.Certificates;
using static UserTcp.Tls.Tests.Certificates.TestCertificate;

namespace UserTcp.Tls.Tests.Certificates;

public class MalformedCertificateTests
{
    private const int Rounds = 1000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Mutated_certificates_are_refused_with_a_tls_exception_and_nothing_else(int seed)
    {
        var random = new Random(seed);
        TestCertificate root = Root();
        TestCertificate intermediate = root.Intermediate();
        TrustStore anchors = CertificateCheckTests.Anchors([root]);
        byte[] server = intermediate.Server(new Shape { Addresses = ["192.0.2.1"] }).Der;
        int accepted = 0;

        for (int round = 0; round < Rounds; round++)
        {
            byte[][] chain = [(byte[])server.Clone(), (byte[])intermediate.Der.Clone()];
            Mutate(random, ref chain[random.Next(2)]);
            try
            {
                CertificateVerified.Check(new ServerEvidence(chain), new ChainQuestion(anchors, Now) { Reference = ReferenceIdentity.Parse("server.example")!, KeyUse = ServerKeyUse.EcdsaSignature }, null);
                accepted++;
            }
            catch (TlsException)
            {
            }
        }

        Assert.Equal(0, accepted);    // every octet is signed, or is the signature
    }

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("3000")]
    [InlineData("30800000")]
    [InlineData("3084ffffffff")]
    [InlineData("0500")]
    public void Octets_that_are_no_certificate_are_malformed(string hex)
    {
        TrustStore anchors = CertificateCheckTests.Anchors([Root()]);

        var error = Assert.Throws<TlsException>(() =>
            CertificateVerified.Check(new ServerEvidence([Convert.FromHexString(hex)]), new ChainQuestion(anchors, Now) { Reference = ReferenceIdentity.Parse("server.example")!, KeyUse = ServerKeyUse.EcdsaSignature }, null));

        Assert.Equal(TlsError.CertificateUnreadable, error.Error);
        Assert.Equal(TlsError.CertificateUnreadable, Assert.Throws<TlsException>(() => CertificateVerified.Waived(new ServerEvidence([Convert.FromHexString(hex)]), ServerKeyUse.RsaSignature, "a test")).Error);
    }

    [Fact]
    public void Octets_after_the_certificate_are_malformed() =>
        Assert.False(CertificateParser.TryParse([.. Root().Der, 0], out _, out _));

    [Fact]
    public void Thousands_of_nested_sequences_do_not_exhaust_the_stack()
    {
        byte[] nested = [.. Enumerable.Repeat<byte[]>([0x30, 0x80], 100_000).SelectMany(b => b)];

        Assert.False(CertificateParser.TryParse(nested, out _, out _));
        Assert.False(CertificateParser.TryReadSubject(nested, out _));
    }

    [Theory]
    [InlineData("2.5.29.17", "3000")]                       // no name
    [InlineData("2.5.29.17", "3004a8022a03")]               // registeredID in parts
    [InlineData("2.5.29.17", "30048802802a")]               // one whose number begins with zeros
    [InlineData("2.5.29.17", "300fa40d300b3109300706035504030c01")]    // a directoryName that ends too soon
    [InlineData("2.5.29.17", "3010a40e300c310a300806035504030c01ff")]  // one that is not UTF-8
    [InlineData("2.5.29.17", "3006a40430023100")]      // one with an empty relative name
    [InlineData("2.5.29.17", "3003890100")]                 // no form of name
    [InlineData("2.5.29.19", "3003010105")]                 // a BOOLEAN that is neither 00 nor ff
    [InlineData("2.5.29.19", "3004020200ff00")]        // octets behind
    [InlineData("2.5.29.19", "30030201ff")]                 // a negative path length
    [InlineData("2.5.29.15", "03020781")]                   // an unused bit that is set
    [InlineData("2.5.29.14", "240404020102")]          // an OCTET STRING in parts
    [InlineData("2.5.29.30", "3000")]                       // no subtree
    [InlineData("2.5.29.35", "3006a10482026161")]      // an issuer without serial number
    [InlineData("2.5.29.37", "3000")]                       // no purpose
    [InlineData("2.5.29.36", "30020500")]                   // an untagged field
    [InlineData("1.3.6.1.5.5.7.1.1", "3000")]               // no address
    [InlineData("1.3.6.1.5.5.7.1.24", "300702050100000005")]           // a TLS feature of five octets
    public void An_extension_that_is_known_must_be_well_formed(string oid, string value) =>
        Assert.Throws<FormatException>(() => ExtensionValues.Read(Extension(oid, value)));

    [Fact, Rfc("5280", "4.2.1.1")]
    public void An_authority_key_identifier_without_a_key_names_none()
    {
        var extensions = ExtensionValues.Read(Extension("2.5.29.35", "3000"));
        Assert.True(extensions.Has(CertificateExtension.AuthorityKeyIdentifier));
        Assert.Null(extensions.AuthorityKeyIdentifier);
    }

    private static DerReader Extension(string oid, string value)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            writer.WriteOctetString(Convert.FromHexString(value));
        }
        return new DerReader(writer.Encode());
    }

    private static void Mutate(Random random, ref byte[] der)
    {
        switch (random.Next(4))
        {
            case 0: der[random.Next(der.Length)] ^= (byte)(1 << random.Next(8)); break;
            case 1: der[random.Next(der.Length)] += (byte)(1 + random.Next(255)); break;
            case 2: der = der[..random.Next(der.Length)]; break;
            default:
                int at = random.Next(der.Length);
                der = [.. der[..at], (byte)random.Next(256), .. der[at..]];
                break;
        }
    }
}
