using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Ocsp;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Certificates;

/// <summary>What a responder says of one certificate (RFC 6960 4.2.1).</summary>
internal enum OcspStatus
{
    Good = 0,
    Revoked = 1,
    Unknown = 2,
}

/// <summary>A SingleResponse.</summary>
/// <param name="Id">Which certificate it is about.</param>
/// <param name="Status">What is said of it.</param>
/// <param name="ThisUpdate">When that was known to be so.</param>
/// <param name="NextUpdate">Until when it may be relied upon; null when it does not say.</param>
internal sealed record OcspAnswer(CertID Id, OcspStatus Status, DateTimeOffset ThisUpdate, DateTimeOffset? NextUpdate);

/// <summary>A signed, successful OCSP response (RFC 6960 4.2.1). <see cref="OcspRule"/> judges it.</summary>
internal sealed class OcspResponse
{
    private const int Successful = 0;

    private OcspResponse(byte[] der)
    {
        var outer = Org.BouncyCastle.Asn1.Ocsp.OcspResponse.GetInstance(Asn1Object.FromByteArray(der));
        int status = outer.ResponseStatus.IntValueExact;
        // RFC 6960 4.2.1: an error such as tryLater is not signed and says nothing.
        if (status != Successful) throw new FormatException($"the responder's status is {status}, not successful (0)");
        if (!outer.ResponseBytes.ResponseType.Equals(OcspObjectIdentifiers.PkixOcspBasic))
            throw new FormatException($"the response is of type {ObjectIdentifier.Text(outer.ResponseBytes.ResponseType)}, not basic");

        byte[] basicDer = outer.ResponseBytes.Response.GetOctets();
        var basic = BasicOcspResponse.GetInstance(Asn1Object.FromByteArray(basicDer));
        ResponseData data = basic.TbsResponseData;
        ToBeSigned = new AsnReader(basicDer, AsnEncodingRules.DER).ReadSequence().ReadEncodedValue();
        Signature = basic.GetSignatureOctets();
        (SignatureAlgorithm, SignatureScheme) = CertificateSignature.Read(basic.SignatureAlgorithm.GetEncoded(Asn1Encodable.Der));
        ResponderKeyHash = data.ResponderID.GetKeyHash();
        ResponderName = data.ResponderID.Name is { } name ? DistinguishedName.Read(name.GetEncoded(Asn1Encodable.Der)) : null;
        Answers = [.. data.Responses.Select(r => Read(SingleResponse.GetInstance(r)))];
        Certificates = basic.Certs is null ? [] : [.. basic.Certs.Select(c => c.GetEncoded(Asn1Encodable.Der))];
        CriticalExtensions = [.. data.ResponseExtensions?.GetCriticalExtensionOids().Select(ObjectIdentifier.Text) ?? []];
    }

    internal ReadOnlyMemory<byte> ToBeSigned { get; }

    internal byte[] Signature { get; }

    /// <summary>How it is signed; null when that is not one of the supported schemes.</summary>
    internal SignatureScheme? SignatureScheme { get; }

    internal string SignatureAlgorithm { get; }

    /// <summary>SHA-1 of the responder's key; null when it is named instead.</summary>
    internal byte[]? ResponderKeyHash { get; }

    internal DistinguishedName? ResponderName { get; }

    internal IReadOnlyList<OcspAnswer> Answers { get; }

    /// <summary>Certificates that the responder sent along; DER.</summary>
    internal IReadOnlyList<byte[]> Certificates { get; }

    /// <summary>None is processed here (RFC 6960 4.4).</summary>
    internal IReadOnlyList<string> CriticalExtensions { get; }

    /// <summary>Reads a response. Total: <paramref name="defect"/> says what is malformed, or that it is no answer.</summary>
    internal static bool TryParse(byte[] der, [NotNullWhen(true)] out OcspResponse? response, out string defect)
    {
        (response, defect) = (null, "");
        try
        {
            response = new OcspResponse(der);
            return true;
        }
#pragma warning disable CA1031 // ASN.1 parsers throw many types; all of them mean the same: not a response.
        catch (Exception malformed)
#pragma warning restore CA1031
        {
            defect = Printable.Text(malformed.Message);
            return false;
        }
    }

    private static OcspAnswer Read(SingleResponse single)
    {
        if (single.SingleExtensions?.GetCriticalExtensionOids() is { Length: > 0 } critical) throw new FormatException($"an answer has the critical extension {ObjectIdentifier.Text(critical[0])}");
        return new OcspAnswer(single.CertId, (OcspStatus)single.CertStatus.TagNo, Utc(single.ThisUpdate), single.NextUpdate is { } next ? Utc(next) : null);
    }

    private static DateTimeOffset Utc(Asn1GeneralizedTime time) => new(time.ToDateTime().ToUniversalTime(), TimeSpan.Zero);
}
