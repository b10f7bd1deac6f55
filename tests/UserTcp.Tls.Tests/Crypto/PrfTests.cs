using Org.BouncyCastle.Crypto.Digests;
using UserTcp.Tls.Crypto;

namespace UserTcp.Tls.Tests.Crypto;

/// <summary>The published test vectors for the TLS 1.2 PRF (IETF TLS list, 2009).</summary>
public class PrfTests
{
    [Fact]
    public void P_SHA256_gives_the_published_bytes()
    {
        byte[] output = new byte[100];
        Prf.Derive(() => new Sha256Digest(), Convert.FromHexString("9bbe436ba940f017b17652849a71db35"), "test label"u8,
            Convert.FromHexString("a0ba9f936cda311827a6f796ffd5198c"), output);
        Assert.Equal("e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab"
            + "4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66", Convert.ToHexStringLower(output));
    }

    [Fact]
    public void P_SHA384_gives_the_published_bytes()
    {
        byte[] output = new byte[148];
        Prf.Derive(() => new Sha384Digest(), Convert.FromHexString("b80b733d6ceefcdc71566ea48e5567df"), "test label"u8,
            Convert.FromHexString("cd665cf6a8447dd6ff8b27555edb7465"), output);
        Assert.Equal("7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700884f9dc236f80edd"
            + "8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d9184259b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee6"
            + "91c8f3a26854308d5eaa3be85e0990703d73e56f", Convert.ToHexStringLower(output));
    }

    /// <summary>A pre-master secret of P-521 is longer than a block of SHA-256.</summary>
    [Fact, Rfc("2104", "2")]
    public void A_secret_that_is_longer_than_a_block_is_hashed_first()
    {
        byte[] secret = [.. Enumerable.Range(1, 66).Select(i => (byte)i)], output = new byte[32], expected = new byte[32];
        Prf.Derive(() => new Sha256Digest(), secret, "test label"u8, [1, 2, 3], output);
        Prf.Derive(() => new Sha256Digest(), System.Security.Cryptography.SHA256.HashData(secret), "test label"u8, [1, 2, 3], expected);
        Assert.Equal(expected, output);
        byte[] a = System.Security.Cryptography.HMACSHA256.HashData(secret, (byte[])[.. "test label"u8, 1, 2, 3]);
        Assert.Equal(System.Security.Cryptography.HMACSHA256.HashData(secret, (byte[])[.. a, .. "test label"u8, 1, 2, 3]), output);
    }
}
