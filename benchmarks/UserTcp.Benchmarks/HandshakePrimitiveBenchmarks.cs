using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using UserTcp.Tls;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Wire;

namespace UserTcp.Benchmarks;

/// <summary>The mathematics of a handshake, for each provider.</summary>
[MemoryDiagnoser]
public class HandshakePrimitiveBenchmarks
{
    private readonly byte[] _data = new byte[1000], _secret = new byte[48], _keyBlock = new byte[40], _flight = new byte[3000];
    private ITlsCrypto _crypto = null!;
    private ServerPublicKey _rsa = null!, _ecdsa = null!;
    private byte[] _pkcs1 = [], _pss = [], _ecdsaSignature = [];
    private byte[] _x25519 = [], _p256 = [];

    [Params(TlsCryptoProvider.Default, TlsCryptoProvider.BouncyCastle, TlsCryptoProvider.Platform)]
    public TlsCryptoProvider Provider { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _crypto = TlsCryptography.Of(Provider);
        using var rsa = RSA.Create(2048);
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _rsa = Parse(rsa.ExportSubjectPublicKeyInfo());
        _ecdsa = Parse(ecdsa.ExportSubjectPublicKeyInfo());
        _pkcs1 = rsa.SignData(_data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        _pss = rsa.SignData(_data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
        _ecdsaSignature = ecdsa.SignData(_data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        _x25519 = _crypto.CreateKey(NamedGroup.X25519, RandomNumberGenerator.Fill).PublicKey;
        _p256 = _crypto.CreateKey(NamedGroup.Secp256r1, RandomNumberGenerator.Fill).PublicKey;
    }

    [Benchmark]
    public bool VerifyRsaPkcs1() => _crypto.Verify(SignatureScheme.RsaPkcs1Sha256, _rsa, _data, _pkcs1);

    [Benchmark]
    public bool VerifyRsaPss() => _crypto.Verify(SignatureScheme.RsaPssRsaeSha256, _rsa, _data, _pss);

    /// <summary>With the key, as it is for a server that was not met before.</summary>
    [Benchmark]
    public bool ParseKeyAndVerifyRsaPss() => _crypto.Verify(SignatureScheme.RsaPssRsaeSha256, Parse(_rsa.SubjectPublicKeyInfo), _data, _pss);

    [Benchmark]
    public bool VerifyEcdsaP256() => _crypto.Verify(SignatureScheme.EcdsaSecp256r1Sha256, _ecdsa, _data, _ecdsaSignature);

    [Benchmark]
    public byte[] ExchangeX25519() => Exchange(NamedGroup.X25519, _x25519);

    [Benchmark]
    public byte[] ExchangeP256() => Exchange(NamedGroup.Secp256r1, _p256);

    [Benchmark]
    public void Prf() => _crypto.Prf(PrfHash.Sha256, _secret, "key expansion"u8, _flight.AsSpan(0, 64), _keyBlock);

    /// <summary>The server's flight into the transcript.</summary>
    [Benchmark]
    public byte[] HashFlight()
    {
        ITranscriptHash hash = _crypto.CreateHash(PrfHash.Sha256);
        hash.Append(_flight);
        return hash.Current();
    }

    private byte[] Exchange(NamedGroup group, byte[] peer)
    {
        using IEphemeralKey key = _crypto.CreateKey(group, RandomNumberGenerator.Fill);
        return key.TryAgree(peer, out byte[]? premaster) ? premaster : throw new InvalidOperationException("the keys do not agree");
    }

    private static ServerPublicKey Parse(ReadOnlyMemory<byte> spki)
        => ServerPublicKey.TryParse(spki, out ServerPublicKey? key, out _, out string detail) ? key : throw new InvalidOperationException(detail);
}
