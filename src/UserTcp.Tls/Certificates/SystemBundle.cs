namespace UserTcp.Tls.Certificates;

/// <summary>Where Linux distributions keep the certification authorities that they trust.</summary>
internal static class SystemBundle
{
    /// <summary>The bundles in the order in which they are tried.</summary>
    internal static IReadOnlyList<string> Files { get; } =
    [
        "/etc/ssl/certs/ca-certificates.crt",                   // Debian, Ubuntu, Arch, Gentoo, Alpine
        "/etc/pki/tls/certs/ca-bundle.crt",                     // Fedora, RHEL
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",    // Fedora and RHEL since their move of 2012
        "/etc/ssl/ca-bundle.pem",                               // openSUSE
        "/etc/ssl/cert.pem",                                    // Alpine without ca-certificates
    ];

    /// <summary>Loads what the environment names, else the first of the files that is there.</summary>
    /// <param name="environment">Reads a variable; SSL_CERT_FILE and SSL_CERT_DIR mean what they mean to OpenSSL.</param>
    /// <param name="files">The bundles to try.</param>
    internal static TrustStore Load(Func<string, string?> environment, IReadOnlyList<string> files)
    {
        string? file = environment("SSL_CERT_FILE");
        string? directories = environment("SSL_CERT_DIR");
        if (!string.IsNullOrEmpty(directories))
        {
            IEnumerable<byte[]> certificates = string.IsNullOrEmpty(file) ? [] : PemFile.Read(file);
            string source = string.IsNullOrEmpty(file) ? $"SSL_CERT_DIR {directories}" : $"SSL_CERT_FILE {file} and SSL_CERT_DIR {directories}";
            return TrustStore.Create(certificates.Concat(directories.Split(':', StringSplitOptions.RemoveEmptyEntries).SelectMany(ReadDirectory)), source);
        }
        if (!string.IsNullOrEmpty(file)) return TrustStore.Create(PemFile.Read(file), $"SSL_CERT_FILE {file}");

        string? bundle = files.FirstOrDefault(File.Exists);
        return bundle is not null
            ? TrustStore.Create(PemFile.Read(bundle), bundle, CertificateProfile.Public)
            : throw new TlsException(TlsError.NoTrustAnchors,
                $"This system has no bundle of certification authorities: seen none of {string.Join(", ", files)}; wanted one",
                "Install the package ca-certificates, or set SSL_CERT_FILE to a PEM file.");
    }

    /// <summary>A directory holds other things beside certificates, so what is not one is passed over, as OpenSSL does.</summary>
    private static IEnumerable<byte[]> ReadDirectory(string directory)
    {
        string[] paths;
        try
        {
            paths = Directory.GetFiles(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            yield break;    // one of several that is not there or not for us; when none is left the store says that it is empty
        }
        foreach (string path in paths.Order(StringComparer.Ordinal))
        {
            IReadOnlyList<byte[]> certificates;
            try
            {
                certificates = PemFile.Read(path);
            }
            catch (TlsException)
            {
                continue;
            }
            foreach (byte[] der in certificates)
            {
                if (CertificateParser.TryReadSubject(der, out _)) yield return der;
            }
        }
    }
}
