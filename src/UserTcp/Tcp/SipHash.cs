using System.Buffers.Binary;
using System.Numerics;

namespace UserTcp.Tcp;

/// <summary>SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash for short messages whose values nobody without the key can foresee.</summary>
internal static class SipHash
{
    /// <summary>The hash of a message under a key of two words.</summary>
    internal static ulong Compute(ulong key0, ulong key1, ReadOnlySpan<byte> message)
    {
        SipState state = new(key0, key1);
        ulong last = (ulong)message.Length << 56;
        for (; message.Length >= 8; message = message[8..]) state.Absorb(BinaryPrimitives.ReadUInt64LittleEndian(message));
        for (int i = 0; i < message.Length; i++) last |= (ulong)message[i] << (8 * i);
        state.Absorb(last);
        return state.Finish();
    }

    // The names and the initial words are those of the paper ("somepseudorandomlygeneratedbytes").
    private struct SipState(ulong key0, ulong key1)
    {
        private ulong _v0 = key0 ^ 0x736f6d6570736575, _v1 = key1 ^ 0x646f72616e646f6d, _v2 = key0 ^ 0x6c7967656e657261, _v3 = key1 ^ 0x7465646279746573;

        internal void Absorb(ulong word)
        {
            _v3 ^= word;
            Round();
            Round();
            _v0 ^= word;
        }

        internal ulong Finish()
        {
            _v2 ^= 0xff;
            for (int i = 0; i < 4; i++) Round();
            return _v0 ^ _v1 ^ _v2 ^ _v3;
        }

        private void Round()
        {
            _v0 += _v1;
            _v1 = BitOperations.RotateLeft(_v1, 13) ^ _v0;
            _v0 = BitOperations.RotateLeft(_v0, 32);
            _v2 += _v3;
            _v3 = BitOperations.RotateLeft(_v3, 16) ^ _v2;
            _v0 += _v3;
            _v3 = BitOperations.RotateLeft(_v3, 21) ^ _v0;
            _v2 += _v1;
            _v1 = BitOperations.RotateLeft(_v1, 17) ^ _v2;
            _v2 = BitOperations.RotateLeft(_v2, 32);
        }
    }
}
