namespace UserTcp.Tls.Handshake;

/// <summary>How the key block is cut: two MAC keys, two keys, two implicit IVs, the client's first each time. RFC 5246 6.3</summary>
internal readonly ref struct KeyBlock(ReadOnlySpan<byte> bytes, RecordCipher cipher)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    internal Direction Client => Cut(0);

    internal Direction Server => Cut(1);

    /// <summary>Length of the whole block, in bytes.</summary>
    internal static int Length(RecordCipher cipher) => 2 * (cipher.MacKeyLength + cipher.KeyLength + cipher.ImplicitIvLength);

    private Direction Cut(int which)
    {
        ReadOnlySpan<byte> keys = _bytes[(2 * cipher.MacKeyLength)..];
        ReadOnlySpan<byte> ivs = keys[(2 * cipher.KeyLength)..];
        return new Direction(
            _bytes.Slice(which * cipher.MacKeyLength, cipher.MacKeyLength),
            keys.Slice(which * cipher.KeyLength, cipher.KeyLength),
            ivs.Slice(which * cipher.ImplicitIvLength, cipher.ImplicitIvLength));
    }

    /// <summary>What protects one direction.</summary>
    internal readonly ref struct Direction(ReadOnlySpan<byte> macKey, ReadOnlySpan<byte> key, ReadOnlySpan<byte> implicitIv)
    {
        internal ReadOnlySpan<byte> MacKey { get; } = macKey;
        internal ReadOnlySpan<byte> Key { get; } = key;
        internal ReadOnlySpan<byte> ImplicitIv { get; } = implicitIv;
    }
}
