using System.Security.Cryptography;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls;

/// <summary>A certificate with its private key, with which the client can say who it is (RFC 5246 7.4.6). Safe to share between connections and threads.</summary>
/// <remarks>RSA of 2048 to 8192 bits, ECDSA on a NIST curve, or Ed25519. Whether the certificate itself is good is for the server to judge.</remarks>
public sealed class TlsClientCertificate
{
    private static readonly SignatureScheme[] RsaSchemes =
    [
        SignatureScheme.RsaPssRsaeSha256, SignatureScheme.RsaPkcs1Sha256, SignatureScheme.RsaPssRsaeSha384,
        SignatureScheme.RsaPkcs1Sha384, SignatureScheme.RsaPssRsaeSha512, SignatureScheme.RsaPkcs1Sha512,
    ];

    // RFC 8422 5.10: in TLS 1.2 an ECDSA scheme names the hash only, so every key can make each. The one as long as the curve is first.
    private static readonly SignatureScheme[] ShortCurveSchemes =
        [SignatureScheme.EcdsaSecp256r1Sha256, SignatureScheme.EcdsaSecp384r1Sha384, SignatureScheme.EcdsaSecp521r1Sha512];

    private static readonly SignatureScheme[] P384Schemes =
        [SignatureScheme.EcdsaSecp384r1Sha384, SignatureScheme.EcdsaSecp521r1Sha512, SignatureScheme.EcdsaSecp256r1Sha256];

    private static readonly SignatureScheme[] P521Schemes =
        [SignatureScheme.EcdsaSecp521r1Sha512, SignatureScheme.EcdsaSecp384r1Sha384, SignatureScheme.EcdsaSecp256r1Sha256];

    private static readonly SignatureScheme[] Ed25519Schemes = [SignatureScheme.Ed25519];

    private readonly CertificateDetails[] _chain;

    private TlsClientCertificate(CertificateDetails[] chain, ClientPrivateKey key, IReadOnlyList<SignatureScheme> schemes)
    {
        _chain = chain;
        Key = key;
        SignatureSchemes = schemes;
        Fingerprint = Convert.ToHexString(SHA256.HashData(chain[0].Der));
    }

    /// <summary>The certificates that are sent, the client's own first.</summary>
    public IReadOnlyList<CertificateInfo> Chain => [.. _chain.Select(certificate => certificate.ToInfo())];

    /// <summary>How it signs, in order of preference; the server has the last word.</summary>
    /// <remarks>Default: everything that the key can do with SHA-256, SHA-384 and SHA-512; PSS before PKCS#1 v1.5.</remarks>
    public IReadOnlyList<SignatureScheme> SignatureSchemes { get; }

    internal ClientPrivateKey Key { get; }

    /// <summary>SHA-256 of the client's certificate, in hexadecimal.</summary>
    internal string Fingerprint { get; }

    /// <summary>The certificates in DER, as they are sent.</summary>
    internal IReadOnlyList<byte[]> Der => [.. _chain.Select(certificate => certificate.Der)];

    /// <summary>Reads a PKCS#12 file (.p12, .pfx) with one private key.</summary>
    /// <param name="path">The file.</param>
    /// <param name="password">Its password; null for none.</param>
    /// <exception cref="TlsException">It cannot be used, with <see cref="TlsError.ClientCertificateUnusable"/>.</exception>
    public static TlsClientCertificate FromPkcs12File(string path, string? password = null)
        => Create(ClientKeyFile.ReadPkcs12(ReadFile(path), password, path), path);

    /// <summary>Reads a PEM file of certificates, the client's own first, and a PEM file with its private key (PKCS#8, PKCS#1 or SEC 1).</summary>
    /// <param name="certificatePath">The certificates.</param>
    /// <param name="keyPath">The private key; null when it is in the same file.</param>
    /// <param name="password">The password of an encrypted PKCS#8 key; null for none.</param>
    /// <exception cref="TlsException">They cannot be used, with <see cref="TlsError.ClientCertificateUnusable"/>.</exception>
    public static TlsClientCertificate FromPemFiles(string certificatePath, string? keyPath = null, string? password = null)
    {
        string certificates = ReadText(certificatePath);
        string source = keyPath is null ? certificatePath : $"{certificatePath} and {keyPath}";
        return Create(ClientKeyFile.ReadPem(certificates, keyPath is null ? certificates : ReadText(keyPath), password, source), source);
    }

    /// <summary>The same certificate with fewer or differently ordered <see cref="SignatureSchemes"/>.</summary>
    /// <exception cref="ArgumentException">There is none, or one that the key cannot make.</exception>
    public TlsClientCertificate WithSignatureSchemes(IReadOnlyList<SignatureScheme> schemes)
    {
        ArgumentNullException.ThrowIfNull(schemes);
        SignatureScheme[] possible = Schemes(Key.Algorithm);
        if (schemes.Count == 0 || schemes.Except(possible).Any())
            throw new ArgumentException($"[{string.Join(", ", schemes)}] was given; one or more of [{string.Join(", ", possible)}] are wanted", nameof(schemes));
        return new TlsClientCertificate(_chain, Key, schemes);
    }

    /// <summary>Whether one of these authorities signed the certificate or another of the chain.</summary>
    internal bool IsIssuedByAny(IReadOnlyList<DistinguishedName> authorities) => _chain.Any(certificate => authorities.Contains(certificate.Issuer));

    private static TlsClientCertificate Create(ClientKeyFile file, string source)
    {
        var chain = new List<CertificateDetails>();
        foreach (byte[] der in file.Chain)
        {
            if (!CertificateParser.TryParse(der, out CertificateDetails? certificate, out string defect))
                throw ClientKeyFile.Unusable(source, $"a malformed certificate ({defect})", "X.509 certificates");
            // The server has the root, or would not believe it.
            if (chain.Count == 0 || !certificate.IsSelfIssued) chain.Add(certificate);
        }
        if (chain[0].Key is not { } publicKey) throw ClientKeyFile.Unusable(source, chain[0].KeyDescription, "a key that clients sign with here");
        return ClientPrivateKey.Create(file.Key, publicKey, out string mismatch) is { } key
            ? new TlsClientCertificate([.. chain], key, Schemes(key.Algorithm))
            : throw ClientKeyFile.Unusable(source, mismatch, "the certificate's own private key: RSA, ECDSA on a NIST curve, or Ed25519");
    }

    private static SignatureScheme[] Schemes(PublicKeyAlgorithm algorithm) => algorithm switch
    {
        PublicKeyAlgorithm.Rsa => RsaSchemes,
        PublicKeyAlgorithm.Ed25519 => Ed25519Schemes,
        PublicKeyAlgorithm.EcP384 => P384Schemes,
        PublicKeyAlgorithm.EcP521 => P521Schemes,
        _ => ShortCurveSchemes,
    };

    private static string ReadText(string path) => System.Text.Encoding.Latin1.GetString(ReadFile(path));

    private static byte[] ReadFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using FileStream file = File.OpenRead(path);
            if (file.Length > TlsBudgets.ClientCertificateFile)
                throw ClientKeyFile.Unusable(path, $"{file.Length} bytes", $"a file of at most {TlsBudgets.ClientCertificateFile} bytes");
            byte[] content = new byte[file.Length];
            file.ReadExactly(content);
            return content;
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not TlsException)
        {
            throw ClientKeyFile.Unusable(path, e is FileNotFoundException or DirectoryNotFoundException ? "no such file" : e.Message, "a readable file", e);
        }
    }
}
