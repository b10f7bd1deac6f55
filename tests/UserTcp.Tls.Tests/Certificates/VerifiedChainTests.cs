using UserTcp.Tls.Certificates;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Certificates;

/// <summary>A chain that is known again costs no signature, and is judged by every rule all the same.</summary>
public class VerifiedChainTests
{
    private static readonly RsaChain Chain = new();
    private static readonly DateTimeOffset Now = RsaChain.NotBefore.AddDays(200);

    private readonly CountingCrypto _crypto = new();
    private readonly TrustStore _trust = Chain.Trust();

    [Fact]
    public void The_second_time_no_signature_is_verified()
    {
        Assert.Null(Verify(Chain.Sent).Failure);
        Assert.Equal(2, _crypto.Verified);
        ChainVerdict again = Verify(Chain.Sent);
        Assert.Null(again.Failure);
        Assert.Equal(2, _crypto.Verified);
        Assert.Equal([Chain.Leaf.RawData, Chain.Intermediate.RawData, Chain.Root.RawData], again.Path.Select(c => c.Der));
        Assert.Equal(1, _trust.VerifiedChains.Count);
    }

    [Fact]
    public void The_checks_are_the_same_each_time()
    {
        var first = Verify(Chain.Sent).Findings.Select(finding => finding.Check).ToArray();
        Assert.Equal(first, Verify(Chain.Sent).Findings.Select(finding => finding.Check));
    }

    [Fact]
    public void Time_and_name_are_checked_on_every_use()
    {
        Verify(Chain.Sent);
        Assert.Equal(TlsError.CertificateExpired, Verify(Chain.Sent, at: RsaChain.NotAfter.AddSeconds(1)).Failure?.Error);
        Assert.Equal(TlsError.CertificateNotYetValid, Verify(Chain.Sent, at: RsaChain.NotBefore.AddSeconds(-1)).Failure?.Error);
        Assert.Equal(TlsError.CertificateHostName, Verify(Chain.Sent, host: "other.test").Failure?.Error);
        Assert.Equal(TlsError.CertificateKeyType, Verify(Chain.Sent, use: ServerKeyUse.EcdsaSignature).Failure?.Error);
        Assert.Null(Verify(Chain.Sent).Failure);
        Assert.Equal(2, _crypto.Verified);
    }

    [Fact]
    public void Each_byte_counts()
    {
        Verify(Chain.Sent);
        byte[] changed = [.. Chain.Leaf.RawData];
        changed[^1] ^= 1;       // of the signature
        Assert.Equal(TlsError.CertificateBadSignature, Verify([changed, Chain.Intermediate.RawData]).Failure?.Error);
        Assert.Equal(TlsError.CertificateUnknownIssuer, Verify([Chain.Leaf.RawData]).Failure?.Error);
        int before = _crypto.Verified;
        Assert.Null(Verify([.. Chain.Sent, Chain.Root.RawData]).Failure);       // one more than before: a chain of its own
        Assert.Equal(before + 2, _crypto.Verified);
    }

    [Fact]
    public void What_failed_is_not_remembered()
    {
        Assert.NotNull(Verify(Chain.Sent, host: "other.test").Failure);
        Assert.NotNull(Verify([Chain.Leaf.RawData]).Failure);
        Assert.Equal(0, _trust.VerifiedChains.Count);
    }

    [Fact]
    public void Another_trust_store_and_another_cryptography_know_nothing_of_it()
    {
        Verify(Chain.Sent);
        var other = new CountingCrypto();
        var question = new ChainQuestion(_trust, Now) { Remembered = _trust.VerifiedChains, Crypto = other };
        Assert.Null(ChainVerifier.Verify(new ServerEvidence(Chain.Sent), question).Failure);
        Assert.Equal(2, other.Verified);
        TrustStore stranger = TrustStore.FromCertificates([TestCertificates.Rsa.RawData]);
        Assert.Equal(TlsError.CertificateUnknownIssuer,
            ChainVerifier.Verify(new ServerEvidence(Chain.Sent), new ChainQuestion(stranger, Now) { Remembered = stranger.VerifiedChains }).Failure?.Error);
    }

    [Fact]
    public void It_is_bounded_and_forgets_what_was_not_used_for_longest()
    {
        var chains = new VerifiedChains(capacity: 2);
        Verify(Chain.Sent);
        VerifiedChain chain = _trust.VerifiedChains.Find(Chain.Sent, _crypto)!;
        chains.Remember([[1]], _crypto, chain);
        chains.Remember([[2]], _crypto, chain);
        Assert.NotNull(chains.Find([[1]], _crypto));
        chains.Remember([[3]], _crypto, chain);
        Assert.Equal(2, chains.Count);
        Assert.NotNull(chains.Find([[1]], _crypto));
        Assert.Null(chains.Find([[2]], _crypto));
        chains.Remember([new byte[TlsBudgets.VerifiedChainBytes + 1]], _crypto, chain);
        Assert.NotNull(chains.Find([[3]], _crypto));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public void An_option_switches_it_off(bool remember, int remembered)
    {
        TrustStore trust = Chain.Trust();
        var options = new TlsClientOptions { HostName = RsaChain.HostName, TrustStore = trust, Groups = [NamedGroup.X25519], RememberVerifiedChains = remember };
        var recorded = new RecordedHandshake(options, Chain.Server());
        recorded.Play(options).Dispose();
        Assert.Equal(remembered, trust.VerifiedChains.Count);
    }

    private ChainVerdict Verify(IReadOnlyList<byte[]> sent, DateTimeOffset? at = null, string host = RsaChain.HostName, ServerKeyUse use = ServerKeyUse.RsaSignature)
        => ChainVerifier.Verify(new ServerEvidence(sent), new ChainQuestion(_trust, at ?? Now)
        {
            Reference = ReferenceIdentity.Parse(host),
            KeyUse = use,
            Crypto = _crypto,
            Remembered = _trust.VerifiedChains,
        });

    private sealed class CountingCrypto : BouncyCastleCrypto
    {
        internal int Verified { get; private set; }

        protected override bool VerifyRsa(SignatureScheme scheme, ServerPublicKey key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
        {
            Verified++;
            return base.VerifyRsa(scheme, key, data, signature);
        }
    }
}
