using System.Diagnostics.CodeAnalysis;
using UserTcp.Tls.Crypto;

namespace UserTcp.Tls.Certificates;

/// <summary>Chains that have led to the anchors of one trust store. Bounded: the one that was not used for longest goes first. Safe to share between threads.</summary>
/// <remarks>Only mathematics is remembered: what the bytes say and which key signed which of them. A chain is known again by every byte that
/// the server sent and by whose cryptography has verified it; the trust store is the owner of this object. Each use applies every rule anew:
/// time, name, purpose, budget, revocation. So nothing can be accepted with it that would be refused without.</remarks>
internal sealed class VerifiedChains(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Key, LinkedListNode<(Key Key, VerifiedChain Chain)>> _byKey = [];
    private readonly LinkedList<(Key Key, VerifiedChain Chain)> _byUse = [];     // the newest first

    internal VerifiedChains() : this(TlsBudgets.VerifiedChains) { }

    internal int Count
    {
        get { lock (_lock) return _byKey.Count; }
    }

    /// <summary>What is known of exactly these certificates; null when nothing is.</summary>
    internal VerifiedChain? Find(IReadOnlyList<byte[]> sent, ITlsCrypto crypto)
    {
        lock (_lock)
        {
            if (!_byKey.TryGetValue(new Key(sent, crypto), out LinkedListNode<(Key, VerifiedChain Chain)>? node)) return null;
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Chain;
        }
    }

    /// <summary>Remembers a chain in which every signature was verified, unless it is oversized.</summary>
    internal void Remember(IReadOnlyList<byte[]> sent, ITlsCrypto crypto, VerifiedChain chain)
    {
        if (sent.Sum(der => der.Length) > TlsBudgets.VerifiedChainBytes) return;
        var key = new Key(sent, crypto);
        lock (_lock)
        {
            if (_byKey.ContainsKey(key)) return;    // another connection was faster
            if (_byKey.Count == capacity && _byUse.Last is { } oldest)
            {
                _byUse.Remove(oldest);
                _byKey.Remove(oldest.Value.Key);
            }
            _byKey.Add(key, _byUse.AddFirst((key, chain)));
        }
    }

    /// <summary>Compared byte by byte; the hash code, which only finds the place, is of the server's own certificate.</summary>
    private readonly struct Key(IReadOnlyList<byte[]> sent, ITlsCrypto crypto) : IEquatable<Key>
    {
        private readonly IReadOnlyList<byte[]> _sent = sent;
        private readonly ITlsCrypto _crypto = crypto;

        public bool Equals(Key other)
        {
            if (!ReferenceEquals(_crypto, other._crypto) || _sent.Count != other._sent.Count) return false;
            for (int i = 0; i < _sent.Count; i++)
            {
                if (!_sent[i].AsSpan().SequenceEqual(other._sent[i])) return false;
            }
            return true;
        }

        public override bool Equals([NotNullWhen(true)] object? obj) => obj is Key other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            if (_sent.Count > 0) hash.AddBytes(_sent[0]);
            return hash.ToHashCode();
        }
    }
}

/// <summary>The certificates that a server sent, parsed, and the path among them in which each is signed by the next.</summary>
/// <param name="Server">The server's own.</param>
/// <param name="Intermediates">The others, also superfluous ones.</param>
/// <param name="Path">From the server's to the trust anchor. Every signature in it was verified.</param>
internal sealed record VerifiedChain(CertificateDetails Server, IReadOnlyList<IssuerCandidate> Intermediates, IReadOnlyList<CertificateDetails> Path)
{
    /// <summary>Whether the signature was verified: these very objects follow each other in the path.</summary>
    internal bool Holds(CertificateDetails child, CertificateDetails issuer)
    {
        for (int i = 0; i + 1 < Path.Count; i++)
        {
            if (ReferenceEquals(Path[i], child) && ReferenceEquals(Path[i + 1], issuer)) return true;
        }
        return false;
    }
}
