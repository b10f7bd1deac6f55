using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Tls;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Tests.Certificates;
using static UserTcp.Tls.Tests.Certificates.TestCertificate;

namespace UserTcp.Fuzz.Tls;

/// <summary>Chains of certificates, whose signatures are good unless they begin with 0xff: the first byte says what is asked of them, then each comes behind its length in two bytes.</summary>
internal sealed class CertificateTarget : FuzzTarget
{
    /// <summary>What the first byte says.</summary>
    [Flags]
    private enum Choice : byte
    {
        None = 0,
        Public = 1,
        Address = 2,
        Client = 4,
        Rsa = 8,
        Report = 16,
    }

    public override string Name => "certificate";

    protected override long MostAllocated => 2 << 20;

    // Each candidate for an issuer is read once, but its names are shown in every check.
    protected override long AllocatedPerByte => 2_000;

    public override IReadOnlyList<byte[]> Seeds()
    {
        TestCertificate server = Identities.Server, issuer = Identities.Intermediate, root = Identities.Root;
        TestCertificate constrained = root.Intermediate("Constrained", new Shape { IsAuthority = true, Key = Identities.Key("constrained"), Extra = [Constraints()] });
        TestCertificate twin = root.Intermediate("Intermediate", new Shape { IsAuthority = true, Key = Identities.Key("twin") });
        TestCertificate a = Root("A", new Shape { Key = Identities.Key("a") }), b = Root("B", new Shape { Key = Identities.Key("b") });
        var odd = new Shape { Key = Identities.Key("odd"), Subject = "CN=odd.example+OU=x,O=\"a, b\",E=me@example.com", DnsNames = ["*.example", "odd.example"], Extra = Extras() };
        return
        [
            Input(Choice.None, server, issuer), Input(Choice.Public, server, issuer, root), Input(Choice.Address | Choice.Public, issuer, server, root), Input(Choice.Report, server, issuer),
            Input(Choice.Rsa | Choice.Public, Identities.RsaServer, issuer), Input(Choice.Client, server, twin, issuer), Input(Choice.None, root.Server(odd), root),
            Input(Choice.Public, constrained.Server(new Shape { Key = Identities.Key("c"), DnsNames = ["server.example", "www.test"], Addresses = ["192.0.2.1"] }), constrained, twin, issuer),
            Input(Choice.None, a.Server(new Shape { Key = Identities.Key("loop") }), a.Intermediate("B", new Shape { IsAuthority = true, Key = Identities.Key("b") }), b.Intermediate("A", new Shape { IsAuthority = true, Key = Identities.Key("a") }), a, b),
            Input(Choice.Report, SelfSigned(new Shape { Key = Identities.Key("self") })),
        ];
    }

    protected override string Take(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return "empty";
        var choice = (Choice)input[0];
        byte[][] chain = Split(input[1..]);
        TrustStore anchors = choice.HasFlag(Choice.Public) ? Identities.Public : Identities.Private;
        var crypto = new TrustingCrypto();
        try
        {
            if (choice.HasFlag(Choice.Report)) return Report(chain, anchors);
            ChainVerdict verdict = ChainVerifier.Verify(new ServerEvidence(chain), new ChainQuestion(anchors, Now)
            {
                Reference = ReferenceIdentity.Parse(choice.HasFlag(Choice.Address) ? "192.0.2.1" : Identities.HostName),
                KeyUse = choice.HasFlag(Choice.Rsa) ? ServerKeyUse.RsaSignature : ServerKeyUse.EcdsaSignature,
                Purpose = choice.HasFlag(Choice.Client) ? TlsPurpose.Client : TlsPurpose.Server,
                Crypto = crypto,
            });
            Must(crypto.Signatures <= TlsBudgets.PathSignatures, $"{crypto.Signatures} signatures were verified");
            Must(verdict.Findings.All(finding => IsPrintable(finding.Check)), "a check with control characters");
            return verdict.Failure is null ? "accepted" : verdict.Failure.ToException().Error.ToString();
        }
        catch (TlsException e) when (e.Error != TlsError.InternalError)
        {
            return $"{e.Error} of the server's";
        }
    }

    /// <summary>As a person reads it. Its signatures are verified in earnest.</summary>
    private static string Report(byte[][] chain, TrustStore anchors)
    {
        CertificateReport report = CertificateReport.Examine(chain, Identities.HostName, anchors, Now);
        Must(report.Path.SelectMany(certificate => certificate.Rules).All(rule => rule.Check is null || IsPrintable(rule.Check)), "a check with control characters");
        Must(report.Path.Select(certificate => certificate.Certificate).Concat(report.Unused).All(c => IsPrintable(c.Subject) && IsPrintable(c.Issuer) && c.SubjectAlternativeNames.All(IsPrintable)), "a certificate with control characters");
        return $"report: {report.Failure?.Error}";
    }

    private static bool IsPrintable(CertificateCheck check) => IsPrintable(check.Subject) && IsPrintable(check.Seen) && IsPrintable(check.Wanted);

    private static bool IsPrintable(string text) => !text.Any(char.IsControl);

    private static byte[][] Split(ReadOnlySpan<byte> rest)
    {
        var chain = new List<byte[]>();
        while (rest.Length >= 2)
        {
            int length = Math.Min(rest[0] << 8 | rest[1], rest.Length - 2);
            chain.Add(rest.Slice(2, length).ToArray());
            rest = rest[(2 + length)..];
        }
        return [.. chain];
    }

    private static byte[] Input(Choice choice, params TestCertificate[] chain) =>
        [(byte)choice, .. chain.SelectMany(certificate => (byte[])[(byte)(certificate.Der.Length >> 8), (byte)certificate.Der.Length, .. certificate.Der])];

    /// <summary>Names of every form that can be constrained.</summary>
    private static X509Extension Constraints()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            for (int list = 0; list < 2; list++)
            {
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, list)))
                {
                    foreach ((int form, byte[] name) in (ReadOnlySpan<(int, byte[])>)[
                        (1, "example.com"u8.ToArray()), (2, list == 0 ? "example"u8.ToArray() : "bad.example"u8.ToArray()), (7, [192, 0, 2, (byte)list, 255, 255, 255, 255]),
                        (4, new X500DistinguishedName("CN=nobody").RawData)])
                    {
                        using (writer.PushSequence())
                        {
                            if (form == 4)
                            {
                                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, form))) writer.WriteEncodedValue(name);
                            }
                            else
                            {
                                writer.WriteOctetString(name, new Asn1Tag(TagClass.ContextSpecific, form));
                            }
                        }
                    }
                }
            }
        }
        return new X509Extension("2.5.29.30", writer.Encode(), true);
    }

    /// <summary>Extensions that are read beside the usual ones: policies and their constraints, authorityInfoAccess, the TLS feature status_request, and an unknown one.</summary>
    private static X509Extension[] Extras() =>
    [
        new("2.5.29.32", [0x30, 8, 0x30, 6, 6, 4, 0x55, 0x1d, 0x20, 0], false), new("2.5.29.36", [0x30, 3, 0x81, 1, 0], true), new("2.5.29.54", [2, 1, 0], true),
        new X509AuthorityInformationAccessExtension(null, ["http://ca.example/ca.crt"]), new("1.3.6.1.5.5.7.1.24", [0x30, 3, 2, 1, 5], false), new("1.2.3.4", [5, 0], false),
    ];
}
