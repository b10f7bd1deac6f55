using System.Numerics;

namespace UserTcp.Tls.Crypto.Rsa;

/// <summary>An RSA public key (RFC 8017 3.1), ready for many verifications.</summary>
/// <remarks>Signatures, keys and messages are public, so nothing here is constant time. Safe to share between threads.</remarks>
internal sealed class RsaPublicKey
{
    private readonly MontgomeryModulus _modulus;
    private readonly uint _exponent;

    /// <summary>Takes over a key.</summary>
    /// <param name="modulus">n: odd, big endian, without leading zeros.</param>
    /// <param name="exponent">e: odd, from 3 on.</param>
    internal RsaPublicKey(ReadOnlySpan<byte> modulus, uint exponent)
    {
        if (exponent < 3 || exponent % 2 == 0) throw new ArgumentOutOfRangeException(nameof(exponent), exponent, "RFC 8017 3.1: odd, from 3 on");
        _modulus = MontgomeryModulus.Create(modulus);
        _exponent = exponent;
        Size = modulus.Length;
        Bits = 8 * modulus.Length - (BitOperations.LeadingZeroCount(modulus[0]) - 24);
    }

    /// <summary>Length of the modulus and of every signature, in bytes: k in RFC 8017.</summary>
    internal int Size { get; }

    /// <summary>Length of the modulus, in bits: modBits in RFC 8017.</summary>
    internal int Bits { get; }

    /// <summary>RSAVP1 and I2OSP (RFC 8017 5.2.2, 4.1): the encoded message that the owner of the private key has signed.</summary>
    /// <param name="signature">Any bytes.</param>
    /// <param name="encoded">At least <see cref="Size"/> bytes; as many are written.</param>
    /// <returns>False for what no owner can have made: a signature of another length (8.1.2 step 1, 8.2.2 step 1) or not below the modulus (5.2.2 step 1).</returns>
    internal bool TryRecover(ReadOnlySpan<byte> signature, Span<byte> encoded)
        => signature.Length == Size && _modulus.TryPower(signature, _exponent, encoded[..Size]);
}
