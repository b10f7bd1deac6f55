using UserTcp.Tls.Crypto;

namespace UserTcp.Tls.Handshake;

/// <summary>The hash over all handshake messages (RFC 5246 7.4.9). Keeps the ClientHello until the suite, and with it the hash, is known.</summary>
internal sealed class Transcript
{
    private readonly List<byte[]> _early = [];
    private ITranscriptHash? _hash;

    internal void Append(ReadOnlySpan<byte> message)
    {
        if (_hash is null) _early.Add(message.ToArray());
        else _hash.Append(message);
    }

    /// <summary>The suite is known: hashes what was kept.</summary>
    internal void Begin(ITranscriptHash hash)
    {
        foreach (byte[] message in _early) hash.Append(message);
        _early.Clear();
        _hash = hash;
    }

    /// <summary>The hash so far.</summary>
    internal byte[] Current()
        => _hash is null ? throw new InvalidOperationException("the hash is known only after ServerHello") : _hash.Current();
}
