using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace UserTcp.Tls.Crypto;

/// <summary>AES in CBC mode for one direction, keyed once.</summary>
/// <remarks>The chain is never begun anew: the first block of each record is the IV, whose own decryption nobody looks at, so it does not matter what it is chained to.
/// When encrypting, a random block chained to anything is as random as before.</remarks>
internal sealed class BouncyCastleCbc : ICbcCipher
{
    private readonly CbcBlockCipher _cipher = new(AesUtilities.CreateEngine());

    internal BouncyCastleCbc(ReadOnlySpan<byte> key, bool forEncryption)
        => _cipher.Init(forEncryption, new ParametersWithIV(new KeyParameter(key), new byte[ICbcCipher.BlockSize]));

    public void Encrypt(Span<byte> blocks) => Process(blocks);

    public void Decrypt(Span<byte> blocks) => Process(blocks);

    private void Process(Span<byte> blocks)
    {
        for (; !blocks.IsEmpty; blocks = blocks[ICbcCipher.BlockSize..]) _cipher.ProcessBlock(blocks, blocks);
    }
}
