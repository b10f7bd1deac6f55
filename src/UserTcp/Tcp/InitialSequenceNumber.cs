using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>Chooses initial sequence numbers that nobody off the path can guess (RFC 6528): ISN = M + F(4-tuple, secret).</summary>
/// <remarks>M is a clock of 4 µs, F is SipHash-2-4 (Aumasson and Bernstein, 2012) with a secret of 16 bytes that is drawn once per stack (RFC 9293 3.4.1, MUST-9).
/// Because F is constant for a 4-tuple, a later connection between the same endpoints starts above an earlier one. The same function spreads
/// connections over the buckets of a table: with a public one a peer could choose ports that all fall into the same.</remarks>
internal sealed class InitialSequenceNumber : IEqualityComparer<FourTuple>
{
    /// <summary>Bytes of the secret.</summary>
    internal const int SecretSize = 16;

    private const long ClockTicks = 4 * TimeSpan.TicksPerMicrosecond; // RFC 9293 3.4.1, MUST-8: the clock steps every 4 µs

    private readonly ulong _key0, _key1;

    /// <summary>Keeps a secret.</summary>
    /// <param name="secret">16 random bytes.</param>
    internal InitialSequenceNumber(ReadOnlySpan<byte> secret)
    {
        _key0 = BinaryPrimitives.ReadUInt64LittleEndian(secret);
        _key1 = BinaryPrimitives.ReadUInt64LittleEndian(secret[8..]);
    }

    /// <summary>The initial sequence number for a connection that opens now.</summary>
    internal SeqNum For(in FourTuple tuple, Instant now) => new(unchecked((uint)Hash(tuple, 0) + (uint)(now.Ticks / ClockTicks))); // RFC 9293 3.4.1, SHLD-1

    /// <summary>The number to add to the timestamp clock of a connection (RFC 7323 7.1: a clock per connection tells no uptime). It is constant
    /// for two endpoints, so that the clock goes on from one connection to the next (RFC 7323 5.8).</summary>
    internal uint TimestampOffset(in FourTuple tuple) => (uint)Hash(tuple, 1);

    /// <inheritdoc/>
    public bool Equals(FourTuple x, FourTuple y) => x == y;

    /// <inheritdoc/>
    public int GetHashCode(FourTuple obj) => (int)Hash(obj, 2);

    // One key for three purposes: the last word separates them.
    [SkipLocalsInit]
    private ulong Hash(in FourTuple tuple, byte purpose)
    {
        Span<byte> message = stackalloc byte[MessageSize];
        BinaryPrimitives.WriteUInt64LittleEndian(message, tuple.Local.Address.High);
        BinaryPrimitives.WriteUInt64LittleEndian(message[8..], tuple.Local.Address.Low);
        BinaryPrimitives.WriteUInt64LittleEndian(message[16..], tuple.Remote.Address.High);
        BinaryPrimitives.WriteUInt64LittleEndian(message[24..], tuple.Remote.Address.Low);
        BinaryPrimitives.WriteUInt16LittleEndian(message[32..], tuple.Local.Port);
        BinaryPrimitives.WriteUInt16LittleEndian(message[34..], tuple.Remote.Port);
        message[36] = purpose;
        return SipHash(_key0, _key1, message);
    }

    private const int MessageSize = 37;

    /// <summary>SipHash-2-4 of a message.</summary>
    internal static ulong SipHash(ulong key0, ulong key1, ReadOnlySpan<byte> message)
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
