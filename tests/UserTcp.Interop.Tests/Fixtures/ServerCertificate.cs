using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>What a server is given: its certificate with the key, and the certificates between it and the root.</summary>
internal sealed class ServerCertificate(X509Certificate2 leaf, params X509Certificate2[] intermediates)
{
    /// <summary>The leaf, with its key.</summary>
    public X509Certificate2 Leaf => leaf;

    /// <summary>The certificates between the leaf and the root, from the leaf up.</summary>
    public X509Certificate2[] Intermediates => intermediates;

    /// <summary>Leaf and intermediates; only the leaf has its key.</summary>
    public X509Certificate2Collection Collection
        => new((X509Certificate2[])[leaf, .. intermediates.Select(intermediate => X509CertificateLoader.LoadCertificate(intermediate.RawData))]);

    /// <summary>Leaf and intermediates as PEM.</summary>
    public string ChainPem => string.Concat(Collection.Select(certificate => certificate.ExportCertificatePem() + "\n"));

    /// <summary>The leaf's key as PEM (PKCS #8).</summary>
    public string KeyPem { get => field ?? KeyOf(leaf).ExportPkcs8PrivateKeyPem() + "\n"; init; }

    /// <summary>The private key of a certificate.</summary>
    public static AsymmetricAlgorithm KeyOf(X509Certificate2 certificate)
        => certificate.GetRSAPrivateKey() as AsymmetricAlgorithm ?? certificate.GetECDsaPrivateKey()!;
}
