using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using Org.BouncyCastle.Utilities;
using Org.BouncyCastle.X509;

namespace UserTcp.TlsPeer;

/// <summary>BouncyCastle's TlsClientProtocol; tuned: without the primality test of every RSA modulus that it parses.</summary>
internal sealed class BouncyCastleClient(string authority, string host, bool tuned) : ITlsClient
{
    private readonly BcTlsCrypto _crypto = new(new SecureRandom());
    private readonly X509Certificate _root = new X509CertificateParser().ReadCertificate(File.ReadAllBytes(authority));
    private TlsSession? _session;

    // It blocks, so all of it runs in the caller's thread, which the property belongs to.
    public Task<Stream> ConnectAsync(Stream inner, bool resume)
    {
        BouncyCastlePeer peer = new(_crypto, _root, host, resume ? _session : null);
        TlsClientProtocol protocol = new(inner);
        if (tuned) Properties.WithThreadProperty(Properties.RsaMaxMRTests, "0", protocol, p => Connect(p, peer));
        else Connect(protocol, peer);
        if (resume) _session ??= peer.Session;
        return Task.FromResult(protocol.Stream);
    }

    private static bool Connect(TlsClientProtocol protocol, BouncyCastlePeer peer)
    {
        protocol.Connect(peer);
        return true;
    }
}
