using System.Security.Cryptography;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Nist;
using Org.BouncyCastle.Asn1.Ocsp;
using Org.BouncyCastle.Asn1.Oiw;
using Org.BouncyCastle.Asn1.X509;
using UserTcp.Tls.Crypto;

namespace UserTcp.Tls.Certificates;

/// <summary>Judges a stapled OCSP response (RFC 6960 3.2, RFC 6066 8). What cannot be relied upon is refused: a server that staples has the newest at hand.</summary>
internal static class OcspRule
{
    /// <summary>How far clocks may differ: what OpenSSL's tools and Windows allow.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>Judges what came with a verified path.</summary>
    /// <param name="evidence">The staple, if there is one.</param>
    /// <param name="server">The server's certificate.</param>
    /// <param name="issuer">The one that issued it; null when the server's is itself the anchor, of which nobody can speak.</param>
    /// <param name="utcNow">The time.</param>
    /// <param name="crypto">Who verifies the signatures.</param>
    /// <returns>Null when there is nothing to judge.</returns>
    internal static Finding? Check(ServerEvidence evidence, CertificateDetails server, CertificateDetails? issuer, DateTimeOffset utcNow, ITlsCrypto crypto)
    {
        if (evidence.Staple.IsEmpty)
        {
            // RFC 7633 4.2.3.1: whoever stole the key would leave out the staple, so its absence is refused.
            return !server.MustStaple || !evidence.StatusRequested ? null : Finding.Of(CertificateCheckKind.Revocation, server, false, "no stapled OCSP response",
                "one, as the certificate promises (must-staple)", "RFC 7633 4.2.3.1", TlsError.CertificateStatusMissing,
                "Turn on OCSP stapling in the server, or have the certificate issued without the TLS feature status_request.");
        }
        if (issuer is null) return null;
        if (!OcspResponse.TryParse(evidence.Staple.ToArray(), out OcspResponse? response, out string defect))
            return Invalid(server, defect, "a successful basic OCSP response", "RFC 6960 4.2.1");
        if (response.Answers.FirstOrDefault(answer => IsAbout(answer.Id, server, issuer)) is not { } answer)
            return Invalid(server, $"an answer about {response.Answers.Count} other certificates", "one about the server's", "RFC 6960 3.2 (1)");
        if (Flaw(response, answer, issuer, utcNow, crypto) is { } flaw) return Invalid(server, flaw.Seen, flaw.Wanted, flaw.Rfc);
        return Finding.Of(CertificateCheckKind.Revocation, server, answer.Status == OcspStatus.Good, $"{answer.Status} by the stapled OCSP response of {answer.ThisUpdate:u}",
            nameof(OcspStatus.Good), "RFC 6960 2.2", answer.Status == OcspStatus.Revoked ? TlsError.CertificateRevoked : TlsError.CertificateStatusInvalid,
            "Do not use it: have the server's certificate issued again, for a new key.");
    }

    private static Finding Invalid(CertificateDetails server, string seen, string wanted, string rfc) =>
        Finding.Of(CertificateCheckKind.Revocation, server, false, $"a stapled OCSP response with {seen}", wanted, rfc, TlsError.CertificateStatusInvalid,
            "Have the server fetch a new OCSP response from its certificate's issuer.");

    private static (string Seen, string Wanted, string Rfc)? Flaw(OcspResponse response, OcspAnswer answer, CertificateDetails issuer, DateTimeOffset utcNow, ITlsCrypto crypto)
    {
        if (response.CriticalExtensions is [string extension, ..]) return ($"the critical extension {extension}", "none that is not processed", "RFC 6960 4.4");
        if (answer.ThisUpdate > utcNow + ClockSkew) return ($"thisUpdate {answer.ThisUpdate:u}", $"one before {utcNow:u}", "RFC 6960 3.2 (5)");
        // Without nextUpdate a response from before the theft of a key would be good for ever (BR 4.9.10 demands it too).
        if (answer.NextUpdate is not { } next) return ("no nextUpdate", "one, so that it ends", "RFC 6960 3.2 (6)");
        if (next + ClockSkew < utcNow) return ($"nextUpdate {next:u}", $"one after {utcNow:u}", "RFC 6960 3.2 (6)");
        if (response.SignatureScheme is not { } scheme) return ($"the signature algorithm {response.SignatureAlgorithm}", "one with SHA-2", "RFC 9155");

        (ServerPublicKey? key, string why) = Responder(response, issuer, utcNow, crypto);
        if (key is null) return (why, "the issuer itself, or a responder that it authorised", "RFC 6960 4.2.2.2");
        return CertificateSignature.Verify(crypto, scheme, response.ToBeSigned.Span, response.Signature, key) ? null
            : ("a signature that the responder did not make", "one that it made", "RFC 6960 3.2 (2)");
    }

