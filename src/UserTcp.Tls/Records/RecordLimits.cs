namespace UserTcp.Tls.Records;

/// <summary>Lengths of RFC 5246 6.2, in bytes.</summary>
internal static class RecordLimits
{
    /// <summary>Largest content of a record. RFC 5246 6.2.1</summary>
    internal const int Plaintext = 1 << 14;

    /// <summary>Largest protected content. RFC 5246 6.2.3</summary>
    internal const int Ciphertext = Plaintext + 2048;
}
