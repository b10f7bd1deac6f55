using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace UserTcp.Tls.Wire;

/// <summary>The data of each extension that the client sends or understands: one maker and, where the server answers, one parser.</summary>
internal static class Extensions
{
    /// <summary>RFC 6066 3: one host name, in ASCII, without a trailing dot.</summary>
    internal static TlsExtension ServerName(string asciiHost)
    {
        var writer = new TlsWriter(64);
        int list = writer.OpenVector(2);
        writer.WriteByte(0);                    // host_name
        writer.WriteVector16(Encoding.ASCII.GetBytes(asciiHost));
        writer.CloseVector(list, 2);
        return new TlsExtension(ExtensionType.ServerName, writer.ToArray());
    }

    /// <summary>RFC 7301 3.1: the protocols in order of preference.</summary>
    internal static TlsExtension ApplicationProtocols(IReadOnlyList<string> protocols)
    {
        var writer = new TlsWriter(32);
        int list = writer.OpenVector(2);
        foreach (string protocol in protocols) writer.WriteVector8(Encoding.ASCII.GetBytes(protocol));
        writer.CloseVector(list, 2);
        return new TlsExtension(ExtensionType.ApplicationLayerProtocolNegotiation, writer.ToArray());
    }

    /// <summary>RFC 8422 5.1.1.</summary>
    internal static TlsExtension SupportedGroups(IReadOnlyList<NamedGroup> groups)
        => Codes(ExtensionType.SupportedGroups, [.. groups.Select(group => (ushort)group)]);

    /// <summary>RFC 5246 7.4.1.4.1.</summary>
    internal static TlsExtension SignatureAlgorithms(IReadOnlyList<SignatureScheme> schemes)
        => Codes(ExtensionType.SignatureAlgorithms, [.. schemes.Select(scheme => (ushort)scheme)]);

    /// <summary>RFC 8422 5.1.2: uncompressed points, the only format that is left.</summary>
    internal static TlsExtension EcPointFormats() => new(ExtensionType.EcPointFormats, new byte[] { 1, 0 });

    /// <summary>RFC 7627 5.1: empty.</summary>
    internal static TlsExtension ExtendedMasterSecret() => new(ExtensionType.ExtendedMasterSecret, ReadOnlyMemory<byte>.Empty);

    /// <summary>RFC 5077 3.2: a ticket to be resumed; empty says "I can take one".</summary>
    internal static TlsExtension SessionTicket(ReadOnlyMemory<byte> ticket) => new(ExtensionType.SessionTicket, ticket);

    /// <summary>RFC 5746 3.4: an empty renegotiated_connection, "this is a first handshake". It says the same as the SCSV of 3.3.</summary>
    internal static TlsExtension RenegotiationInfo() => new(ExtensionType.RenegotiationInfo, new byte[] { 0 });

    /// <summary>RFC 6066 8: an OCSP response, of any responder, without extensions.</summary>
    internal static TlsExtension StatusRequest() => new(ExtensionType.StatusRequest, new byte[] { 1, 0, 0, 0, 0 });

    /// <summary>RFC 6962 3.3.1: empty, "send what you have".</summary>
    internal static TlsExtension SignedCertificateTimestamp() => new(ExtensionType.SignedCertificateTimestamp, ReadOnlyMemory<byte>.Empty);

    /// <summary>Whether a server's list of timestamps is well formed: at least one, none empty (RFC 6962 3.3).</summary>
    internal static bool IsTimestampList(ReadOnlySpan<byte> data)
    {
        var reader = new TlsReader(data);
        if (!reader.TryReadVector16(out ReadOnlySpan<byte> list) || list.IsEmpty || !reader.AtEnd) return false;
        var inner = new TlsReader(list);
        while (!inner.AtEnd)
        {
            if (!inner.TryReadVector16(out ReadOnlySpan<byte> timestamp) || timestamp.IsEmpty) return false;
        }
        return true;
    }

    /// <summary>The one protocol in a server's answer (RFC 7301 3.1).</summary>
    internal static bool TryParseSelectedProtocol(ReadOnlySpan<byte> data, [NotNullWhen(true)] out string? protocol)
    {
        protocol = null;
        var reader = new TlsReader(data);
        if (!reader.TryReadVector16(out ReadOnlySpan<byte> list) || !reader.AtEnd) return false;
        var inner = new TlsReader(list);
        if (!inner.TryReadVector8(out ReadOnlySpan<byte> name) || name.IsEmpty || !inner.AtEnd) return false;
        protocol = Encoding.Latin1.GetString(name);
        return true;
    }

    /// <summary>Whether a server's ec_point_formats is well formed, and whether it holds uncompressed (RFC 8422 5.2).</summary>
    internal static bool TryParsePointFormats(ReadOnlySpan<byte> data, out bool uncompressed)
    {
        uncompressed = false;
        var reader = new TlsReader(data);
        if (!reader.TryReadVector8(out ReadOnlySpan<byte> formats) || formats.IsEmpty || !reader.AtEnd) return false;
        uncompressed = formats.Contains((byte)0);
        return true;
    }

    private static TlsExtension Codes(ExtensionType type, ReadOnlySpan<ushort> codes)
    {
        var writer = new TlsWriter(2 + 2 * codes.Length);
        int list = writer.OpenVector(2);
        foreach (ushort code in codes) writer.WriteUInt16(code);
        writer.CloseVector(list, 2);
        return new TlsExtension(type, writer.ToArray());
    }
}
