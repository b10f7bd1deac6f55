using System.Security.Cryptography;
using UserTcp.Tls;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Tests.Certificates;
using static UserTcp.Tls.Tests.Certificates.TestCertificate;

namespace UserTcp.Fuzz.Tls;

/// <summary>What authorities say of certificates, with signatures that are good unless they begin with 0xff. After a first byte of 0 a stapled OCSP response, after another one a revocation list.</summary>
internal sealed class OcspTarget : FuzzTarget
{
    private static readonly CertificateDetails Server = Read(Identities.Server), Issuer = Read(Identities.Intermediate);

    public override string Name => "ocsp";

    protected override long MostAllocated => 256 * 1024;

    protected override long AllocatedPerByte => 2_000;

    public override IReadOnlyList<byte[]> Seeds()
    {
        var responder = new TestResponder(Identities.Intermediate);
        TestCertificate other = Identities.Intermediate.Server(new Shape { Subject = "CN=responder", Purposes = ["1.3.6.1.5.5.7.3.9"], Key = Identities.Key("responder") });
        IEnumerable<TestResponder> responders =
            [responder, responder with { ByKey = true }, responder with { Status = 1 }, responder with { Delegate = other }, responder with { Delegate = other, ByKey = true, IdHash = HashAlgorithmName.SHA256 }, responder with { ResponseStatus = 3 }];
        return
        [
            .. responders.Select(each => (byte[])[0, .. each.Respond(Identities.Server)]),
            [1, .. Identities.Intermediate.RevocationList(Now.AddDays(-1), Now.AddDays(1), Identities.Server)],
            [1, .. Identities.Intermediate.RevocationList(Now.AddDays(-1), Now.AddDays(1))],
        ];
    }

    protected override string Take(ReadOnlySpan<byte> input)
    {
        if (input.Length < 2) return "empty";
        var crypto = new TrustingCrypto();
        try
        {
            byte[] der = input[1..].ToArray();
            Finding finding = input[0] == 0
                ? OcspRule.Check(new ServerEvidence([Server.Der, Issuer.Der], StatusRequested: true, der), Server, Issuer, Now, crypto)!
                : RevocationList.Read(der).Check(Server, Issuer, Now, crypto);
            Must(crypto.Signatures <= 2, $"{crypto.Signatures} signatures were verified");
            Must(!$"{finding.Check.Seen}{finding.Check.Wanted}".Any(char.IsControl), "a check with control characters");
            return $"{(input[0] == 0 ? "staple" : "list")}: {(finding.Passed ? "good" : finding.Error)}, {crypto.Signatures} signatures";
        }
        catch (TlsException e) when (e.Error == TlsError.RevocationListInvalid)
        {
            return "list: unreadable";
        }
    }

    private static CertificateDetails Read(TestCertificate certificate) =>
        CertificateParser.TryParse(certificate.Der, out CertificateDetails? details, out string defect) ? details : throw new InvalidOperationException(defect);
}
