namespace UserTcp.Tls.Certificates;

/// <summary>The certification authorities that are trusted (RFC 5280 6.1.1 (d)). Safe to share between connections and threads.</summary>
/// <remarks>Of each certificate only the subject is read at first; the rest is parsed when a chain asks for that subject. A bundle has
/// about 150, of which a connection needs one. Whatever is in the store is an anchor: it need not be self-signed, and its own signature
/// is not looked at, but its validity, its constraints and its key are.</remarks>
public sealed class TrustStore
{
    private readonly Dictionary<DistinguishedName, List<IssuerCandidate>> _bySubject;

    private TrustStore(Dictionary<DistinguishedName, List<IssuerCandidate>> bySubject, string source, CertificateProfile profile)
    {
        _bySubject = bySubject;
        Profile = profile;
        Count = bySubject.Values.Sum(anchors => anchors.Count);
        Source = source;
    }

    /// <summary>How many certificates it holds, without duplicates.</summary>
    public int Count { get; }

    /// <summary>Where they came from, for messages.</summary>
    public string Source { get; }

    /// <summary>What the certificates that lead to these anchors are held to: public for the system's bundle, private for anchors that somebody named.</summary>
    public CertificateProfile Profile { get; }

    /// <summary>Chains that have led to these anchors lately.</summary>
    internal VerifiedChains VerifiedChains { get; } = new();

    /// <summary>The system's bundle. <c>SSL_CERT_FILE</c> (a PEM file) and <c>SSL_CERT_DIR</c> (directories of them, joined by colons) replace it.</summary>
    /// <exception cref="TlsException">There is none, with <see cref="TlsError.NoTrustAnchors"/>.</exception>
    public static TrustStore LoadSystem() => SystemBundle.Load(Environment.GetEnvironmentVariable, SystemBundle.Files);

    /// <summary>The certificates of a PEM file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="TlsException">It cannot be read, holds no certificate or a malformed one, with <see cref="TlsError.NoTrustAnchors"/>.</exception>
    public static TrustStore FromPemFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Create(PemFile.Read(path), path);
    }

    /// <summary>The given certificates.</summary>
    /// <param name="der">Each certificate's DER.</param>
    /// <exception cref="TlsException">One is malformed, or there is none, with <see cref="TlsError.NoTrustAnchors"/>.</exception>
    public static TrustStore FromCertificates(IEnumerable<byte[]> der)
    {
        ArgumentNullException.ThrowIfNull(der);
        return Create(der, "the given certificates");
    }

    /// <summary>Makes a store; a certificate whose subject cannot be read is an error.</summary>
    internal static TrustStore Create(IEnumerable<byte[]> certificates, string source, CertificateProfile profile = CertificateProfile.Private)
    {
        var bySubject = new Dictionary<DistinguishedName, List<IssuerCandidate>>();
        int number = 0;
        foreach (byte[] der in certificates)
        {
            number++;
            IssuerCandidate anchor = IssuerCandidate.From(der) ?? throw new TlsException(TlsError.NoTrustAnchors,
                $"Certificate {number} of {source} cannot be read: seen {der.Length} octets that are not a certificate's DER; "
                + "wanted X.509 certificates", "Remove or replace it.");
            if (!bySubject.TryGetValue(anchor.Subject, out List<IssuerCandidate>? anchors)) bySubject.Add(anchor.Subject, anchors = []);
            if (!anchors.Any(a => a.Der.AsSpan().SequenceEqual(der))) anchors.Add(anchor);
        }
        return bySubject.Count > 0
            ? new TrustStore(bySubject, source, profile)
            : throw new TlsException(TlsError.NoTrustAnchors, $"No certificate in {source}; wanted at least one certification authority", "Name another source.");
    }

    /// <summary>The anchors of a name.</summary>
    internal IReadOnlyList<IssuerCandidate> Find(DistinguishedName subject) => _bySubject.GetValueOrDefault(subject) ?? [];

    /// <summary>True when this very certificate is an anchor.</summary>
    internal bool Contains(CertificateDetails certificate) =>
        Find(certificate.Subject).Any(anchor => anchor.Der.AsSpan().SequenceEqual(certificate.Der));
}
