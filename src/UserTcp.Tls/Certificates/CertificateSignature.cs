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
    private static readonly (byte[] Oid, string Name, SignatureScheme? Scheme)[] Algorithms =
    [
        (PkcsObjectIdentifiers.Sha256WithRsaEncryption.GetEncoded(), "sha256WithRSAEncryption", SignatureScheme.RsaPkcs1Sha256),
        (PkcsObjectIdentifiers.Sha384WithRsaEncryption.GetEncoded(), "sha384WithRSAEncryption", SignatureScheme.RsaPkcs1Sha384),
        (PkcsObjectIdentifiers.Sha512WithRsaEncryption.GetEncoded(), "sha512WithRSAEncryption", SignatureScheme.RsaPkcs1Sha512),
        (X9ObjectIdentifiers.ECDsaWithSha256.GetEncoded(), "ecdsa-with-SHA256", SignatureScheme.EcdsaSecp256r1Sha256),
        (X9ObjectIdentifiers.ECDsaWithSha384.GetEncoded(), "ecdsa-with-SHA384", SignatureScheme.EcdsaSecp384r1Sha384),
        (X9ObjectIdentifiers.ECDsaWithSha512.GetEncoded(), "ecdsa-with-SHA512", SignatureScheme.EcdsaSecp521r1Sha512),
        (EdECObjectIdentifiers.id_Ed25519.GetEncoded(), "Ed25519", SignatureScheme.Ed25519),
        // Named only to be refused by name.
        (PkcsObjectIdentifiers.MD2WithRsaEncryption.GetEncoded(), "md2WithRSAEncryption", null),
        (PkcsObjectIdentifiers.MD5WithRsaEncryption.GetEncoded(), "md5WithRSAEncryption", null),
        (PkcsObjectIdentifiers.Sha1WithRsaEncryption.GetEncoded(), "sha1WithRSAEncryption", null),
        (PkcsObjectIdentifiers.Sha224WithRsaEncryption.GetEncoded(), "sha224WithRSAEncryption", null),
        (OiwObjectIdentifiers.Sha1WithRsa.GetEncoded(), "sha1WithRSA", null),
        (X9ObjectIdentifiers.ECDsaWithSha1.GetEncoded(), "ecdsa-with-SHA1", null),
        (X9ObjectIdentifiers.ECDsaWithSha224.GetEncoded(), "ecdsa-with-SHA224", null),
        (X9ObjectIdentifiers.IdDsaWithSha1.GetEncoded(), "dsa-with-sha1", null),
        (NistObjectIdentifiers.DsaWithSha256.GetEncoded(), "dsa-with-sha256", null),
    ];

    private static readonly byte[] Pss = PkcsObjectIdentifiers.IdRsassaPss.GetEncoded();

    /// <summary>Reads an AlgorithmIdentifier; throws when it is malformed.</summary>
    /// <param name="algorithm">Its DER.</param>
    /// <returns>The name to show, and the scheme to verify with, which is null when it is not one of ours.</returns>
    internal static (string Name, SignatureScheme? Scheme) Read(ReadOnlyMemory<byte> algorithm)
    {
        DerReader fields = DerReader.Sequence(algorithm);
        ReadOnlyMemory<byte> oid = fields.ReadObjectIdentifier();
        ReadOnlyMemory<byte> parameters = fields.AtEnd ? default : fields.ReadAny();
        fields.End();
        if (oid.Span.SequenceEqual(Pss)) return ("RSASSA-PSS", parameters.IsEmpty ? null : PssScheme(parameters));
        foreach ((byte[] known, string name, SignatureScheme? scheme) in Algorithms)
        {
            if (oid.Span.SequenceEqual(known)) return (name, scheme);
        }
        return (ObjectIdentifier.Text(oid.Span), null);
    }

    /// <summary>True when the holder of <paramref name="issuerKey"/> signed the certificate (RFC 5280 6.1.3 (a)(1)).</summary>
    internal static bool Verify(ITlsCrypto crypto, CertificateDetails certificate, ServerPublicKey issuerKey) =>
        certificate.SignatureScheme is { } scheme && Verify(crypto, scheme, certificate.ToBeSigned.Span, certificate.Signature.Span, issuerKey);

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
    private static SignatureScheme? PssScheme(ReadOnlyMemory<byte> parameters)
    {
        var pss = RsassaPssParameters.GetInstance(Asn1Object.FromByteArray(parameters.ToArray()));
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
