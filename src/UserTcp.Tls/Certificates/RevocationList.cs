using System.Formats.Asn1;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Math;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Certificates;

/// <summary>A revocation list that the caller has (RFC 5280 5): complete, and signed by the authority whose certificates it lists. None is ever fetched.</summary>
internal sealed class RevocationList
{
    private readonly ReadOnlyMemory<byte> _toBeSigned;
    private readonly byte[] _signature;
    private readonly SignatureScheme? _scheme;
    private readonly string _algorithm;
    private readonly DateTimeOffset _thisUpdate;
    private readonly DateTimeOffset? _nextUpdate;
    private readonly X509Extensions? _extensions;
    private readonly string[] _criticalExtensions;
    private readonly HashSet<BigInteger> _revoked;

    private RevocationList(byte[] der)
    {
        var list = CertificateList.GetInstance(Asn1Object.FromByteArray(der));
        _toBeSigned = new AsnReader(der, AsnEncodingRules.DER).ReadSequence().ReadEncodedValue();
        _signature = list.GetSignatureOctets();
        (_algorithm, _scheme) = CertificateSignature.Read(list.SignatureAlgorithm.GetEncoded(Asn1Encodable.Der));
        Issuer = DistinguishedName.Read(list.Issuer.GetEncoded(Asn1Encodable.Der));
        _thisUpdate = Utc(list.ThisUpdate);
        _nextUpdate = list.NextUpdate is { } next ? Utc(next) : null;
        _extensions = list.Extensions;
        _criticalExtensions = [.. _extensions?.GetCriticalExtensionOids().Select(ObjectIdentifier.Text) ?? []];
        _revoked = [.. list.GetRevokedCertificates().Select(entry => entry.UserCertificate.Value)];
    }

    /// <summary>Whose certificates it lists.</summary>
    internal DistinguishedName Issuer { get; }

    /// <summary>Reads a list.</summary>
    /// <exception cref="TlsException">It is malformed, with <see cref="TlsError.RevocationListInvalid"/>.</exception>
    internal static RevocationList Read(byte[] der)
    {
        try
        {
            return new RevocationList(der);
        }
#pragma warning disable CA1031 // ASN.1 parsers throw many types; all of them mean the same: not a list.
        catch (Exception malformed)
#pragma warning restore CA1031
        {
            throw new TlsException(TlsError.RevocationListInvalid,
                $"a revocation list cannot be read: seen {der.Length} octets ({Printable.Text(malformed.Message).TrimEnd('.')}); wanted a CertificateList in DER", malformed);
        }
    }

    /// <summary>RFC 5280 6.3.3: the list is the issuer's, in force, and does not name the certificate.</summary>
    internal Finding Check(CertificateDetails certificate, CertificateDetails issuer, DateTimeOffset utcNow, ITlsCrypto crypto)
    {
        if (Flaw(issuer, utcNow, crypto) is { } flaw)
        {
            return Finding.Of(CertificateCheckKind.Revocation, certificate, false, $"a revocation list of {Issuer} with {flaw.Seen}", flaw.Wanted, flaw.Rfc,
                TlsError.RevocationListInvalid, "Get the newest list of that authority.");
        }
        bool revoked = _revoked.Contains(new BigInteger(certificate.SerialNumber.ToArray()));
        return Finding.Of(CertificateCheckKind.Revocation, certificate, !revoked, revoked ? $"revoked by {Issuer}" : "not on the issuer's revocation list",
            "a certificate that was not revoked", "RFC 5280 6.3.3 (j)", TlsError.CertificateRevoked, "Do not use it: have the server's certificate issued again, for a new key.");
    }

    private (string Seen, string Wanted, string Rfc)? Flaw(CertificateDetails issuer, DateTimeOffset utcNow, ITlsCrypto crypto)
    {
        if (utcNow < _thisUpdate) return ($"thisUpdate {_thisUpdate:u}", $"one before {utcNow:u}", "RFC 5280 5.1.2.4");
        if (_nextUpdate is not { } next || utcNow > next) return (_nextUpdate is null ? "no nextUpdate" : $"nextUpdate {_nextUpdate:u}", $"one after {utcNow:u}", "RFC 5280 5.1.2.5");
        if (_extensions?.GetExtension(X509Extensions.CrlNumber) is not { } number) return ("no cRLNumber", "one", "RFC 5280 5.2.3");
        if (number.IsCritical) return ("a critical cRLNumber", "not critical", "RFC 5280 5.2.3");
        // Partial and indirect lists say so in critical extensions, and are not complete.
        if (_criticalExtensions is [string critical, ..]) return ($"the critical extension {critical}", "none that is not processed", "RFC 5280 5.2");
        if (!issuer.AllowsKeyUsage(KeyUsage.CrlSign)) return ($"an issuer whose key usage is {issuer.KeyUsageNames()}", "cRLSign", "RFC 5280 6.3.3 (f)");
        if (_scheme is not { } scheme) return ($"the signature algorithm {_algorithm}", "one with SHA-2", "RFC 9155");
        return issuer.Key is { } key && CertificateSignature.Verify(crypto, scheme, _toBeSigned.Span, _signature, key) ? null
            : ("a signature that the issuer did not make", "one that it made", "RFC 5280 6.3.3 (g)");
    }

    private static DateTimeOffset Utc(Time time) => new(DateTime.SpecifyKind(time.ToDateTime(), DateTimeKind.Utc));
}
