using BenchmarkDotNet.Attributes;
using UserTcp.Tls;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Benchmarks;

/// <summary>Whole handshakes in memory against what a server (OpenSSL) once answered: X25519, AES-128-GCM, an RSA-2048 leaf and intermediate, verified.</summary>
[MemoryDiagnoser]
public class HandshakeBenchmarks
{
    private TlsClientOptions _options = null!, _resuming = null!;
    private RecordedHandshake _full = null!, _resumed = null!;
    private ServerEvidence _evidence = null!;
    private ChainQuestion _question = null!;

    [Params(TlsCryptoProvider.Default, TlsCryptoProvider.BouncyCastle, TlsCryptoProvider.Platform)]
    public TlsCryptoProvider Provider { get; set; }

    /// <summary>Whether the trust store knows the chain from the handshake before.</summary>
    [Params(false, true)]
    public bool ChainRemembered { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var chain = new RsaChain();
        var server = chain.Server();
        _options = new()
        {
            HostName = RsaChain.HostName,
            TrustStore = chain.Trust(),
            Groups = [NamedGroup.X25519],
            CipherSuites = [System.Net.Security.TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256],
            CryptoProvider = Provider,
            RememberVerifiedChains = ChainRemembered,
        };
        _full = new(_options, server);
        _resuming = _options with { SessionCache = new() };
        _ = new RecordedHandshake(_resuming, server);       // fills the cache
        _resumed = new(_resuming, server);
        _evidence = new(chain.Sent);
        _question = new(_options.TrustStore, RecordedHandshake.Time)
        {
            Reference = _options.Server,
            KeyUse = ServerKeyUse.RsaSignature,
            Crypto = TlsCryptography.Of(Provider),
            Remembered = ChainRemembered ? _options.TrustStore.VerifiedChains : null,
        };
    }

    [Benchmark(Baseline = true)]
    public void Full() => _full.Play(_options).Dispose();

    [Benchmark]
    public void Resumed()
    {
        using TlsClientEngine engine = _resumed.Play(_resuming);
        if (!engine.Session!.Resumed) throw new InvalidOperationException("the session was not resumed");
    }

    [Benchmark]
    public bool VerifyChain() => ChainVerifier.Verify(_evidence, _question).Failure is null ? true : throw new InvalidOperationException("the chain does not verify");
}
