using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>Chooses initial sequence numbers that nobody off the path can guess (RFC 6528): ISN = M + F(4-tuple, secret).</summary>
/// <remarks>M is a clock of 4 µs, F is <see cref="SipHash"/> with a secret of 16 bytes that is drawn once per stack (RFC 9293 3.4.1, MUST-9).
/// Because F is constant for a 4-tuple, a later connection between the same endpoints starts above an earlier one. The same function spreads
/// connections over the buckets of a table: with a public one a peer could choose ports that all fall into the same.</remarks>
internal sealed class InitialSequenceNumber : IEqualityComparer<FourTuple>
{
    /// <summary>Bytes of the secret.</summary>
    internal const int SecretSize = 16;

    private const int MessageSize = 37;
    private const long ClockTicks = 4 * TimeSpan.TicksPerMicrosecond; // RFC 9293 3.4.1, MUST-8: the clock steps every 4 µs

    private readonly ulong _key0, _key1;

    /// <summary>Keeps a secret.</summary>
    /// <param name="secret">16 random bytes.</param>
    internal InitialSequenceNumber(ReadOnlySpan<byte> secret)
    {
        _key0 = BinaryPrimitives.ReadUInt64LittleEndian(secret);
        _key1 = BinaryPrimitives.ReadUInt64LittleEndian(secret[8..]);
    }

    /// <summary>What the clock shows: steps of 4 µs.</summary>
    internal static long Clock(Instant now) => now.Ticks / ClockTicks;

    /// <summary>The initial sequence number for a connection that opens now.</summary>
    internal SeqNum For(in FourTuple tuple, Instant now) => At(tuple, Clock(now));

    /// <summary>The initial sequence number for a connection that opens when the clock shows a value.</summary>
    internal SeqNum At(in FourTuple tuple, long clock) => new(unchecked((uint)Hash(tuple, 0) + (uint)clock)); // RFC 9293 3.4.1, SHLD-1

    /// <summary>The number to add to the timestamp clock of a connection (RFC 7323 7.1: a clock per connection tells no uptime). It is constant
    /// for two endpoints, so that the clock goes on from one connection to the next (RFC 7323 5.8).</summary>
    internal uint TimestampOffset(in FourTuple tuple) => (uint)Hash(tuple, 1);

    /// <inheritdoc/>
    public bool Equals(FourTuple x, FourTuple y) => x == y;

    /// <inheritdoc/>
    public int GetHashCode(FourTuple obj) => (int)Hash(obj, 2);

    /// <summary>A mark on a SYN that only we can make: 64 bits of the four-tuple, the peer's initial sequence number and a count.</summary>
    [SkipLocalsInit]
    internal ulong Mark(in FourTuple tuple, SeqNum peerInitial, uint count)
    {
        Span<byte> message = stackalloc byte[MessageSize + 2 * sizeof(uint)];
        Write(tuple, 3, message);
        BinaryPrimitives.WriteUInt32LittleEndian(message[MessageSize..], peerInitial.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(message[(MessageSize + sizeof(uint))..], count);
        return SipHash.Compute(_key0, _key1, message);
    }

    [SkipLocalsInit]
    private ulong Hash(in FourTuple tuple, byte purpose)
    {
        Span<byte> message = stackalloc byte[MessageSize];
        Write(tuple, purpose, message);
        return SipHash.Compute(_key0, _key1, message);
    }

    // One key for four purposes: the last byte separates them.
    private static void Write(in FourTuple tuple, byte purpose, Span<byte> message)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(message, tuple.Local.Address.High);
        BinaryPrimitives.WriteUInt64LittleEndian(message[8..], tuple.Local.Address.Low);
        BinaryPrimitives.WriteUInt64LittleEndian(message[16..], tuple.Remote.Address.High);
        BinaryPrimitives.WriteUInt64LittleEndian(message[24..], tuple.Remote.Address.Low);
        BinaryPrimitives.WriteUInt16LittleEndian(message[32..], tuple.Local.Port);
        BinaryPrimitives.WriteUInt16LittleEndian(message[34..], tuple.Remote.Port);
        message[36] = purpose;
    }
}
