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
