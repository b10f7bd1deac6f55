using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Utilities;

namespace UserTcp.Tls.Crypto;

/// <summary>Reads public keys without the primality test that BouncyCastle does of every RSA modulus.</summary>
/// <remarks>The test costs 14 ms for 2048 bits and 107 ms for 4096, paid by the client for a number that the server picked. A verifier gains
/// nothing from it: a modulus that is prime or has small factors only helps others to forge that server's own signatures. The bound on the
/// size, which is what protects this side, is checked by the caller before the key is used.</remarks>
internal static class RsaKeys
{
    /// <summary>Reads a SubjectPublicKeyInfo (RFC 5280 4.1.2.7). Throws what BouncyCastle throws for one that is malformed.</summary>
    internal static AsymmetricKeyParameter Parse(byte[] subjectPublicKeyInfo) =>
        // A thread property: the scope must stay synchronous.
        Properties.WithThreadProperty(Properties.RsaMaxMRTests, "0", subjectPublicKeyInfo, static der => PublicKeyFactory.CreateKey(der));
}
