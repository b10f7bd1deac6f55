using System.Net.Security;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Handshake;

/// <summary>What a full handshake costs in memory that the garbage collector must take back: X25519, AES-128-GCM, two RSA-2048 certificates, all verified.</summary>
public class HandshakeAllocationTests
{
    private const int Handshakes = 20;

    [Theory]
    [InlineData(TlsCryptoProvider.Default, true, 48)]
    [InlineData(TlsCryptoProvider.BouncyCastle, true, 64)]
    [InlineData(TlsCryptoProvider.Platform, true, 48)]
    [InlineData(TlsCryptoProvider.Default, false, 54)]        // the chain was never seen: both certificates are read and both signatures verified
    [InlineData(TlsCryptoProvider.Platform, false, 54)]
    public void A_full_handshake_allocates_little(TlsCryptoProvider provider, bool rememberChains, int kilobytes)
    {
        var chain = new RsaChain();
        var options = new TlsClientOptions
        {
            HostName = RsaChain.HostName,
            TrustStore = chain.Trust(),
            Groups = [NamedGroup.X25519],
            CipherSuites = [TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256],
            CryptoProvider = provider,
            RememberVerifiedChains = rememberChains,
        };
        var recorded = new RecordedHandshake(options, chain.Server());
        for (int i = 0; i < 3; i++) recorded.Play(options).Dispose();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Handshakes; i++) recorded.Play(options).Dispose();
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Handshakes, 0, kilobytes * 1024);
    }
}
