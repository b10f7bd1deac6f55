namespace UserTcp.Tls.Wire;

/// <summary>One hello extension (RFC 5246 7.4.1.4): its type and its undecoded data.</summary>
/// <param name="Type">The type; unknown values are kept.</param>
/// <param name="Data">The data without its length.</param>
public readonly record struct TlsExtension(ExtensionType Type, ReadOnlyMemory<byte> Data)
{
    /// <summary>The data in words, such as "x25519, secp256r1 (P-256)"; in hexadecimal when it is unknown or malformed.</summary>
    public string Describe() => ExtensionSummary.Of(this);

    /// <summary>Reads the extensions at the end of a hello: nothing at all, or one vector (RFC 5246 7.4.1.2). Null when malformed.</summary>
    internal static TlsExtension[]? ReadAll(ref TlsReader reader, ref TlsError error)
    {
        if (reader.AtEnd) return [];
        if (!reader.TryReadVector16(out ReadOnlySpan<byte> block)) return null;
        var inner = new TlsReader(block);
        var extensions = new List<TlsExtension>();
        var seen = new HashSet<ushort>();       // a hello can hold 16383 extensions: no quadratic search for duplicates
        while (!inner.AtEnd)
        {
            if (!inner.TryReadUInt16(out ushort type) || !inner.TryReadVector16(out ReadOnlySpan<byte> data)) return null;
            if (!seen.Add(type))
            {
                error = TlsError.DuplicateExtension;    // RFC 5246 7.4.1.4
                return null;
            }
            extensions.Add(new TlsExtension((ExtensionType)type, data.ToArray()));
        }
        return [.. extensions];
    }

    internal static void WriteAll(ref TlsWriter writer, IReadOnlyList<TlsExtension> extensions)
    {
        if (extensions.Count == 0) return;
        int mark = writer.OpenVector(2);
        foreach (TlsExtension extension in extensions)
        {
            writer.WriteUInt16((ushort)extension.Type);
            writer.WriteVector16(extension.Data.Span);
        }
        writer.CloseVector(mark, 2);
    }
}
