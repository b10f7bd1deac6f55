using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace UserTcp.Cli.Lesson;

/// <summary>A certificate authority that lives for one lesson: its key never leaves the process and nothing trusts it but what is given its certificate.</summary>
internal sealed class LessonAuthority : IDisposable
{
    // Clocks of two machines may differ; a lesson does not last longer than a day.
    private static readonly TimeSpan Slack = TimeSpan.FromHours(1);
    private static readonly TimeSpan Validity = TimeSpan.FromDays(1);

    private readonly bool _ecdsa;
    private readonly X509Certificate2 _authority;
    private readonly DateTimeOffset _now;

    /// <summary>Makes the authority's key and its self-signed certificate.</summary>
    /// <param name="now">The time that the certificates are valid around.</param>
    /// <param name="ecdsa">ECDSA P-256 keys instead of RSA-2048, for the authority and for what it issues.</param>
    public LessonAuthority(DateTimeOffset now, bool ecdsa = false)
    {
        _now = now;
        _ecdsa = ecdsa;
        using AsymmetricAlgorithm key = NewKey();
        CertificateRequest request = Request("CN=UserTcp lesson authority, O=One lesson only", key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true)); // RFC 5280 4.2.1.9: leaves only
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _authority = request.CreateSelfSigned(now - Slack, now + Validity);
    }

    /// <summary>The authority's certificate as PEM, to be trusted by whoever takes part in the lesson.</summary>
    public string CertificatePem => _authority.ExportCertificatePem();

    /// <summary>The authority's certificate as DER.</summary>
    public byte[] CertificateDer => _authority.RawData;

    /// <summary>Issues a server certificate with its key.</summary>
    /// <param name="host">The DNS name or IP address that it is for.</param>
    public X509Certificate2 Issue(string host)
    {
        using AsymmetricAlgorithm key = NewKey();
        // The name lives in the subject alternative name alone (RFC 9525 2); a common name is limited to 64 characters (RFC 5280 A.1).
        CertificateRequest request = Request("CN=UserTcp lesson server", key);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out IPAddress? address))
            names.AddIpAddress(address);
        else
            names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false)); // RFC 5280 4.2.1.12: serverAuth
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_authority, true, false));

        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7f) | 0x40); // RFC 5280 4.1.2.2: positive; and never with a leading zero
        using X509Certificate2 certificate = request.Create(_authority, _now - Slack, _now + Validity, serial);
        return key is RSA rsa ? certificate.CopyWithPrivateKey(rsa) : certificate.CopyWithPrivateKey((ECDsa)key);
    }

    /// <inheritdoc/>
    public void Dispose() => _authority.Dispose();

    private AsymmetricAlgorithm NewKey() => _ecdsa ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : RSA.Create(2048);

    private static CertificateRequest Request(string subject, AsymmetricAlgorithm key) => key is RSA rsa
        ? new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
        : new CertificateRequest(subject, (ECDsa)key, HashAlgorithmName.SHA256);
}
