namespace UserTcp.Tls.Certificates;

/// <summary>The kinds of public key that a certificate can hold (RFC 3279 2.3, RFC 4055 1.2, RFC 5480 2, RFC 8410 3).</summary>
internal enum PublicKeyAlgorithm
{
    /// <summary>A kind that is not supported, such as DSA, P-192 or a curve given by explicit parameters.</summary>
    Unsupported,

    /// <summary>rsaEncryption: signs with PKCS#1 v1.5 or PSS.</summary>
    Rsa,

    /// <summary>id-RSASSA-PSS: signs with PSS only.</summary>
    RsaPss,

    /// <summary>secp256r1.</summary>
    P256,

    /// <summary>secp384r1.</summary>
    P384,

    /// <summary>secp521r1.</summary>
    P521,

    /// <summary>Ed25519.</summary>
    Ed25519,
}

/// <summary>The public key of a certificate.</summary>
/// <param name="SubjectPublicKeyInfo">The DER of the key with its algorithm (RFC 5280 4.1.2.7).</param>
/// <param name="Algorithm">What kind of key it is.</param>
/// <param name="Bits">Its size: of the modulus for RSA, of the field for a curve; 0 when unsupported.</param>
/// <param name="Description">For messages: "RSA 2048", "P-256", "1.2.840.10040.4.1".</param>
internal sealed record ServerPublicKey(ReadOnlyMemory<byte> SubjectPublicKeyInfo, PublicKeyAlgorithm Algorithm, int Bits, string Description);
