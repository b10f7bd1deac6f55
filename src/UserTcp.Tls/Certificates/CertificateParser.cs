using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using UserTcp.Tls.Crypto;

namespace UserTcp.Tls.Certificates;

/// <summary>Reads a certificate (RFC 5280 4.1). Total: whatever the bytes, the answer is the certificate or a sentence.</summary>
/// <remarks>BouncyCastle reads the ASN.1; this says which structures a certificate must have. An extension that is known here must be well formed
/// even when nothing asks for it: two parsers that disagree about a certificate are how attacks on names begin.</remarks>
internal static class CertificateParser
{
    /// <summary>Reads a certificate. <paramref name="defect"/> says what is malformed when it cannot be read.</summary>
    internal static bool TryParse(byte[] der, [NotNullWhen(true)] out CertificateDetails? certificate, out string defect)
    {
        try
        {
            certificate = Parse(der);
            defect = "";
            return true;
        }
#pragma warning disable CA1031 // ASN.1 parsers throw many types; all of them mean the same: not a certificate.
        catch (Exception malformed)
#pragma warning restore CA1031
        {
            certificate = null;
            defect = Printable.Text(malformed.Message);
            return false;
        }
    }

    /// <summary>Reads no more than the subject, so that a bundle of trust anchors costs little. False when even that is malformed.</summary>
    internal static bool TryReadSubject(byte[] der, [NotNullWhen(true)] out DistinguishedName? subject)
    {
        subject = null;
        try
        {
            AsnReader tbs = new AsnReader(der, AsnEncodingRules.DER).ReadSequence().ReadSequence();
            if (tbs.PeekTag().HasSameClassAndValue(new Asn1Tag(TagClass.ContextSpecific, 0))) tbs.ReadEncodedValue();    // version
            for (int field = 0; field < 4; field++) tbs.ReadEncodedValue();    // serial number, signature, issuer, validity
            subject = DistinguishedName.Read(tbs.ReadEncodedValue());
            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static CertificateDetails Parse(byte[] der)
    {
        var structure = X509CertificateStructure.GetInstance(Asn1Object.FromByteArray(der));
        TbsCertificateStructure tbs = structure.TbsCertificate;
        var outer = new AsnReader(der, AsnEncodingRules.DER);
        ReadOnlyMemory<byte> toBeSigned = outer.ReadSequence().ReadEncodedValue();
        outer.ThrowIfNotEmpty();

        ExtensionValues extensions = ExtensionValues.Read(tbs.Extensions);
        byte[] spki = tbs.SubjectPublicKeyInfo.GetEncoded(Asn1Encodable.Der);
        bool keyFits = ServerPublicKey.TryParse(spki, out ServerPublicKey? key, out TlsError keyError, out string keyDetail);
        return new CertificateDetails
        {
            Der = der,
            ToBeSigned = toBeSigned,
            Signature = structure.GetSignatureOctets(),
            SignatureScheme = CertificateSignature.Scheme(structure.SignatureAlgorithm),
            SignatureAlgorithm = CertificateSignature.Name(structure.SignatureAlgorithm),
            SignatureAlgorithmsAgree = structure.SignatureAlgorithm.Equals(tbs.Signature),
            Version = tbs.Version,
            SerialNumber = tbs.SerialNumber.Value.ToByteArray(),
            Issuer = DistinguishedName.Read(tbs.Issuer.GetEncoded(Asn1Encodable.Der)),
            Subject = DistinguishedName.Read(tbs.Subject.GetEncoded(Asn1Encodable.Der)),
            NotBefore = Utc(tbs.StartDate),
            NotAfter = Utc(tbs.EndDate),
            SubjectPublicKeyInfo = spki,
            Key = key,
            KeyError = keyError,
            KeyDescription = keyFits ? Describe(key!) : keyDetail,
            Extensions = extensions.Criticality,
            UnprocessedCritical = extensions.UnprocessedCritical,
            IsAuthority = extensions.IsAuthority,
            PathLength = extensions.PathLength,
            KeyUsage = extensions.KeyUsage,
            ExtendedKeyUsage = extensions.ExtendedKeyUsage,
            AlternativeNames = extensions.AlternativeNames,
            NameConstraints = extensions.NameConstraints,
            SubjectKeyIdentifier = extensions.SubjectKeyIdentifier,
            AuthorityKeyIdentifier = extensions.AuthorityKeyIdentifier,
            IssuerAddress = extensions.IssuerAddress,
            MustStaple = extensions.MustStaple,
        };
    }

    private static DateTimeOffset Utc(Time time) => new(DateTime.SpecifyKind(time.ToDateTime(), DateTimeKind.Utc));

    private static string Describe(ServerPublicKey key) => key.Algorithm switch
    {
        PublicKeyAlgorithm.Rsa => $"RSA {key.Bits}",
        PublicKeyAlgorithm.RsaPss => $"RSA-PSS {key.Bits}",
        PublicKeyAlgorithm.Ed25519 => "Ed25519",
        _ => $"P-{key.Bits}",
    };
}
