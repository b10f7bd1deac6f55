namespace UserTcp.Tls;

/// <summary>What a server may make us do before we give up: every limit against abuse, with its origin. Where it says "ours", nobody's figure was there to follow.</summary>
internal static class TlsBudgets
{
    /// <summary>Largest handshake message other than Certificate, in bytes: OpenSSL's SSL3_RT_MAX_PLAIN_LENGTH for most of them.</summary>
    internal const int HandshakeMessage = 16 * 1024;

    /// <summary>Largest Certificate message, in bytes: OpenSSL's SSL_MAX_CERT_LIST_DEFAULT. Real chains have 2 to 8 KB.</summary>
    internal const int CertificateMessage = 100 * 1024;

    /// <summary>All handshake bytes of the server together: ours, one largest Certificate and five others of the largest size. Bounds endless HelloRequests too.</summary>
    internal const int HandshakeTotal = 192 * 1024;

    /// <summary>Records without content in a row: BoringSSL's kMaxEmptyRecords. Each costs us a decryption and the server nothing.</summary>
    internal const int EmptyRecords = 32;

    /// <summary>Warning alerts in a row: BoringSSL's kMaxWarningAlerts.</summary>
    internal const int WarningAlerts = 4;

    /// <summary>Signatures verified while paths are tried: a hostile set of n cross-signed certificates has n! paths. Go and rustls-webpki stop at 100; real chains need 4.</summary>
    internal const int PathSignatures = 100;

    /// <summary>Certificates between the server's and the trust anchor: rustls-webpki stops at 6, GnuTLS at 16; real chains have up to 3. Ours is between the two.</summary>
    internal const int PathIntermediates = 8;

    /// <summary>Names times name constraints, of whatever forms, which is quadratic in the size of the certificates: Go and rustls-webpki stop at 250,000.</summary>
    internal const int NameComparisons = 250_000;

    /// <summary>Longest object identifier, in bytes: a number in it may be as long as it likes, and its decimal form takes the square of that. BouncyCastle stops at 4096,
    /// which cost 250 ms each, and .NET at 64 numbers of 128 bits; the longest in use, of certificate templates, have about 40.</summary>
    internal const int ObjectIdentifierBytes = 64;

    /// <summary>Largest RSA modulus, in bits: a verify costs the square of it, and the server chooses it. Go's TLS and ring stop at 8192 too, OpenSSL at 16,384.</summary>
    internal const int RsaModulusBits = 8192;

    /// <summary>Largest RSA public exponent, in bits: a verify costs one multiplication for each. Real ones are 65537; Go's limit is 31 bits.</summary>
    internal const int RsaExponentBits = 32;

    /// <summary>Verified chains that a trust store remembers. Ours: one per server that a client keeps going back to. With <see cref="VerifiedChainBytes"/> it bounds their memory to a few MB.</summary>
    internal const int VerifiedChains = 64;

    /// <summary>Largest chain that is remembered, in bytes. Ours: real chains have 2 to 8 KB.</summary>
    internal const int VerifiedChainBytes = 16 * 1024;

    /// <summary>Sessions that a cache remembers: what rustls's default holds. Each has a ticket of up to 16 KB, usually 200 bytes, and the server's certificates.</summary>
    internal const int CachedSessions = 256;

    /// <summary>How long after its full handshake a session may be resumed, whatever the server says: RFC 5246 F.1.4's upper limit. It bounds what a stolen master secret is good for.</summary>
    internal static readonly TimeSpan SessionLifetime = TimeSpan.FromHours(24);

    /// <summary>Largest file with a client certificate or its key, in bytes. Ours: real ones have up to 10 KB; more was named by mistake.</summary>
    internal const long ClientCertificateFile = 1024 * 1024;

    /// <summary>Largest file of trust anchors, in bytes. Ours: a bundle of all public authorities has 220 KB; more is something else, such as a disk image named by mistake.</summary>
    internal const long TrustAnchorFile = 16 * 1024 * 1024;
}
