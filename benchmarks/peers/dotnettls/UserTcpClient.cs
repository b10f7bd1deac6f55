using System.Net.Security;
using UserTcp.Tls;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Wire;

namespace UserTcp.TlsPeer;

/// <summary>Ours.</summary>
internal sealed class UserTcpClient : ITlsClient
{
    private readonly TlsClientOptions _full, _resumed;

    internal UserTcpClient(string authority, string host)
    {
        _full = new()
        {
            HostName = host, TrustStore = TrustStore.FromPemFile(authority),
            CipherSuites = [TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256], Groups = [NamedGroup.X25519],
        };
        _resumed = _full with { SessionCache = new() };
    }

    public async Task<Stream> ConnectAsync(Stream inner, bool resume) => await TlsClientStream.ConnectAsync(inner, resume ? _resumed : _full);
}
