using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.X509;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Crypto;

/// <summary>Ed25519 against RFC 8032's own example.</summary>
public class Ed25519Tests
{
    // RFC 8032 7.1, TEST 2
    private static readonly byte[] PublicKey = Convert.FromHexString("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    private static readonly byte[] Message = [0x72];
    private static readonly byte[] Signature = Convert.FromHexString(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");

    [Theory, Rfc("8422", "5.10")]
    [InlineData(TlsCryptoProvider.Default)]
    [InlineData(TlsCryptoProvider.BouncyCastle)]
    [InlineData(TlsCryptoProvider.Platform)]
    public void The_signature_of_the_RFC_is_good_and_no_other(TlsCryptoProvider provider)
    {
        byte[] spki = SubjectPublicKeyInfoFactory.CreateSubjectPublicKeyInfo(new Ed25519PublicKeyParameters(PublicKey)).GetDerEncoded();
        Assert.True(ServerPublicKey.TryParse(spki, out ServerPublicKey? key, out _, out _));
        ITlsCrypto crypto = TlsCryptography.Of(provider);
        Assert.True(crypto.Verify(SignatureScheme.Ed25519, key, Message, Signature));
        Assert.False(crypto.Verify(SignatureScheme.Ed25519, key, [0x73], Signature));
        Assert.False(crypto.Verify(SignatureScheme.Ed25519, key, Message, Signature.AsSpan(0, 63)));
        Assert.False(crypto.Verify(SignatureScheme.EcdsaSecp256r1Sha256, key, Message, Signature));
    }

    [Fact]
    public void A_key_that_is_no_point_is_malformed()
    {
        byte[] spki = SubjectPublicKeyInfoFactory.CreateSubjectPublicKeyInfo(new Ed25519PublicKeyParameters(PublicKey)).GetDerEncoded();
        spki.AsSpan(spki.Length - 32).Fill(0xff);
        Assert.False(ServerPublicKey.TryParse(spki, out _, out TlsError error, out _));
        Assert.Equal(TlsError.CertificateMalformed, error);
    }
}
