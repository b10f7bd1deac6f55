using System.Net.Security;

namespace UserTcp.Tls.Wire;

/// <summary>Code points spelled as the RFCs and IANA spell them; unknown ones in hexadecimal, GREASE (RFC 8701) by that name.</summary>
public static class TlsNames
{
    /// <summary>The suite's IANA name, such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256.</summary>
    public static string Name(this TlsCipherSuite suite) => (ushort)suite switch
    {
        0x00ff => "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",  // RFC 5746 3.3
        0x5600 => "TLS_FALLBACK_SCSV",                  // RFC 7507 2
        _ when Enum.IsDefined(suite) => suite.ToString(),
        ushort other => Unknown(other),
    };

    /// <summary>Such as "TLS 1.2".</summary>
    public static string Name(this TlsVersion version) => version switch
    {
        TlsVersion.Ssl30 => "SSL 3.0",
        TlsVersion.Tls10 => "TLS 1.0",
        TlsVersion.Tls11 => "TLS 1.1",
        TlsVersion.Tls12 => "TLS 1.2",
        TlsVersion.Tls13 => "TLS 1.3",
        _ => Unknown((ushort)version),
    };

    /// <summary>Such as "x25519".</summary>
    public static string Name(this NamedGroup group) => group switch
    {
        NamedGroup.Secp224r1 => "secp224r1 (P-224)",
        NamedGroup.Secp256r1 => "secp256r1 (P-256)",
        NamedGroup.Secp384r1 => "secp384r1 (P-384)",
        NamedGroup.Secp521r1 => "secp521r1 (P-521)",
        NamedGroup.X25519 => "x25519",
        NamedGroup.X448 => "x448",
        NamedGroup.Ffdhe2048 => "ffdhe2048",
        NamedGroup.Ffdhe3072 => "ffdhe3072",
        _ => Unknown((ushort)group),
    };

    /// <summary>Such as "rsa_pss_rsae_sha256".</summary>
    public static string Name(this SignatureScheme scheme) => scheme switch
    {
        SignatureScheme.RsaPkcs1Sha1 => "rsa_pkcs1_sha1",
        SignatureScheme.EcdsaSha1 => "ecdsa_sha1",
        SignatureScheme.RsaPkcs1Sha256 => "rsa_pkcs1_sha256",
        SignatureScheme.RsaPkcs1Sha384 => "rsa_pkcs1_sha384",
        SignatureScheme.RsaPkcs1Sha512 => "rsa_pkcs1_sha512",
        SignatureScheme.EcdsaSecp256r1Sha256 => "ecdsa_secp256r1_sha256",
        SignatureScheme.EcdsaSecp384r1Sha384 => "ecdsa_secp384r1_sha384",
        SignatureScheme.EcdsaSecp521r1Sha512 => "ecdsa_secp521r1_sha512",
        SignatureScheme.RsaPssRsaeSha256 => "rsa_pss_rsae_sha256",
        SignatureScheme.RsaPssRsaeSha384 => "rsa_pss_rsae_sha384",
        SignatureScheme.RsaPssRsaeSha512 => "rsa_pss_rsae_sha512",
        SignatureScheme.Ed25519 => "ed25519",
        SignatureScheme.Ed448 => "ed448",
        SignatureScheme.RsaPssPssSha256 => "rsa_pss_pss_sha256",
        SignatureScheme.RsaPssPssSha384 => "rsa_pss_pss_sha384",
        SignatureScheme.RsaPssPssSha512 => "rsa_pss_pss_sha512",
        _ => Unknown((ushort)scheme),
    };

    /// <summary>The description with its number, such as "handshake_failure (40)".</summary>
    public static string Name(this TlsAlert alert)
    {
        if (!Enum.IsDefined(alert)) return $"unknown ({(byte)alert})";
        var name = new System.Text.StringBuilder();
        foreach (char c in alert.ToString())
        {
            if (char.IsAsciiLetterUpper(c) && name.Length > 0) name.Append('_');
            name.Append(char.ToLowerInvariant(c));
        }
        return $"{name} ({(byte)alert})";
    }

    /// <summary>Such as "server_name".</summary>
    public static string Name(this ExtensionType type) => type switch
    {
        ExtensionType.ServerName => "server_name",
        ExtensionType.MaxFragmentLength => "max_fragment_length",
        ExtensionType.StatusRequest => "status_request",
        ExtensionType.SupportedGroups => "supported_groups",
        ExtensionType.EcPointFormats => "ec_point_formats",
        ExtensionType.SignatureAlgorithms => "signature_algorithms",
        ExtensionType.ApplicationLayerProtocolNegotiation => "application_layer_protocol_negotiation",
        ExtensionType.SignedCertificateTimestamp => "signed_certificate_timestamp",
        ExtensionType.RecordSizeLimit => "record_size_limit",
        ExtensionType.Padding => "padding",
        ExtensionType.EncryptThenMac => "encrypt_then_mac",
        ExtensionType.ExtendedMasterSecret => "extended_master_secret",
        ExtensionType.SessionTicket => "session_ticket",
        ExtensionType.PreSharedKey => "pre_shared_key",
        ExtensionType.SupportedVersions => "supported_versions",
        ExtensionType.PskKeyExchangeModes => "psk_key_exchange_modes",
        ExtensionType.KeyShare => "key_share",
        ExtensionType.RenegotiationInfo => "renegotiation_info",
        _ => Unknown((ushort)type),
    };

    private static string Unknown(ushort value)
        => (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff) ? $"GREASE (0x{value:x4})" : $"0x{value:x4}";
}
