using System.Buffers.Binary;
using System.Security.Cryptography;
using Org.BouncyCastle.Math;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Crypto;

/// <summary>RSA signatures, good and bad ones, for each provider: what Wycheproof tries of PKCS#1 v1.5 and PSS, made by the key's owner.</summary>
public class RsaSignatureTests
{
    private static readonly byte[] Data = "what was signed"u8.ToArray();
    private static readonly byte[] Sha256Prefix = Convert.FromHexString("3031300d060960864801650304020105000420");

    public static TheoryData<TlsCryptoProvider> Providers => [.. Enum.GetValues<TlsCryptoProvider>()];

    public static TheoryData<TlsCryptoProvider, int, int> Keys()
    {
        var keys = new TheoryData<TlsCryptoProvider, int, int>();
        foreach (TlsCryptoProvider provider in Enum.GetValues<TlsCryptoProvider>())
            foreach ((int bits, int exponent) in new[] { (2048, 65537), (2049, 65537), (2055, 3), (3072, 3), (3072, 65537), (4096, 65537), (8192, 3) })
                keys.Add(provider, bits, exponent);
        return keys;
    }

    [Theory, MemberData(nameof(Keys)), Rfc("8017", "8.1.2"), Rfc("8017", "8.2.2")]
    public void Good_signatures_of_every_size_verify_and_with_one_bit_changed_they_do_not(TlsCryptoProvider provider, int bits, int exponent)
    {
        var key = RsaTestKey.Of(bits, exponent);
        byte[] pkcs1 = key.Sign(Pkcs1(key.Size, [.. Sha256Prefix, .. SHA256.HashData(Data)]));
        byte[] pss = key.Sign(Pss(bits, saltLength: 32));
        Assert.True(Verify(provider, SignatureScheme.RsaPkcs1Sha256, key.Public, pkcs1));
        Assert.True(Verify(provider, SignatureScheme.RsaPssRsaeSha256, key.Public, pss));
        pkcs1[^1] ^= 1;
        pss[key.Size / 2] ^= 0x10;
        Assert.False(Verify(provider, SignatureScheme.RsaPkcs1Sha256, key.Public, pkcs1));
        Assert.False(Verify(provider, SignatureScheme.RsaPssRsaeSha256, key.Public, pss));
    }

    [Theory, MemberData(nameof(Providers))]
    public void Every_hash_verifies_what_the_platform_signs(TlsCryptoProvider provider)
    {
        using var rsa = RSA.Create(2048);
        Assert.True(ServerPublicKey.TryParse(rsa.ExportSubjectPublicKeyInfo(), out ServerPublicKey? key, out _, out _));
        foreach ((HashAlgorithmName hash, SignatureScheme pkcs1, SignatureScheme pss) in new[]
        {
            (HashAlgorithmName.SHA256, SignatureScheme.RsaPkcs1Sha256, SignatureScheme.RsaPssRsaeSha256),
            (HashAlgorithmName.SHA384, SignatureScheme.RsaPkcs1Sha384, SignatureScheme.RsaPssRsaeSha384),
            (HashAlgorithmName.SHA512, SignatureScheme.RsaPkcs1Sha512, SignatureScheme.RsaPssRsaeSha512),
        })
        {
            byte[] first = rsa.SignData(Data, hash, RSASignaturePadding.Pkcs1), second = rsa.SignData(Data, hash, RSASignaturePadding.Pss);
            Assert.True(Verify(provider, pkcs1, key, first));
            Assert.True(Verify(provider, pss, key, second));
            Assert.False(Verify(provider, pss, key, first));
            Assert.False(Verify(provider, pkcs1, key, second));
        }
    }

