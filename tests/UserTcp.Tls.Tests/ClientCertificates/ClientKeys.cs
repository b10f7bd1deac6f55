using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Tls.Tests.Peers;

namespace UserTcp.Tls.Tests.ClientCertificates;

/// <summary>Client certificates of each kind, made once per run.</summary>
internal static class ClientKeys
{
    internal static X509Certificate2 Rsa { get; } = TestCertificates.MakeLeaf(RSA.Create(2048));

    internal static X509Certificate2 P256 { get; } = TestCertificates.MakeLeaf(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    internal static X509Certificate2 P384 { get; } = TestCertificates.MakeLeaf(ECDsa.Create(ECCurve.NamedCurves.nistP384));

    internal static X509Certificate2 Of(string kind) => kind switch { "RSA" => Rsa, "P-256" => P256, _ => P384 };

    internal static TlsClientCertificate Load(X509Certificate2 certificate) => WithFiles(
        [certificate.ExportCertificatePem() + "\n" + Key(certificate).ExportPkcs8PrivateKeyPem()], files => TlsClientCertificate.FromPemFiles(files[0]));

    internal static AsymmetricAlgorithm Key(X509Certificate2 certificate)
        => (AsymmetricAlgorithm?)certificate.GetRSAPrivateKey() ?? certificate.GetECDsaPrivateKey()!;

    /// <summary>Calls <paramref name="use"/> with files of these contents, text or bytes.</summary>
    internal static T WithFiles<T>(object[] contents, Func<string[], T> use)
    {
        string folder = Directory.CreateTempSubdirectory($"usertcp-keys-{Environment.ProcessId}-").FullName;
        try
        {
            string[] paths = [.. contents.Select((_, i) => Path.Combine(folder, $"{i}"))];
            for (int i = 0; i < paths.Length; i++)
            {
                if (contents[i] is byte[] bytes) File.WriteAllBytes(paths[i], bytes);
                else File.WriteAllText(paths[i], (string)contents[i]);
            }
            return use(paths);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
