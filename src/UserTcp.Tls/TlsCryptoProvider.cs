namespace UserTcp.Tls;

/// <summary>Whose cryptography a connection uses. The protocol is the same with each.</summary>
public enum TlsCryptoProvider
{
    /// <summary>BouncyCastle, with RSA signatures verified by our own code.</summary>
    Default,

    /// <summary>BouncyCastle alone.</summary>
    BouncyCastle,

    /// <summary>System.Security.Cryptography (OpenSSL on Linux), where it has what TLS needs and is faster: record protection, P-256 and P-384, ECDSA, hashes.</summary>
    Platform,
}