    [Theory, MemberData(nameof(Providers)), Rfc("8017", "5.2.2"), Rfc("8017", "8.2.2")]
    public void A_signature_is_exactly_as_long_as_the_modulus_and_below_it(TlsCryptoProvider provider)
    {
        var key = RsaTestKey.Of(2055, 65537);
        byte[] good = key.Sign(Pkcs1(key.Size, [.. Sha256Prefix, .. SHA256.HashData(Data)]));
        byte[] modulus = key.Modulus, zero = new byte[key.Size], one = new byte[key.Size];
        one[^1] = 1;
        Assert.True(Verify(provider, SignatureScheme.RsaPkcs1Sha256, key.Public, good));
        if (good[0] < 0x40) Refuse(key.PlusModulus(good));      // the same number modulo n
        Refuse([0, .. good]);
        Refuse([.. good, 0]);
        Refuse(good[1..]);
        Refuse(good[..^1]);
        Refuse([]);
        Refuse(zero);
        Refuse(one);
        Refuse(modulus);
        Refuse([.. modulus[..^1], (byte)(modulus[^1] - 1)]);
        Refuse([.. Enumerable.Repeat((byte)0xff, key.Size)]);

        void Refuse(byte[] signature)
        {
            Assert.False(Verify(provider, SignatureScheme.RsaPkcs1Sha256, key.Public, signature));
            Assert.False(Verify(provider, SignatureScheme.RsaPssRsaeSha256, key.Public, signature));
        }
    }

    [Theory, MemberData(nameof(Providers)), Rfc("8017", "8.2.2")]
    public void A_signature_whose_leading_zeros_were_cut_off_is_refused(TlsCryptoProvider provider)
    {
        var key = RsaTestKey.Of(2049, 65537);
        byte[] signature;
        int tries = 0;
        do signature = key.Sign(Pss(2049, saltLength: 32, salt: (byte)tries++)); while (signature[0] != 0);    // n begins with the byte 01
        Assert.True(Verify(provider, SignatureScheme.RsaPssRsaeSha256, key.Public, signature));
        Assert.False(Verify(provider, SignatureScheme.RsaPssRsaeSha256, key.Public, signature.AsSpan().TrimStart((byte)0).ToArray()));
    }

    /// <summary>BouncyCastle refuses to make a key of it at all.</summary>
    [Theory, MemberData(nameof(Providers))]
    public void Under_a_modulus_with_a_small_factor_no_signature_is_good(TlsCryptoProvider provider)
    {
        ServerPublicKey key = RsaTestKey.Parse(Org.BouncyCastle.Math.BigInteger.One.ShiftLeft(2048).Subtract(Org.BouncyCastle.Math.BigInteger.One), Org.BouncyCastle.Math.BigInteger.ValueOf(65537));
        Assert.False(Verify(provider, SignatureScheme.RsaPkcs1Sha256, key, new byte[256]));
        Assert.False(Verify(provider, SignatureScheme.RsaPssRsaeSha256, key, new byte[256]));
    }

