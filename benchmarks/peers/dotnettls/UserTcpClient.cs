using System.Net.Security;
using UserTcp.Tls;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Wire;

namespace UserTcp.TlsPeer;

/// <summary>Ours.</summary>
internal sealed class UserTcpClient : ITlsClient
{
    private readonly TlsClientOptions _full, _resumed;

    /// <param name="authority">PEM file of the trust anchor.</param>
    /// <param name="host">Whom to find.</param>
    /// <param name="provider">Whose cryptography.</param>
    /// <param name="rememberChains">Whether a chain that was verified once is known again. No other peer here does that.</param>
    internal UserTcpClient(string authority, string host, TlsCryptoProvider provider, bool rememberChains = false)
    {
        _full = new()
        {
            HostName = host,
            TrustStore = TrustStore.FromPemFile(authority),
            CipherSuites = [TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256],
            Groups = [NamedGroup.X25519],
            CryptoProvider = provider,
            RememberVerifiedChains = rememberChains,
        };
        _resumed = _full with { SessionCache = new() };
    }

    public async Task<Stream> ConnectAsync(Stream inner, bool resume) => await TlsClientStream.ConnectAsync(inner, resume ? _resumed : _full);
}
