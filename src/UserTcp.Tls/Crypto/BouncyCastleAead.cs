using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace UserTcp.Tls.Crypto;

/// <summary>AES-GCM (RFC 5288) or ChaCha20-Poly1305 (RFC 7905). One cipher object per direction, initialised anew for each record, keyed once.</summary>
/// <remarks>BouncyCastle's GCM allocates 620 bytes per record inside (parameters, nonce copies, counter blocks), whatever the record's size.
/// It also keeps the key and its schedule where nobody can zero them: they live until the garbage collector takes this object.</remarks>
internal sealed class BouncyCastleAead : IAead
{
    private readonly IAeadCipher _cipher;
    private readonly byte[] _nonce = new byte[IAead.NonceSize];
    private KeyParameter? _key;

    internal BouncyCastleAead(AeadAlgorithm algorithm, ReadOnlySpan<byte> key)
    {
        // CreateEngine takes the processor's AES instructions where there are some; new AesEngine() never does.
        _cipher = algorithm == AeadAlgorithm.ChaCha20Poly1305 ? new ChaCha20Poly1305() : new GcmBlockCipher(AesUtilities.CreateEngine());
        _key = new KeyParameter(key);
    }

    public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additionalData, Span<byte> message)
    {
        Init(forEncryption: true, nonce);
        _cipher.ProcessAadBytes(additionalData);
        int done = _cipher.ProcessBytes(message[..^IAead.TagSize], message);
        _cipher.DoFinal(message[done..]);
    }

    public bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additionalData, Span<byte> message)
    {
        Init(forEncryption: false, nonce);
        _cipher.ProcessAadBytes(additionalData);
        int done = _cipher.ProcessBytes(message, message);
        try
        {
            _cipher.DoFinal(message[done..]);
            return true;
        }
        catch (InvalidCipherTextException)
        {
            return false;
        }
    }

    public void Dispose() { }

    private void Init(bool forEncryption, ReadOnlySpan<byte> nonce)
    {
        nonce.CopyTo(_nonce);       // BouncyCastle copies it again where it keeps it
        _cipher.Init(forEncryption, new AeadParameters(_key, 8 * IAead.TagSize, _nonce));
        _key = null;    // without a key the next Init keeps the schedule of this one
    }
}