    /// <summary>With exponent 3 a third root can be made of an encoding that is free in its low half (Bleichenbacher 2006): every byte must be looked at.</summary>
    [Theory, MemberData(nameof(Providers)), Rfc("8017", "9.2")]
    public void A_bad_Pkcs1_encoding_is_refused(TlsCryptoProvider provider)
    {
        var key = RsaTestKey.Of(3072, 3);
        byte[] hash = SHA256.HashData(Data), info = [.. Sha256Prefix, .. hash], good = Pkcs1(key.Size, info);
        Assert.True(Accepts(good));

        Assert.False(Accepts(With(good, 0, 1)));                                            // a first byte that is not 0
        foreach (byte blockType in new byte[] { 0, 2, 0xff }) Assert.False(Accepts(With(good, 1, blockType)));
        Assert.False(Accepts(With(good, 2, 0xfe)));                                         // padding that is not all FF
        Assert.False(Accepts(With(good, 2, 0)));
        Assert.False(Accepts(With(good, 100, 0)));                                          // padding that ends early
        Assert.False(Accepts(With(good, key.Size - info.Length - 1, 0xff)));                // no 00 behind the padding
        Assert.False(Accepts(With(good, key.Size - info.Length - 2, 0)));                   // two of them
        Assert.False(Accepts([.. Pkcs1(key.Size - 20, info), .. new byte[20]]));            // bytes behind the hash
        Assert.False(Accepts([0, 1, .. Enumerable.Repeat((byte)0xff, 8), 0, .. info, .. new byte[key.Size - 11 - info.Length]]));
        Assert.False(Accepts(Pkcs1(key.Size, hash)));                                       // a hash without DigestInfo
        Assert.False(Accepts(Pkcs1(key.Size, [])));
        Assert.False(Accepts(Pkcs1(key.Size, [.. Sha256Prefix, .. hash[..^1]])));
        Assert.False(Accepts(Pkcs1(key.Size, [.. Convert.FromHexString("3041300d060960864801650304020205000430"), .. SHA384.HashData(Data)])));      // another hash
        Assert.False(Accepts(Pkcs1(key.Size, [.. Convert.FromHexString("3031300d060960864801650304020205000420"), .. hash])));                       // another hash's name
        Assert.False(Accepts(Pkcs1(key.Size, [.. Convert.FromHexString("308131300d060960864801650304020105000420"), .. hash])));                     // lengths in BER's long form
        Assert.False(Accepts(Pkcs1(key.Size, [.. Convert.FromHexString("3033300d060960864801650304020105000420"), .. hash, 5, 0])));                 // more in DigestInfo
        Assert.False(Accepts(Pkcs1(key.Size, [.. Convert.FromHexString("3033300f0609608648016503040201050201000420"), .. hash])));                   // a NULL with content
        // BouncyCastle alone takes a DigestInfo whose parameters were left out; RFC 8017 A.2.4 has them.
        Assert.Equal(provider == TlsCryptoProvider.BouncyCastle, Accepts(Pkcs1(key.Size, [.. Convert.FromHexString("302f300b0609608648016503040201"), 4, 0x20, .. hash])));

        bool Accepts(byte[] encoded) => Verify(provider, SignatureScheme.RsaPkcs1Sha256, key.Public, key.Sign(encoded));
    }

    [Theory, MemberData(nameof(Providers)), Rfc("8017", "9.1.2"), Rfc("8446", "4.2.3")]
    public void A_bad_Pss_encoding_is_refused(TlsCryptoProvider provider)
    {
        foreach (int bits in new[] { 2048, 2049, 2055 })
        {
            var key = RsaTestKey.Of(bits, 65537);
            byte[] good = Pss(bits, saltLength: 32);
            Assert.True(Accepts(good));
            Assert.False(Accepts(With(good, good.Length - 1, 0xcc)));                       // another trailer
            Assert.False(Accepts(With(good, good.Length - 2, (byte)(good[^2] ^ 1))));       // another H
            Assert.False(Accepts(With(good, good.Length - 40, (byte)(good[^40] ^ 1))));     // another salt
            if (bits % 8 != 1) Assert.False(Accepts(With(good, 0, (byte)(good[0] ^ (bits % 8 == 0 ? 0x80 : 0x40)))));     // a bit that must be 0
            else Assert.False(Accepts(With([0, .. good[^(key.Size - 1)..]], 0, 1)));        // a byte that must be 0
            foreach (int salt in new[] { 0, 1, 20, 31, 33, 48, (bits - 1 + 7) / 8 - 34 }) Assert.False(Accepts(Pss(bits, salt)));
            Assert.False(Accepts(Pss(bits, 32, padding: 1)));                               // padding that is not 0
            Assert.False(Accepts(Pss(bits, 32, separator: 2)));                             // no 01 before the salt
            Assert.False(Accepts(Pss(bits, 32, separator: 0)));
            Assert.False(Accepts(Pss(bits, 32, mask: HashAlgorithmName.SHA384)));           // MGF1 on another hash
            Assert.False(Accepts(Pss(bits, 32, data: [.. Data, 0])));

            bool Accepts(byte[] encoded) => Verify(provider, SignatureScheme.RsaPssRsaeSha256, key.Public, key.Sign(encoded));
        }
    }

