using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.EdEC;
using Org.BouncyCastle.Asn1.Nist;
using Org.BouncyCastle.Asn1.Oiw;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Asn1.X9;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Certificates;

/// <summary>The signature algorithms of certificates (RFC 3279 2.2, RFC 4055, RFC 5758), as the TLS schemes that they are.</summary>
internal static class CertificateSignature
{
    private static readonly Dictionary<DerObjectIdentifier, (string Name, SignatureScheme? Scheme)> Algorithms = new()
    {
        [PkcsObjectIdentifiers.Sha256WithRsaEncryption] = ("sha256WithRSAEncryption", SignatureScheme.RsaPkcs1Sha256),
        [PkcsObjectIdentifiers.Sha384WithRsaEncryption] = ("sha384WithRSAEncryption", SignatureScheme.RsaPkcs1Sha384),
        [PkcsObjectIdentifiers.Sha512WithRsaEncryption] = ("sha512WithRSAEncryption", SignatureScheme.RsaPkcs1Sha512),
        [X9ObjectIdentifiers.ECDsaWithSha256] = ("ecdsa-with-SHA256", SignatureScheme.EcdsaSecp256r1Sha256),
        [X9ObjectIdentifiers.ECDsaWithSha384] = ("ecdsa-with-SHA384", SignatureScheme.EcdsaSecp384r1Sha384),
        [X9ObjectIdentifiers.ECDsaWithSha512] = ("ecdsa-with-SHA512", SignatureScheme.EcdsaSecp521r1Sha512),
        [EdECObjectIdentifiers.id_Ed25519] = ("Ed25519", SignatureScheme.Ed25519),
        // Named only to be refused by name.
        [PkcsObjectIdentifiers.MD2WithRsaEncryption] = ("md2WithRSAEncryption", null),
        [PkcsObjectIdentifiers.MD5WithRsaEncryption] = ("md5WithRSAEncryption", null),
        [PkcsObjectIdentifiers.Sha1WithRsaEncryption] = ("sha1WithRSAEncryption", null),
        [PkcsObjectIdentifiers.Sha224WithRsaEncryption] = ("sha224WithRSAEncryption", null),
        [OiwObjectIdentifiers.Sha1WithRsa] = ("sha1WithRSA", null),
        [X9ObjectIdentifiers.ECDsaWithSha1] = ("ecdsa-with-SHA1", null),
        [X9ObjectIdentifiers.ECDsaWithSha224] = ("ecdsa-with-SHA224", null),
        [X9ObjectIdentifiers.IdDsaWithSha1] = ("dsa-with-sha1", null),
        [NistObjectIdentifiers.DsaWithSha256] = ("dsa-with-sha256", null),
    };

    /// <summary>The name to show.</summary>
    internal static string Name(AlgorithmIdentifier algorithm) =>
        algorithm.Algorithm.Equals(PkcsObjectIdentifiers.IdRsassaPss) ? "RSASSA-PSS"
        : Algorithms.TryGetValue(algorithm.Algorithm, out var known) ? known.Name
        : ObjectIdentifier.Text(algorithm.Algorithm);

    /// <summary>The scheme to verify with; null when it is not one of ours.</summary>
    internal static SignatureScheme? Scheme(AlgorithmIdentifier algorithm) =>
        algorithm.Algorithm.Equals(PkcsObjectIdentifiers.IdRsassaPss) ? PssScheme(algorithm.Parameters)
        : Algorithms.TryGetValue(algorithm.Algorithm, out var known) ? known.Scheme
        : null;

    /// <summary>True when the holder of <paramref name="issuerKey"/> signed the certificate (RFC 5280 6.1.3 (a)(1)).</summary>
    internal static bool Verify(ITlsCrypto crypto, CertificateDetails certificate, ServerPublicKey issuerKey) =>
        certificate.SignatureScheme is { } scheme && Verify(crypto, scheme, certificate.ToBeSigned.Span, certificate.Signature, issuerKey);

    /// <summary>True when the holder of <paramref name="key"/> signed these octets of a certificate, revocation list or OCSP response.</summary>
    internal static bool Verify(ITlsCrypto crypto, SignatureScheme scheme, ReadOnlySpan<byte> toBeSigned, ReadOnlySpan<byte> signature, ServerPublicKey key)
    {
        // RFC 4055 1.2: both kinds of RSA key make PSS signatures; TLS gives them a scheme each.
        if (key.Algorithm == PublicKeyAlgorithm.RsaPss)
        {
            scheme = scheme switch
            {
                SignatureScheme.RsaPssRsaeSha256 => SignatureScheme.RsaPssPssSha256,
                SignatureScheme.RsaPssRsaeSha384 => SignatureScheme.RsaPssPssSha384,
                SignatureScheme.RsaPssRsaeSha512 => SignatureScheme.RsaPssPssSha512,
                _ => scheme,
            };
        }
        return crypto.Verify(scheme, key, toBeSigned, signature);
    }

    /// <summary>RFC 4055 3.1: the hash is a parameter. As in TLS, MGF1 must use the same hash and the salt must be as long as it (RFC 8446 4.2.3).</summary>
    private static SignatureScheme? PssScheme(Asn1Encodable? parameters)
    {
        if (parameters is null) return null;
        var pss = RsassaPssParameters.GetInstance(parameters);
        DerObjectIdentifier hash = pss.HashAlgorithm.Algorithm;
        if (!pss.MaskGenAlgorithm.Algorithm.Equals(PkcsObjectIdentifiers.IdMgf1)) return null;
        if (!AlgorithmIdentifier.GetInstance(pss.MaskGenAlgorithm.Parameters).Algorithm.Equals(hash)) return null;
        (SignatureScheme? scheme, int saltLength) =
            hash.Equals(NistObjectIdentifiers.IdSha256) ? (SignatureScheme.RsaPssRsaeSha256, 32)
            : hash.Equals(NistObjectIdentifiers.IdSha384) ? (SignatureScheme.RsaPssRsaeSha384, 48)
            : hash.Equals(NistObjectIdentifiers.IdSha512) ? (SignatureScheme.RsaPssRsaeSha512, 64)
            : ((SignatureScheme?)null, 0);
        return pss.SaltLength.Value.Equals(Org.BouncyCastle.Math.BigInteger.ValueOf(saltLength)) ? scheme : null;
    }
}
