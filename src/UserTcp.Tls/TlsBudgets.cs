namespace UserTcp.Tls;

/// <summary>What a server may make us do before we give up: every limit against abuse, with its origin.</summary>
internal static class TlsBudgets
{
    /// <summary>Largest handshake message other than Certificate, in bytes: OpenSSL's SSL3_RT_MAX_PLAIN_LENGTH for most of them.</summary>
    internal const int HandshakeMessage = 16 * 1024;

    /// <summary>Largest Certificate message, in bytes: OpenSSL's SSL_MAX_CERT_LIST_DEFAULT. Real chains have 2 to 8 KB.</summary>
    internal const int CertificateMessage = 100 * 1024;

    /// <summary>All handshake bytes of the server together: one largest Certificate and a few others. Bounds endless HelloRequests too.</summary>
    internal const int HandshakeTotal = 192 * 1024;

    /// <summary>Records without content in a row: BoringSSL's kMaxEmptyRecords. Each costs us a decryption and the server nothing.</summary>
    internal const int EmptyRecords = 32;

    /// <summary>Warning alerts in a row: BoringSSL's kMaxWarningAlerts.</summary>
    internal const int WarningAlerts = 4;
}
