using System.Text;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.X509;

namespace UserTcp.TlsPeer;

/// <summary>What BouncyCastle asks a client for. It verifies no chain itself: here the signatures and the validity of each certificate are checked, and no more.</summary>
internal sealed class BouncyCastlePeer(TlsCrypto crypto, X509Certificate root, string host, TlsSession? session) : DefaultTlsClient(crypto)
{
    internal TlsSession? Session { get; private set; }

    protected override ProtocolVersion[] GetSupportedVersions() => ProtocolVersion.TLSv12.Only();

    protected override int[] GetSupportedCipherSuites() => [CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256];

    protected override IList<int> GetSupportedGroups(IList<int> namedGroupRoles) => [NamedGroup.x25519];

    protected override IList<ServerName> GetSniServerNames() => [new(NameType.host_name, Encoding.ASCII.GetBytes(host))];

    public override TlsSession? GetSessionToResume() => session;

    public override TlsAuthentication GetAuthentication() => new Authentication(root);

    public override void NotifyHandshakeComplete()
    {
        base.NotifyHandshakeComplete();
        Session = m_context.Session;
        if (session is not null && !m_context.SecurityParameters.IsResumedSession) throw new InvalidOperationException("not resumed");
    }

    private sealed class Authentication(X509Certificate root) : TlsAuthentication
    {
        public void NotifyServerCertificate(TlsServerCertificate serverCertificate)
        {
            List<X509Certificate> chain = [.. serverCertificate.Certificate.GetCertificateList().Select(certificate => new X509Certificate(certificate.GetEncoded())), root];
            for (int i = 0; i + 1 < chain.Count; i++)
            {
                chain[i].CheckValidity();
                chain[i].Verify(chain[i + 1].GetPublicKey());
            }
        }

        public TlsCredentials? GetClientCredentials(CertificateRequest certificateRequest) => null;
    }
}
