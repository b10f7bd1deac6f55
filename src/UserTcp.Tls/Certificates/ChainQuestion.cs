using UserTcp.Tls.Crypto;

namespace UserTcp.Tls.Certificates;

/// <summary>What is asked about a chain of certificates.</summary>
/// <param name="Anchors">Whom to trust, and how strictly.</param>
/// <param name="UtcNow">The time.</param>
internal sealed record ChainQuestion(TrustStore Anchors, DateTimeOffset UtcNow)
{
    /// <summary>Whom the server should be; null to verify only that the chain is good.</summary>
    internal ReferenceIdentity? Reference { get; init; }

    /// <summary>How the cipher suite uses the server's key; null where no suite was chosen.</summary>
    internal ServerKeyUse? KeyUse { get; init; }

    /// <summary>What the certificates must be issued for.</summary>
    internal TlsPurpose Purpose { get; init; } = TlsPurpose.Server;

    /// <summary>Revocation lists that the caller has. A certificate whose issuer has none among them is not judged by them.</summary>
    internal IReadOnlyList<RevocationList> RevocationLists { get; init; } = [];

    /// <summary>Who verifies the signatures.</summary>
    internal ITlsCrypto Crypto { get; init; } = TlsCryptography.Default;

    /// <summary>Chains whose signatures were verified for <see cref="Anchors"/> before; null to verify every signature.</summary>
    internal VerifiedChains? Remembered { get; init; }

    /// <summary>How much work the chain may cause.</summary>
    internal PathBudget Budget { get; init; } = PathBudget.Default;
}
