using System.Security.Cryptography;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Crypto;

/// <summary>The primitives behind ITlsCrypto against published vectors and against .NET's own.</summary>
public class PrimitiveTests
{
    public static TheoryData<TlsCryptoProvider> Providers => [.. Enum.GetValues<TlsCryptoProvider>()];

    /// <summary>RFC 7748 5.2, first vector.</summary>
    [Theory, MemberData(nameof(Providers))]
    public void X25519_gives_the_RFCs_product(TlsCryptoProvider provider)
    {
        ITlsCrypto tls = TlsCryptography.Of(provider);
        byte[] scalar = Convert.FromHexString("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
        using IEphemeralKey key = tls.CreateKey(NamedGroup.X25519, bytes => scalar.CopyTo(bytes));
        Assert.True(key.TryAgree(Convert.FromHexString("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"), out byte[]? premaster));
        Assert.Equal("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552", Convert.ToHexStringLower(premaster));
    }

    [Theory, MemberData(nameof(Providers))]
    public void Two_X25519_keys_agree_and_a_point_of_small_order_is_refused(TlsCryptoProvider provider)
    {
        ITlsCrypto tls = TlsCryptography.Of(provider);
        using IEphemeralKey one = tls.CreateKey(NamedGroup.X25519, RandomNumberGenerator.Fill), other = tls.CreateKey(NamedGroup.X25519, RandomNumberGenerator.Fill);
        Assert.True(one.TryAgree(other.PublicKey, out byte[]? here));
        Assert.True(other.TryAgree(one.PublicKey, out byte[]? there));
        Assert.Equal(here, there);
        Assert.False(one.TryAgree((byte[])[1, .. new byte[31]], out _));    // order 1: the product is zero whatever the key
    }

    [Theory]
    [InlineData(TlsCryptoProvider.Default, NamedGroup.Secp256r1)]
    [InlineData(TlsCryptoProvider.Default, NamedGroup.Secp384r1)]
    [InlineData(TlsCryptoProvider.Platform, NamedGroup.Secp256r1)]
    [InlineData(TlsCryptoProvider.Default, NamedGroup.Secp521r1)]
    [InlineData(TlsCryptoProvider.Default, NamedGroup.Secp224r1)]
    [InlineData(TlsCryptoProvider.Platform, NamedGroup.Secp384r1)]
    [InlineData(TlsCryptoProvider.Platform, NamedGroup.Secp521r1)]
    [InlineData(TlsCryptoProvider.Platform, NamedGroup.Secp224r1)]
    public void Nist_curves_agree_with_the_platform_and_points_off_the_curve_are_refused(TlsCryptoProvider provider, NamedGroup group)
    {
        ITlsCrypto tls = TlsCryptography.Of(provider);
        using IEphemeralKey ours = tls.CreateKey(group, RandomNumberGenerator.Fill);
        var curve = ECCurve.CreateFromFriendlyName(group switch
        {
            NamedGroup.Secp224r1 => "secp224r1",
            NamedGroup.Secp256r1 => "nistP256",
            NamedGroup.Secp384r1 => "nistP384",
            _ => "nistP521",
        });
        using var theirs = ECDiffieHellman.Create(curve);
        ECPoint point = theirs.ExportParameters(false).Q;
        int size = point.X!.Length;
        using var peer = ECDiffieHellman.Create(new ECParameters { Curve = curve, Q = new ECPoint { X = ours.PublicKey[1..(1 + size)], Y = ours.PublicKey[(1 + size)..] } });

        Assert.True(ours.TryAgree([4, .. point.X, .. point.Y!], out byte[]? premaster));
        Assert.Equal(theirs.DeriveRawSecretAgreement(peer.PublicKey), premaster);
        Assert.False(ours.TryAgree([4, .. point.X, .. point.X], out _));
        Assert.False(ours.TryAgree([2, .. point.X], out _));
        Assert.False(ours.TryAgree([0], out _));
        Assert.False(ours.TryAgree([], out _));
    }

    [Theory]
    [InlineData(TlsCryptoProvider.Default, nameof(AeadAlgorithm.Aes128Gcm), 16)]
    [InlineData(TlsCryptoProvider.Default, nameof(AeadAlgorithm.Aes256Gcm), 32)]
    [InlineData(TlsCryptoProvider.Default, nameof(AeadAlgorithm.ChaCha20Poly1305), 32)]
    [InlineData(TlsCryptoProvider.Platform, nameof(AeadAlgorithm.Aes128Gcm), 16)]
    [InlineData(TlsCryptoProvider.Platform, nameof(AeadAlgorithm.Aes256Gcm), 32)]
    [InlineData(TlsCryptoProvider.Platform, nameof(AeadAlgorithm.ChaCha20Poly1305), 32)]
    public void Aead_agrees_with_the_platform_record_after_record(TlsCryptoProvider provider, string name, int keySize)
    {
        AeadAlgorithm algorithm = Enum.Parse<AeadAlgorithm>(name);
        byte[] key = RandomNumberGenerator.GetBytes(keySize), additionalData = RandomNumberGenerator.GetBytes(13);
        ITlsCrypto tls = TlsCryptography.Of(provider);
        using IAead sealing = tls.CreateAead(algorithm, key), opening = tls.CreateAead(algorithm, key);
        foreach (int length in new[] { 0, 1, 15, 16, 17, 1000, 16384, 3 })
        {
            byte[] nonce = RandomNumberGenerator.GetBytes(IAead.NonceSize), plaintext = RandomNumberGenerator.GetBytes(length);
            byte[] message = [.. plaintext, .. new byte[IAead.TagSize]];
            sealing.Seal(nonce, additionalData, message);
            Assert.Equal(Platform(algorithm, key, nonce, additionalData, plaintext), message);
            Assert.True(opening.TryOpen(nonce, additionalData, message));
            Assert.Equal(plaintext, message[..length]);
            message[^1] ^= 1;       // of the tag
            Assert.False(opening.TryOpen(nonce, additionalData, message));
        }
    }

    private static byte[] Platform(AeadAlgorithm algorithm, byte[] key, byte[] nonce, byte[] additionalData, byte[] plaintext)
    {
        byte[] ciphertext = new byte[plaintext.Length], tag = new byte[16];
        if (algorithm == AeadAlgorithm.ChaCha20Poly1305)
        {
            using var chacha = new ChaCha20Poly1305(key);
            chacha.Encrypt(nonce, plaintext, ciphertext, tag, additionalData);
        }
        else
        {
            using var gcm = new AesGcm(key, 16);
            gcm.Encrypt(nonce, plaintext, ciphertext, tag, additionalData);
        }
        return [.. ciphertext, .. tag];
    }
}
