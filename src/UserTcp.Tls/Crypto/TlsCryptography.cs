namespace UserTcp.Tls.Crypto;

/// <summary>The implementations of <see cref="ITlsCrypto"/>: without state, so one of each is enough.</summary>
internal static class TlsCryptography
{
    internal static ITlsCrypto Default { get; } = new DefaultCrypto();

    private static readonly ITlsCrypto BouncyCastle = new BouncyCastleCrypto();
    private static readonly ITlsCrypto Platform = new Platform.PlatformCrypto();

    internal static ITlsCrypto Of(TlsCryptoProvider provider) => provider switch
    {
        TlsCryptoProvider.Default => Default,
        TlsCryptoProvider.BouncyCastle => BouncyCastle,
        TlsCryptoProvider.Platform => Platform,
        _ => throw new ArgumentOutOfRangeException(nameof(provider), provider, "Default, BouncyCastle or Platform are wanted"),
    };
}
