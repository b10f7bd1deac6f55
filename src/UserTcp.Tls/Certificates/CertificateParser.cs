using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Certificates;

/// <summary>Reads a certificate (RFC 5280 4.1). Total: whatever the bytes, the answer is the certificate or a sentence.</summary>
/// <remarks>What is read are slices of the certificate; text is made of them when it is asked for. An extension that is known here must be well formed
/// even when nothing asks for it: two parsers that disagree about a certificate are how attacks on names begin.</remarks>
internal static class CertificateParser
{
    /// <summary>Reads a certificate. <paramref name="defect"/> says what is malformed when it cannot be read.</summary>
    internal static bool TryParse(byte[] der, [NotNullWhen(true)] out CertificateDetails? certificate, out string defect)
    {
        string part = "the certificate";
        try
        {
            certificate = Parse(der, ref part);
            defect = "";
            return true;
        }
        catch (AsnContentException malformed)
        {
            certificate = null;
            defect = Printable.Text($"{part} is malformed: {malformed.Message.TrimEnd('.')}");
            return false;
        }
#pragma warning disable CA1031 // BouncyCastle reads the parameters of RSASSA-PSS and throws many types; all of them mean the same: not a certificate.
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
            DerReader tbs = new DerReader(der).ReadSequence().ReadSequence();
            if (tbs.NextContextTag == 0) tbs.ReadElement();                    // version
            for (int field = 0; field < 4; field++) tbs.ReadElement();         // serial number, signature, issuer, validity
            subject = DistinguishedName.Read(tbs.ReadElement(), checkValues: false);    // the rest of the certificate is not checked either
            return true;
        }
        catch (Exception malformed) when (malformed is AsnContentException or FormatException)
        {
            return false;
        }
    }

    /// <param name="der">The certificate.</param>
    /// <param name="part">Which part is being read, for the sentence when it is malformed.</param>
    private static CertificateDetails Parse(byte[] der, ref string part)
    {
        DerReader certificate = DerReader.Sequence(der);
        ReadOnlyMemory<byte> toBeSigned = certificate.ReadElement();
        DerReader tbs = DerReader.Sequence(toBeSigned);

        part = "the version";
        int version = ReadVersion(ref tbs);
        part = "the serial number";
        ReadOnlyMemory<byte> serialNumber = tbs.ReadInteger();
        part = "the signature algorithm";
        ReadOnlyMemory<byte> signedAlgorithm = tbs.ReadElement();
        part = "the issuer";
        DistinguishedName issuer = DistinguishedName.Read(tbs.ReadElement());
        if (issuer.IsEmpty) throw new AsnContentException("an empty name");    // RFC 5280 4.1.2.4
        part = "the validity";
        DerReader validity = tbs.ReadSequence();
        DateTimeOffset notBefore = validity.ReadTime();
        DateTimeOffset notAfter = validity.ReadTime();
        validity.End();
        part = "the subject";
        DistinguishedName subject = DistinguishedName.Read(tbs.ReadElement());
        part = "the subjectPublicKeyInfo";
        ReadOnlyMemory<byte> spki = tbs.ReadElement();
        ServerPublicKey.Check(spki);
        part = "a unique identifier";
        // RFC 5280 4.1.2.8: from version 2 on
        if (version > 1 && tbs.NextContextTag == 1) tbs.ReadBitString(out _, 1);
        if (version > 1 && tbs.NextContextTag == 2) tbs.ReadBitString(out _, 2);
        part = "the list of extensions";
        ExtensionValues extensions = version == 3 && tbs.NextContextTag == 3 ? ReadExtensions(ref tbs) : ExtensionValues.None;    // RFC 5280 4.1.2.9
        part = "the part that is signed";
        tbs.End();

        part = "the signature algorithm";
        ReadOnlyMemory<byte> algorithm = certificate.ReadElement();
        (string algorithmName, SignatureScheme? scheme) = CertificateSignature.Read(algorithm);
        bool agree = signedAlgorithm.Span.SequenceEqual(algorithm.Span);
        if (!agree) CertificateSignature.Read(signedAlgorithm);
        part = "the signature";
        ReadOnlyMemory<byte> signature = certificate.ReadWholeOctets();
        certificate.End();

        _ = ServerPublicKey.TryParse(spki, out ServerPublicKey? key, out TlsError keyError, out string keyDefect);
        return new CertificateDetails
        {
            Der = der,
            ToBeSigned = toBeSigned,
            Signature = signature,
            SignatureScheme = scheme,
            SignatureAlgorithm = algorithmName,
            SignatureAlgorithmsAgree = agree,
            Version = version,
            SerialNumber = serialNumber,
            Issuer = issuer,
            Subject = subject,
            NotBefore = notBefore,
            NotAfter = notAfter,
            SubjectPublicKeyInfo = spki,
            Key = key,
            KeyError = keyError,
            KeyDefect = keyDefect,
            Extensions = extensions,
        };
    }

    /// <summary>RFC 5280 4.1.2.1: 1 where it is not written.</summary>
    private static int ReadVersion(ref DerReader tbs)
    {
        if (tbs.NextContextTag != 0) return 1;
        DerReader version = tbs.ReadSequence(0);
        ReadOnlySpan<byte> number = version.ReadInteger().Span;
        version.End();
        return number is [<= 2] ? number[0] + 1 : throw new AsnContentException("neither 1 nor 2 nor 3");
    }

    private static ExtensionValues ReadExtensions(ref DerReader tbs)
    {
        DerReader tagged = tbs.ReadSequence(3);
        DerReader extensions = tagged.ReadSequence();
        tagged.End();
        return ExtensionValues.Read(extensions);
    }
}