    [Fact]
    public void A_hash_that_does_not_fit_is_refused()
    {
        // 2048 bits are 256 bytes, which hold SHA-512 with its salt; the check of RFC 8017 9.1.2 step 3 is reached with a key that no certificate may have.
        var small = new UserTcp.Tls.Crypto.Rsa.RsaPublicKey([.. Enumerable.Repeat((byte)0xff, 65)], 3);
        byte[] signature = new byte[65];
        signature[^1] = 2;
        Assert.False(UserTcp.Tls.Crypto.Rsa.RsaSignature.VerifyPss(small, SHA512.HashData(Data), (input, output) => SHA512.HashData(input, output), signature));
        Assert.False(UserTcp.Tls.Crypto.Rsa.RsaSignature.VerifyPkcs1(small, SHA512.HashData(Data), signature));
    }

    [Theory, Rfc("8017", "3.1"), Rfc("9325", "4.5")]
    [InlineData(2048, 65537, true, TlsError.None)]
    [InlineData(2048, 65537, false, TlsError.CertificateMalformed)]     // even modulus
    [InlineData(2048, 1, true, TlsError.CertificateWeakKey)]            // every message is its own signature
    [InlineData(2048, 2, true, TlsError.CertificateMalformed)]          // even exponents
    [InlineData(2048, 65536, true, TlsError.CertificateMalformed)]
    [InlineData(2048, 0x1_0000_0001, true, TlsError.CertificateWeakKey)]
    [InlineData(2047, 65537, true, TlsError.CertificateWeakKey)]
    [InlineData(8193, 65537, true, TlsError.CertificateWeakKey)]
    public void A_key_that_can_be_none_is_refused(int bits, long exponent, bool odd, TlsError wanted)
    {
        BigInteger modulus = BigInteger.One.ShiftLeft(bits).Subtract(BigInteger.ValueOf(odd ? 1 : 2));
        bool parsed = ServerPublicKey.TryParse(RsaTestKey.Spki(modulus, BigInteger.ValueOf(exponent)), out _, out TlsError error, out string detail);
        Assert.Equal(wanted == TlsError.None, parsed);
        Assert.True(wanted == error, $"{error}: {detail}");
    }

    private static bool Verify(TlsCryptoProvider provider, SignatureScheme scheme, ServerPublicKey key, byte[] signature)
        => TlsCryptography.Of(provider).Verify(scheme, key, Data, signature);

    private static byte[] With(byte[] bytes, int index, byte value)
    {
        byte[] copy = [.. bytes];
        copy[index] = value;
        return copy;
    }

    /// <summary>RFC 8017 9.2: 00 01 FF … FF 00 and what is given.</summary>
    private static byte[] Pkcs1(int size, byte[] info) => [0, 1, .. Enumerable.Repeat((byte)0xff, size - 3 - info.Length), 0, .. info];

    /// <summary>RFC 8017 9.1.1 with SHA-256, and with what a test wants wrong.</summary>
    private static byte[] Pss(int bits, int saltLength, byte salt = 7, byte padding = 0, byte separator = 1, HashAlgorithmName? mask = null, byte[]? data = null)
    {
        int encodedBits = bits - 1, length = (encodedBits + 7) / 8;
        byte[] salts = [.. Enumerable.Repeat(salt, saltLength)];
        byte[] hash = SHA256.HashData([.. new byte[8], .. SHA256.HashData(data ?? Data), .. salts]);
        byte[] block = [.. Enumerable.Repeat(padding, length - 34 - saltLength), separator, .. salts];
        byte[] stream = [];
        for (int counter = 0; stream.Length < block.Length; counter++)
        {
            byte[] number = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, counter);
            stream = [.. stream, .. CryptographicOperations.HashData(mask ?? HashAlgorithmName.SHA256, (byte[])[.. hash, .. number])];
        }
        for (int i = 0; i < block.Length; i++) block[i] ^= stream[i];
        block[0] &= (byte)(0xff >> (8 * length - encodedBits));
        return [.. block, .. hash, 0xbc];
    }
}
