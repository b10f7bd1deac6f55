using UserTcp.Tls;
using UserTcp.Tls.Wire;

namespace UserTcp.Explain.Lesson;

/// <summary>Explains what was derived from what. No secret is shown, and none is needed to understand it.</summary>
internal static class KeyLesson
{
    internal static Block Of(KeysDerived keys)
    {
        var facts = new List<Fact>
        {
            new("pre-master", $"own private key × the peer's public key on {keys.Group.Name()}: {TlsWords.Bytes(keys.PremasterLength)} (RFC 8422 5.10)"),
            new("", "both ends get the same, from opposite halves; who has only seen the two public keys cannot"),
        };
        if (keys.ExtendedMasterSecret)
        {
            facts.Add(new("master secret", $"PRF-{keys.PrfHash}(pre-master, \"extended master secret\", session hash): 48 bytes (RFC 7627 4)"));
            facts.Add(new("session hash", $"hash of all messages from ClientHello to ClientKeyExchange: {TlsWords.Hex(keys.SessionHash.Span)}"));
            facts.Add(new("", "so the secret belongs to this handshake alone; the randoms are in the hash with everything else"));
        }
        else
        {
            facts.Add(new("master secret", $"PRF-{keys.PrfHash}(pre-master, \"master secret\", client random + server random): 48 bytes (RFC 5246 8.1)"));
        }
        facts.Add(new("key block",
            $"PRF-{keys.PrfHash}(master secret, \"key expansion\", server random + client random): {TlsWords.Bytes(keys.KeyBlockLength)} (RFC 5246 6.3)"));
        string parts = keys.MacKeyLength > 0
            ? $"2 MAC keys of {TlsWords.Bytes(keys.MacKeyLength)} and 2 keys of {TlsWords.Bytes(keys.KeyLength)}"
            : $"2 keys of {TlsWords.Bytes(keys.KeyLength)} and 2 implicit IVs of {TlsWords.Bytes(keys.ImplicitIvLength)}";
        facts.Add(new("", $"the randoms return here, the server's first; cut into {parts}"));
        facts.Add(new("RSA, ECDSA", "nothing is encrypted with the certificate's key: it only signs. The connection's own keys are forgotten at its end, so that a private key "
            + "stolen later opens no old capture (forward secrecy)"));
        return new("What comes from what", null, null, facts);
    }
}
