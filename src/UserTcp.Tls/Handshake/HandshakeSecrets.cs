using System.Security.Cryptography;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Records;

namespace UserTcp.Tls.Handshake;

/// <summary>The one owner of the handshake's secrets. The master secret lives as long as the connection, for exporters (RFC 5705), and is zeroed when it ends or fails;
/// the keys of the records live until nothing can be sent any more, because a failure's alert is still protected with them.</summary>
internal sealed class HandshakeSecrets(ITlsCrypto crypto, TlsRandomSource random) : IDisposable
{
    /// <summary>Length of a master secret, in bytes. RFC 5246 8.1</summary>
    internal const int MasterSize = 48;

    private readonly byte[] _master = new byte[MasterSize];
    private RecordProtection? _client, _server;
    private bool _disposed;             // guarded by _master: who exports may be another thread than who closes

    /// <summary>The master secret. Only the key log may show it.</summary>
    internal ReadOnlySpan<byte> Master => _master;

    /// <summary>master = PRF(premaster, "extended master secret", session hash). RFC 7627 4</summary>
    internal void DeriveExtendedMaster(PrfHash hash, ReadOnlySpan<byte> premaster, ReadOnlySpan<byte> sessionHash)
        => crypto.Prf(hash, premaster, "extended master secret"u8, sessionHash, _master);

    /// <summary>master = PRF(premaster, "master secret", client random + server random). RFC 5246 8.1</summary>
    internal void DeriveMaster(PrfHash hash, ReadOnlySpan<byte> premaster, ReadOnlySpan<byte> clientRandom, ReadOnlySpan<byte> serverRandom)
        => crypto.Prf(hash, premaster, "master secret"u8, (byte[])[.. clientRandom, .. serverRandom], _master);

    /// <summary>Goes on with the master secret of an earlier handshake. RFC 5246 7.3</summary>
    internal void Resume(ReadOnlySpan<byte> master) => master.CopyTo(_master);

    /// <summary>key block = PRF(master, "key expansion", server random + client random). RFC 5246 6.3</summary>
    /// <returns>Protection for what the client writes and for what the server writes.</returns>
    internal (RecordProtection Client, RecordProtection Server) DeriveKeys(SuiteParameters suite, ReadOnlySpan<byte> clientRandom, ReadOnlySpan<byte> serverRandom)
    {
        Span<byte> bytes = stackalloc byte[KeyBlock.Length(suite.Cipher)];
        crypto.Prf(suite.Hash, _master, "key expansion"u8, (byte[])[.. serverRandom, .. clientRandom], bytes);
        var block = new KeyBlock(bytes, suite.Cipher);
        _client = suite.Cipher.Protect(crypto, random, block.Client, sending: true);
        _server = suite.Cipher.Protect(crypto, random, block.Server, sending: false);
        CryptographicOperations.ZeroMemory(bytes);
        return (_client, _server);
    }

    /// <summary>verify_data = PRF(master, label, transcript hash), 12 bytes. RFC 5246 7.4.9</summary>
    internal byte[] VerifyData(PrfHash hash, ReadOnlySpan<byte> label, ReadOnlySpan<byte> transcriptHash)
    {
        byte[] verifyData = new byte[Wire.Finished.VerifyDataSize];
        crypto.Prf(hash, _master, label, transcriptHash, verifyData);
        return verifyData;
    }

    /// <summary>PRF(master, label, seed), for exporters; as long as <paramref name="output"/>.</summary>
    /// <exception cref="ObjectDisposedException">The master secret is zeroed.</exception>
    internal void Derive(PrfHash hash, ReadOnlySpan<byte> label, ReadOnlySpan<byte> seed, Span<byte> output)
    {
        lock (_master)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            crypto.Prf(hash, _master, label, seed, output);
        }
    }

    /// <summary>Forgets the keys of the records, also those that were not put to use because the handshake ended before.</summary>
    internal void DisposeProtection()
    {
        _client?.Dispose();
        _server?.Dispose();
    }

    public void Dispose()
    {
        lock (_master)
        {
            _disposed = true;
            CryptographicOperations.ZeroMemory(_master);
        }
    }
}
