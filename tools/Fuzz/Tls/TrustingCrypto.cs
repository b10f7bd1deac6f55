using System.Diagnostics.CodeAnalysis;
using UserTcp.Tls;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Wire;

namespace UserTcp.Fuzz.Tls;

/// <summary>Cryptography that agrees to everything and encrypts nothing, so that bytes changed anywhere get as far as the protocol lets them: behind signatures,
/// tags and Finished too. What begins with 0xff is refused, so that refusals are reached as well.</summary>
internal sealed class TrustingCrypto : ITlsCrypto
{
    private const byte Refused = 0xff;

    /// <summary>Signatures judged since it was made.</summary>
    internal int Signatures { get; private set; }

    public ITranscriptHash CreateHash(PrfHash hash) => new NoHash(hash == PrfHash.Sha256 ? 32 : 48);

    public void Prf(PrfHash hash, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, ReadOnlySpan<byte> seed, Span<byte> output) => output.Clear();

    public IEphemeralKey CreateKey(NamedGroup group, TlsRandomSource random) => new AnyKey(new byte[group == NamedGroup.X25519 ? 32 : group == NamedGroup.Secp256r1 ? 65 : 97]);

    public IAead CreateAead(AeadAlgorithm algorithm, ReadOnlySpan<byte> key) => new NoAead();

    public ICbcCipher CreateCbc(ReadOnlySpan<byte> key, bool forEncryption) => new NoCbc();

    public IRecordMac CreateMac(MacAlgorithm algorithm, ReadOnlySpan<byte> key) => new NoMac(algorithm == MacAlgorithm.HmacSha1 ? 20 : 32);

    public bool Verify(SignatureScheme scheme, ServerPublicKey key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        Signatures++;
        return signature is not [Refused, ..];
    }

    public byte[] Sign(SignatureScheme scheme, ClientPrivateKey key, ReadOnlySpan<byte> data, TlsRandomSource random) => new byte[64];

    private sealed class NoHash(int size) : ITranscriptHash
    {
        public void Append(ReadOnlySpan<byte> bytes) { }

        public byte[] Current() => new byte[size];
    }

    private sealed class AnyKey(byte[] publicKey) : IEphemeralKey
    {
        public byte[] PublicKey { get; } = publicKey;

        public bool TryAgree(ReadOnlySpan<byte> peerPublicKey, [NotNullWhen(true)] out byte[]? premaster)
        {
            premaster = peerPublicKey is [Refused, ..] ? null : new byte[32];
            return premaster is not null;
        }

        public void Dispose() { }
    }

    private sealed class NoAead : IAead
    {
        public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additionalData, Span<byte> message) => message[^IAead.TagSize..].Clear();

        public bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additionalData, Span<byte> message) => message[^IAead.TagSize] != Refused;

        public void Dispose() { }
    }

    private sealed class NoCbc : ICbcCipher
    {
        public void Encrypt(Span<byte> blocks) { }

        public void Decrypt(Span<byte> blocks) { }
    }

    private sealed class NoMac(int size) : IRecordMac
    {
        public int Size => size;

        public void Compute(ReadOnlySpan<byte> header, ReadOnlySpan<byte> data, Span<byte> mac) => mac.Clear();

        public int Verify(ReadOnlySpan<byte> header, ReadOnlySpan<byte> content, int dataLength) => content[dataLength] == Refused ? 0 : -1;

        public void Dispose() { }
    }
}
