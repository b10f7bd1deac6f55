using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using UserTcp.Tls;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Tests.Certificates;
using static UserTcp.Tls.Tests.Certificates.TestCertificate;

namespace UserTcp.Fuzz.Tls;

/// <summary>Who takes part: authorities, servers, a client. Their keys come from their names, so that an input that one process has found means the same to another.</summary>
internal static class Identities
{
    internal const string HostName = "server.example";

    internal static TestCertificate Root { get; } = TestCertificate.Root("Root", new Shape { Key = Key("root") });

    internal static TestCertificate Intermediate { get; } = Root.Intermediate("Intermediate", new Shape { IsAuthority = true, PathLength = 0, Key = Key("intermediate"), NamesIssuerKey = true });

    internal static TestCertificate Server { get; } = Intermediate.Server(new Shape { Key = Key("server"), NamesIssuerKey = true, Addresses = ["192.0.2.1", "2001:db8::1"] });

    /// <summary>An RSA key that nobody can sign with: only its size matters.</summary>
    internal static TestCertificate RsaServer { get; } = Intermediate.Server(new Shape { Key = RsaWithoutPrivateKey(), NamesIssuerKey = true });

    internal static TrustStore Private { get; } = TrustStore.FromCertificates([Root.Der]);

    internal static TrustStore Public { get; } = TrustStore.Create([Root.Der], "the public anchors", CertificateProfile.Public);

    internal static TlsClientCertificate Client { get; } = MakeClient();

    /// <summary>A P-256 key whose private number is the hash of a name.</summary>
    internal static ECDsa Key(string name) => Key(name, ECCurve.NamedCurves.nistP256, 32);

    /// <summary>The same on another curve.</summary>
    internal static ECDsa Key(string name, ECCurve curve, int fieldSize)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(name)), number = new byte[fieldSize];
        int length = Math.Min(fieldSize, hash.Length);
        hash.AsSpan(0, length).CopyTo(number.AsSpan(fieldSize - length));
        return ECDsa.Create(new ECParameters { Curve = curve, D = number });
    }

    private static RSA RsaWithoutPrivateKey() =>
        RSA.Create(new RSAParameters { Exponent = [1, 0, 1], Modulus = (BigInteger.Pow(2, 2048) - 1).ToByteArray(isUnsigned: true, isBigEndian: true) });

    private static TlsClientCertificate MakeClient()
    {
        ECDsa key = Key("client");
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, PemEncoding.WriteString("CERTIFICATE", Root.Server(new Shape { Subject = "CN=client", Key = key }).Der) + "\n" + key.ExportPkcs8PrivateKeyPem());
            return TlsClientCertificate.FromPemFiles(file);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
