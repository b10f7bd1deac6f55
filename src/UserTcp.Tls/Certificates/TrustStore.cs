namespace UserTcp.Tls.Certificates;

/// <summary>The certification authorities that are trusted (RFC 5280 6.1.1 (d)).</summary>
public sealed class TrustStore
{
    private TrustStore(int count, string source) => (Count, Source) = (count, source);

    /// <summary>How many certificates it holds.</summary>
    public int Count { get; }

    /// <summary>Where they came from, for messages.</summary>
    public string Source { get; }

    /// <summary>The system's bundle; <c>SSL_CERT_FILE</c> and <c>SSL_CERT_DIR</c> are honoured.</summary>
    /// <exception cref="TlsException">There is none, with <see cref="TlsError.NoTrustAnchors"/>.</exception>
    public static TrustStore LoadSystem() => throw new TlsException(TlsError.NoTrustAnchors, "not read yet");

    /// <summary>The certificates of a PEM file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="TlsException">It holds none, with <see cref="TlsError.NoTrustAnchors"/>.</exception>
    public static TrustStore FromPemFile(string path) => throw new TlsException(TlsError.NoTrustAnchors, $"{path} not read yet");

    /// <summary>The given certificates.</summary>
    /// <param name="der">Each certificate's DER.</param>
    public static TrustStore FromCertificates(IEnumerable<byte[]> der) => new(der.Count(), "the given certificates");
}
