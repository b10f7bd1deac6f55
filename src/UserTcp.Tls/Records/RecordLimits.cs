namespace UserTcp.Tls.Records;

/// <summary>Lengths of RFC 5246 6.2, in bytes.</summary>
internal static class RecordLimits
{
    /// <summary>Largest content of a record. RFC 5246 6.2.1</summary>
    internal const int Plaintext = 1 << 14;

    /// <summary>Length of the first record of application data with its header and protection, so that it fits one segment whatever the path, and the server can
    /// begin with it at once: IPv6's smallest MTU of 1280, less 40 of its header and 32 of TCP's with timestamps. Each later record is longer by as much.
    /// Go's crypto/tls has the same number (tcpMSSEstimate).</summary>
    internal const int FirstRecord = 1208;

    /// <summary>So much application data, and records are as long as can be: Go's recordSizeBoostThreshold. From then on what counts is how much a byte costs.</summary>
    internal const int RampUp = 128 * 1024;

    /// <summary>Largest protected content. RFC 5246 6.2.3</summary>
    internal const int Ciphertext = Plaintext + 2048;
}