    /// <summary>RFC 6960 4.2.2.2: who may sign is the issuer, or the one whom it gave a certificate with id-kp-OCSPSigning.</summary>
    /// <remarks>One candidate is judged, so a response costs at most two signatures, whatever it brings along.</remarks>
    private static (ServerPublicKey? Key, string Why) Responder(OcspResponse response, CertificateDetails issuer, DateTimeOffset utcNow, ITlsCrypto crypto)
    {
        if (IsResponder(response, issuer)) return (issuer.Key, "an issuer whose key cannot be used");
        CertificateDetails? responder = response.Certificates.Where(der => CertificateParser.TryReadSubject(der, out _))
            .Select(der => CertificateParser.TryParse(der, out CertificateDetails? c, out _) && IsResponder(response, c) ? c : null).FirstOrDefault(c => c is not null);
        if (responder is null) return (null, "a responder that is not the issuer and whose certificate is not in it");
        if (!responder.Issuer.Equals(issuer.Subject)) return (null, $"the responder {responder.Subject}, whom another authority certified");
        if (responder.ExtendedKeyUsage?.Contains(KeyPurposeID.id_kp_OCSPSigning.Id) is not true) return (null, $"the responder {responder.Subject}, which may not sign OCSP responses");
        foreach (Finding finding in (Finding[])[CertificateRules.Validity(responder, utcNow), CertificateRules.CriticalExtensions(responder),
            CertificateRules.KeyStrength(responder), CertificateRules.SignatureStrength(responder), ServerRules.SigningUsage(responder)])
        {
            if (!finding.Passed) return (null, $"the responder {responder.Subject}, in whose certificate is {finding.Check.Seen}");
        }
        return issuer.Key is { } issuerKey && CertificateSignature.Verify(crypto, responder, issuerKey)
            ? (responder.Key, "") : (null, $"the responder {responder.Subject}, whose certificate the issuer did not sign");
    }

#pragma warning disable CA5350 // RFC 6960 4.2.1 names keys by their SHA-1. It only picks the key; the signature decides.
    private static bool IsResponder(OcspResponse response, CertificateDetails certificate) => response.ResponderKeyHash is { } hash
        ? SHA1.HashData(KeyBits(certificate)).AsSpan().SequenceEqual(hash)
        : certificate.Subject.Equals(response.ResponderName);

    /// <summary>RFC 6960 4.1.1: hashes of the issuer's name and key, and the serial number.</summary>
    private static bool IsAbout(CertID id, CertificateDetails server, CertificateDetails issuer)
    {
        DerObjectIdentifier algorithm = id.HashAlgorithm.Algorithm;
        Func<byte[], byte[]>? hash =
            algorithm.Equals(OiwObjectIdentifiers.IdSha1) ? SHA1.HashData
            : algorithm.Equals(NistObjectIdentifiers.IdSha256) ? SHA256.HashData
            : algorithm.Equals(NistObjectIdentifiers.IdSha384) ? SHA384.HashData
            : algorithm.Equals(NistObjectIdentifiers.IdSha512) ? SHA512.HashData
            : null;
        return hash is not null
            && server.SerialNumber.Span.SequenceEqual(id.SerialNumber.Value.ToByteArray())
            && hash(server.Issuer.Der.ToArray()).AsSpan().SequenceEqual(id.IssuerNameHash.GetOctets())
            && hash(KeyBits(issuer)).AsSpan().SequenceEqual(id.IssuerKeyHash.GetOctets());
    }
#pragma warning restore CA5350

    /// <summary>The content of the key's BIT STRING.</summary>
    private static byte[] KeyBits(CertificateDetails certificate) => SubjectPublicKeyInfo.GetInstance(certificate.SubjectPublicKeyInfo.ToArray()).PublicKey.GetOctets();
}
