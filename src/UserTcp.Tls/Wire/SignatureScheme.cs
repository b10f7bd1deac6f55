namespace UserTcp.Tls.Wire;

/// <summary>Signature schemes of the signature_algorithms extension (RFC 5246 7.4.1.4.1 as renamed by RFC 8446 4.2.3).</summary>
/// <remarks>In TLS 1.2 the two bytes are (hash, signature): an ECDSA scheme names the hash only and does not bind the curve.</remarks>
public enum SignatureScheme : ushort
{
#pragma warning disable CS1591 // The names are the RFC's; TlsNames spells them as the RFC does.
    RsaPkcs1Sha1 = 0x0201,
    EcdsaSha1 = 0x0203,
    RsaPkcs1Sha256 = 0x0401,
    EcdsaSecp256r1Sha256 = 0x0403,
    RsaPkcs1Sha384 = 0x0501,
    EcdsaSecp384r1Sha384 = 0x0503,
    RsaPkcs1Sha512 = 0x0601,
    EcdsaSecp521r1Sha512 = 0x0603,
    RsaPssRsaeSha256 = 0x0804,
    RsaPssRsaeSha384 = 0x0805,
    RsaPssRsaeSha512 = 0x0806,
    Ed25519 = 0x0807,
    Ed448 = 0x0808,
    RsaPssPssSha256 = 0x0809,
    RsaPssPssSha384 = 0x080a,
    RsaPssPssSha512 = 0x080b,
#pragma warning restore CS1591
}
