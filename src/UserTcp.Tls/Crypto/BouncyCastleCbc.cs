using System.Runtime.Intrinsics;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;

namespace UserTcp.Tls.Crypto;

/// <summary>AES in CBC mode for one direction, keyed once. The chain is ours: BouncyCastle's would need a new parameter object for the IV of each record.</summary>
internal sealed class BouncyCastleCbc : ICbcCipher
{
    private readonly IBlockCipher _block = AesUtilities.CreateEngine();

    internal BouncyCastleCbc(ReadOnlySpan<byte> key, bool forEncryption) => _block.Init(forEncryption, new KeyParameter(key));

    public void Encrypt(Span<byte> blocks)
    {
        for (; blocks.Length > ICbcCipher.BlockSize; blocks = blocks[ICbcCipher.BlockSize..])
        {
            Span<byte> next = blocks.Slice(ICbcCipher.BlockSize, ICbcCipher.BlockSize);
            Xor(next, blocks);
            _block.ProcessBlock(next, next);
        }
    }

    public void Decrypt(Span<byte> blocks)
    {
        // From the end, so that what a block is combined with is still encrypted.
        for (; blocks.Length > ICbcCipher.BlockSize; blocks = blocks[..^ICbcCipher.BlockSize])
        {
            Span<byte> last = blocks[^ICbcCipher.BlockSize..];
            _block.ProcessBlock(last, last);
            Xor(last, blocks[^(2 * ICbcCipher.BlockSize)..]);
        }
    }

    private static void Xor(Span<byte> block, ReadOnlySpan<byte> with) => (Vector128.Create<byte>(block) ^ Vector128.Create(with)).CopyTo(block);
}
