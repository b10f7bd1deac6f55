namespace UserTcp.Tls.Wire;

/// <summary>The server's ephemeral public key and its signature over it (RFC 8422 5.4).</summary>
/// <param name="Group">The curve of the key.</param>
/// <param name="PublicKey">The point: 32 bytes for X25519, 04 || x || y for the NIST curves.</param>
/// <param name="Scheme">How it is signed.</param>
/// <param name="Signature">Over client random, server random and <see cref="Parameters"/>.</param>
public sealed record ServerKeyExchange(NamedGroup Group, ReadOnlyMemory<byte> PublicKey, SignatureScheme Scheme, ReadOnlyMemory<byte> Signature) : HandshakeBody
{
    /// <summary>ECCurveType named_curve: the only one that RFC 8422 5.4 leaves.</summary>
    private const byte NamedCurve = 3;

    /// <inheritdoc/>
    public override HandshakeType Type => HandshakeType.ServerKeyExchange;

    /// <summary>ServerECDHParams: the part of the message that is signed, after the two randoms.</summary>
    public byte[] Parameters()
    {
        var writer = new TlsWriter(4 + PublicKey.Length);
        WriteParameters(ref writer);
        return writer.ToArray();
    }

    internal override void WriteBody(ref TlsWriter writer)
    {
        WriteParameters(ref writer);
        writer.WriteUInt16((ushort)Scheme);
        writer.WriteVector16(Signature.Span);
    }

    internal static ServerKeyExchange? Read(ref TlsReader reader, ref TlsError error)
    {
        if (!reader.TryReadByte(out byte curveType)) return null;
        if (curveType != NamedCurve)
        {
            error = TlsError.CurveType;
            return null;
        }
        if (!reader.TryReadUInt16(out ushort group) || !reader.TryReadVector8(out ReadOnlySpan<byte> point) || point.IsEmpty
            || !reader.TryReadUInt16(out ushort scheme) || !reader.TryReadVector16(out ReadOnlySpan<byte> signature))
            return null;
        return new ServerKeyExchange((NamedGroup)group, point.ToArray(), (SignatureScheme)scheme, signature.ToArray());
    }

    private void WriteParameters(ref TlsWriter writer)
    {
        writer.WriteByte(NamedCurve);
        writer.WriteUInt16((ushort)Group);
        writer.WriteVector8(PublicKey.Span);
    }
}
