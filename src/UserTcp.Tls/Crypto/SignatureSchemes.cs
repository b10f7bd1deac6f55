using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Crypto;

/// <summary>What a signature scheme is (RFC 8446 4.2.3), and which keys can use it in TLS 1.2.</summary>
internal static class SignatureSchemes
{
    /// <summary>True when a key of this kind can make signatures of <paramref name="scheme"/> in TLS 1.2.</summary>
    internal static bool Fits(SignatureScheme scheme, ServerPublicKey key) => scheme switch
    {
        SignatureScheme.RsaPkcs1Sha256 or SignatureScheme.RsaPkcs1Sha384 or SignatureScheme.RsaPkcs1Sha512
            or SignatureScheme.RsaPssRsaeSha256 or SignatureScheme.RsaPssRsaeSha384 or SignatureScheme.RsaPssRsaeSha512
            => key.Algorithm == PublicKeyAlgorithm.Rsa,
        SignatureScheme.RsaPssPssSha256 or SignatureScheme.RsaPssPssSha384 or SignatureScheme.RsaPssPssSha512
            => key.Algorithm == PublicKeyAlgorithm.RsaPss && key.AllowsPssHash(HashBits(scheme)),
        // RFC 8422 5.10: in TLS 1.2 an ECDSA scheme names the hash; the curve comes from the certificate.
        SignatureScheme.EcdsaSecp256r1Sha256 or SignatureScheme.EcdsaSecp384r1Sha384 or SignatureScheme.EcdsaSecp521r1Sha512
            => key.Curve is not null,
        SignatureScheme.Ed25519 => key.Algorithm == PublicKeyAlgorithm.Ed25519,
        _ => false,
    };

    /// <summary>Length of the scheme's SHA-2 hash, in bits.</summary>
    internal static int HashBits(SignatureScheme scheme) => scheme switch
    {
        SignatureScheme.RsaPkcs1Sha256 or SignatureScheme.RsaPssRsaeSha256 or SignatureScheme.RsaPssPssSha256 or SignatureScheme.EcdsaSecp256r1Sha256 => 256,
        SignatureScheme.RsaPkcs1Sha384 or SignatureScheme.RsaPssRsaeSha384 or SignatureScheme.RsaPssPssSha384 or SignatureScheme.EcdsaSecp384r1Sha384 => 384,
        _ => 512,
    };

    /// <summary>Whether an RSA scheme is PKCS#1 v1.5; else it is PSS.</summary>
    internal static bool IsPkcs1(SignatureScheme scheme)
        => scheme is SignatureScheme.RsaPkcs1Sha256 or SignatureScheme.RsaPkcs1Sha384 or SignatureScheme.RsaPkcs1Sha512;
}
