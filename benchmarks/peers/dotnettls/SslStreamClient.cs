using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace UserTcp.TlsPeer;

/// <summary>.NET's own, on OpenSSL. Its options are kept, because then it keeps its OpenSSL context too. It has no setting for the group: its first is X25519.</summary>
internal sealed class SslStreamClient : ITlsClient
{
    private readonly SslClientAuthenticationOptions _full, _resumed;

    internal SslStreamClient(string authority, string host)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.ImportFromPemFile(authority);
        _full = Options(host, policy, resume: false);
        _resumed = Options(host, policy, resume: true);
    }

    public async Task<Stream> ConnectAsync(Stream inner, bool resume)
    {
        SslStream stream = new(inner);
        await stream.AuthenticateAsClientAsync(resume ? _resumed : _full);
        return stream;
    }

    // The server has only one suite: a policy of suites would stop resumption.
    private static SslClientAuthenticationOptions Options(string host, X509ChainPolicy policy, bool resume) => new()
    {
        TargetHost = host,
        EnabledSslProtocols = SslProtocols.Tls12,
        CertificateChainPolicy = policy,
        AllowTlsResume = resume,
    };
}
