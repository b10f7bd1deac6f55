using UserTcp.Tls.Crypto;

namespace UserTcp.Tls.Handshake;

/// <summary>The hash over all handshake messages (RFC 5246 7.4.9). Keeps the ClientHello until the suite, and with it the hash, is known.</summary>
/// <param name="keepMessages">Whether a CertificateVerify may have to be made: its hash is known only when the server asks, and may be another one (RFC 5246 7.4.8).</param>
internal sealed class Transcript(bool keepMessages)
{
    private readonly List<byte[]> _kept = [];
    private bool _keepMessages = keepMessages;
    private ITranscriptHash? _hash;

    internal void Append(ReadOnlySpan<byte> message)
    {
        if (_hash is null || _keepMessages) _kept.Add(message.ToArray());
        _hash?.Append(message);
    }

    /// <summary>The suite is known: hashes what was kept.</summary>
    internal void Begin(ITranscriptHash hash)
    {
        foreach (byte[] message in _kept) hash.Append(message);
        if (!_keepMessages) _kept.Clear();
        _hash = hash;
    }

    /// <summary>The hash so far.</summary>
    internal byte[] Current()
        => _hash is null ? throw new InvalidOperationException("the hash is known only after ServerHello") : _hash.Current();

    /// <summary>Every message so far.</summary>
    internal byte[] Messages() => [.. _kept.SelectMany(message => message)];

    /// <summary>No CertificateVerify can come any more: from now on there is only the hash.</summary>
    internal void ForgetMessages()
    {
        _kept.Clear();
        _keepMessages = false;
    }
}
