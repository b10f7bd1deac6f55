using System.Buffers.Binary;
using System.Text;

namespace UserTcp.Tls.Handshake;

/// <summary>Keys for protocols above TLS that are bound to this connection. RFC 5705</summary>
internal sealed class Exporter(HandshakeSecrets secrets, Negotiated negotiated)
{
    private const int LengthSize = 2;

    // RFC 5705 4, 6: what TLS itself derives from the master secret is nobody else's.
    private static readonly string[] Reserved = ["client finished", "server finished", "master secret", "key expansion", "extended master secret"];

    /// <summary>PRF(master, label, client random + server random [+ context length + context]). RFC 5705 4</summary>
    /// <exception cref="ArgumentException">A label of TLS's own, or a context that is too long.</exception>
    /// <exception cref="InvalidOperationException">There is no extended master secret.</exception>
    /// <exception cref="ObjectDisposedException">The connection is over.</exception>
    internal byte[] Export(string label, bool hasContext, ReadOnlySpan<byte> context, int length)
    {
        ArgumentNullException.ThrowIfNull(label);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        if (Reserved.Contains(label) || !Ascii.IsValid(label))
            throw new ArgumentException($"the label is \"{label}\"; ASCII that is none of TLS's own labels is wanted (RFC 5705 4)", nameof(label));
        if (context.Length > ushort.MaxValue)
            throw new ArgumentException($"the context has {context.Length} bytes; {ushort.MaxValue} are possible (RFC 5705 4)", nameof(context));
        // RFC 7627 5.4: two connections of a man in the middle can have the same master secret without it. Go refuses too, BoringSSL does not.
        if (!negotiated.ExtendedMasterSecret)
            throw new InvalidOperationException("the server does not know extended_master_secret, so that keys would not be bound to this connection alone (RFC 7627 5.4)");

        byte[] seed = [.. negotiated.ClientRandom.Span, .. negotiated.ServerRandom.Span, .. hasContext ? stackalloc byte[LengthSize] : [], .. context];
        if (hasContext) BinaryPrimitives.WriteUInt16BigEndian(seed.AsSpan(seed.Length - context.Length - LengthSize), (ushort)context.Length);
        byte[] material = new byte[length];
        secrets.Derive(negotiated.Suite.Hash, Encoding.ASCII.GetBytes(label), seed, material);
        return material;
    }
}
