namespace UserTcp.Tls.Certificates;

/// <summary>How the negotiated suite uses the key in the server's certificate: it signs ServerKeyExchange (RFC 8422 2).</summary>
internal enum ServerKeyUse
{
    /// <summary>ECDHE_RSA: the certificate must hold an RSA key that may sign.</summary>
    RsaSignature,

    /// <summary>ECDHE_ECDSA: the certificate must hold an elliptic curve key that may sign.</summary>
    EcdsaSignature,
}
