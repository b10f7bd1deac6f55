using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace UserTcp.Tls.Tests.Certificates;

/// <summary>Makes OCSP responses (RFC 6960 4.2.1) with .NET's AsnWriter: independent of the code under test.</summary>
internal sealed record TestResponder(TestCertificate Issuer)
{
    /// <summary>Who signs; the issuer itself when null. Its certificate then comes along.</summary>
    public TestCertificate? Delegate { get; init; }
    public TestCertificate? About { get; init; }
    public int Status { get; init; }
    public DateTimeOffset ThisUpdate { get; init; } = TestCertificate.Now.AddHours(-1);
    public DateTimeOffset? NextUpdate { get; init; } = TestCertificate.Now.AddHours(1);
    public bool ByKey { get; init; }
    public bool BadSignature { get; init; }
    public int ResponseStatus { get; init; }
    public bool WithoutCertificate { get; init; }
    public HashAlgorithmName IdHash { get; init; } = HashAlgorithmName.SHA1;

    public byte[] Respond(TestCertificate server)
    {
        TestCertificate signer = Delegate ?? Issuer;
        byte[] data = Data(About ?? server, signer);
        byte[] signature = ((ECDsa)signer.Key).SignData(BadSignature ? [.. data, 0] : data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue([0x0a, 1, (byte)ResponseStatus]);
            if (ResponseStatus == 0)
            {
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier("1.3.6.1.5.5.7.48.1.1");
                    writer.WriteOctetString(Basic(data, signature));
                }
            }
        }
        return writer.Encode();
    }

    private byte[] Basic(byte[] data, byte[] signature)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(data);
            using (writer.PushSequence()) writer.WriteObjectIdentifier("1.2.840.10045.4.3.2");
            writer.WriteBitString(signature);
            if (Delegate is not null && !WithoutCertificate)
            {
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                using (writer.PushSequence())
                    writer.WriteEncodedValue(Delegate.Der);
            }
        }
        return writer.Encode();
    }

    private byte[] Data(TestCertificate server, TestCertificate signer)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(server.Der);
        using X509Certificate2 issuer = X509CertificateLoader.LoadCertificate(Issuer.Der);
        using X509Certificate2 responder = X509CertificateLoader.LoadCertificate(signer.Der);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, ByKey ? 2 : 1)))
            {
                if (ByKey) writer.WriteOctetString(CryptographicOperations.HashData(HashAlgorithmName.SHA1, responder.PublicKey.EncodedKeyValue.RawData));
                else writer.WriteEncodedValue(responder.SubjectName.RawData);
            }
            writer.WriteGeneralizedTime(ThisUpdate, omitFractionalSeconds: true);
            using (writer.PushSequence())
            using (writer.PushSequence())
            {
                using (writer.PushSequence())
                {
                    using (writer.PushSequence()) writer.WriteObjectIdentifier(IdHash == HashAlgorithmName.SHA1 ? "1.3.14.3.2.26" : "2.16.840.1.101.3.4.2.1");
                    writer.WriteOctetString(CryptographicOperations.HashData(IdHash, certificate.IssuerName.RawData));
                    writer.WriteOctetString(CryptographicOperations.HashData(IdHash, issuer.PublicKey.EncodedKeyValue.RawData));
                    writer.WriteInteger(certificate.SerialNumberBytes.Span);
                }
                if (Status == 1)
                {
                    using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1))) writer.WriteGeneralizedTime(ThisUpdate, omitFractionalSeconds: true);
                }
                else
                {
                    writer.WriteNull(new Asn1Tag(TagClass.ContextSpecific, Status));
                }
                writer.WriteGeneralizedTime(ThisUpdate, omitFractionalSeconds: true);
                if (NextUpdate is { } next)
                {
                    using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0))) writer.WriteGeneralizedTime(next, omitFractionalSeconds: true);
                }
            }
        }
        return writer.Encode();
    }
}
