using BenchmarkDotNet.Attributes;
using UserTcp.Tls;
using UserTcp.Tls.Crypto;

namespace UserTcp.Benchmarks;

/// <summary>Protection of one record, taken off and put on, for each provider.</summary>
[MemoryDiagnoser]
public class RecordBenchmarks
{
    private readonly byte[] _nonce = new byte[IAead.NonceSize], _additionalData = new byte[13];
    private IAead _aead = null!;
    private byte[] _record = null!, _sealed = null!;

    [Params(TlsCryptoProvider.Default, TlsCryptoProvider.Platform)]
    public TlsCryptoProvider Provider { get; set; }

    [Params("AES-128-GCM", "ChaCha20-Poly1305")]
    public string Algorithm { get; set; } = "";

    [Params(64, 16384)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        bool gcm = Algorithm == "AES-128-GCM";
        _aead = TlsCryptography.Of(Provider).CreateAead(gcm ? AeadAlgorithm.Aes128Gcm : AeadAlgorithm.ChaCha20Poly1305, new byte[gcm ? 16 : 32]);
        _record = new byte[Length + IAead.TagSize];
        Seal();
        _sealed = [.. _record];
    }

    [GlobalCleanup]
    public void Cleanup() => _aead.Dispose();

    [Benchmark]
    public void Seal() => _aead.Seal(_nonce, _additionalData, _record);

    /// <summary>With a copy of the record, because it is opened in place.</summary>
    [Benchmark]
    public bool Open()
    {
        _sealed.CopyTo(_record, 0);
        return _aead.TryOpen(_nonce, _additionalData, _record) ? true : throw new InvalidOperationException("the record does not open");
    }
}
