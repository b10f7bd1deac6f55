using System.Text;

namespace UserTcp.Tls.Wire;

/// <summary>Extension data in words, for the ladder and for messages. Total: what cannot be read is shown in hexadecimal.</summary>
internal static class ExtensionSummary
{
    internal static string Of(in TlsExtension extension)
    {
        ReadOnlySpan<byte> data = extension.Data.Span;
        return extension.Type switch
        {
            ExtensionType.ExtendedMasterSecret or ExtensionType.SessionTicket or ExtensionType.EncryptThenMac when data.IsEmpty => "empty",
            ExtensionType.StatusRequest => data.IsEmpty ? "a CertificateStatus may follow" : data[0] == 1 ? "ocsp" : Hex(data),
            ExtensionType.SignedCertificateTimestamp => data.IsEmpty ? "empty: send what you have" : $"{data.Length} bytes",
            ExtensionType.ServerName => data.IsEmpty ? "acknowledged" : HostName(data),
            ExtensionType.SupportedGroups => Codes(data, code => ((NamedGroup)code).Name()),
            ExtensionType.SignatureAlgorithms => Codes(data, code => ((SignatureScheme)code).Name()),
            ExtensionType.ApplicationLayerProtocolNegotiation => Protocols(data),
            ExtensionType.EcPointFormats => PointFormats(data),
            ExtensionType.SupportedVersions => Versions(data),
            ExtensionType.RenegotiationInfo => data.SequenceEqual((ReadOnlySpan<byte>)[0]) ? "empty: a first handshake" : Hex(data),
            ExtensionType.RecordSizeLimit when data.Length == 2 => $"{data[0] << 8 | data[1]} bytes",
            ExtensionType.MaxFragmentLength when data is [>= 1 and <= 4] => $"{256 << data[0]} bytes",
            ExtensionType.Padding => $"{data.Length} bytes",
            _ => Hex(data),
        };
    }

    private static string HostName(ReadOnlySpan<byte> data)
    {
        var reader = new TlsReader(data);
        return reader.TryReadVector16(out ReadOnlySpan<byte> list) && new TlsReader(list) is var inner
            && inner.TryReadByte(out byte kind) && kind == 0 && inner.TryReadVector16(out ReadOnlySpan<byte> name) ? Text(name) : Hex(data);
    }

    private static string Codes(ReadOnlySpan<byte> data, Func<ushort, string> name)
    {
        var reader = new TlsReader(data);
        return reader.TryReadCodes(out ushort[] codes) && reader.AtEnd ? string.Join(", ", codes.Select(name)) : Hex(data);
    }

    private static string Protocols(ReadOnlySpan<byte> data)
    {
        var reader = new TlsReader(data);
        if (!reader.TryReadVector16(out ReadOnlySpan<byte> list)) return Hex(data);
        var inner = new TlsReader(list);
        var names = new List<string>();
        while (!inner.AtEnd)
        {
            if (!inner.TryReadVector8(out ReadOnlySpan<byte> name)) return Hex(data);
            names.Add(Text(name));
        }
        return string.Join(", ", names);
    }

    private static string PointFormats(ReadOnlySpan<byte> data)
    {
        var reader = new TlsReader(data);
        if (!reader.TryReadVector8(out ReadOnlySpan<byte> formats)) return Hex(data);
        var names = new List<string>();
        foreach (byte format in formats)
            names.Add(format switch { 0 => "uncompressed", 1 => "ansiX962_compressed_prime", 2 => "ansiX962_compressed_char2", _ => $"0x{format:x2}" });
        return string.Join(", ", names);
    }

    private static string Versions(ReadOnlySpan<byte> data)
    {
        var reader = new TlsReader(data);
        if (data.Length == 2 && reader.TryReadUInt16(out ushort chosen)) return ((TlsVersion)chosen).Name();
        if (!reader.TryReadVector8(out ReadOnlySpan<byte> list)) return Hex(data);
        var inner = new TlsReader(list);
        var names = new List<string>();
        while (inner.TryReadUInt16(out ushort version)) names.Add(((TlsVersion)version).Name());
        return string.Join(", ", names);
    }

    /// <summary>Foreign bytes as text: what is not printable ASCII becomes '?', so that no terminal escape gets through.</summary>
    private static string Text(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (byte b in bytes) text.Append(b is >= 0x20 and < 0x7f ? (char)b : '?');
        return text.ToString();
    }

    private static string Hex(ReadOnlySpan<byte> data) => data.Length switch
    {
        0 => "empty",
        <= 32 => Convert.ToHexStringLower(data),
        _ => $"{Convert.ToHexStringLower(data[..32])}… ({data.Length} bytes)",
    };
}
