namespace UserTcp.Explain.Lesson;

/// <summary>TLS values in the words of the RFCs.</summary>
internal static class TlsWords
{
    /// <summary>Bytes in hexadecimal; of long ones the first.</summary>
    internal static string Hex(ReadOnlySpan<byte> bytes, int most = 32) => bytes.Length switch
    {
        0 => "empty",
        _ when bytes.Length <= most => Convert.ToHexStringLower(bytes),
        _ => $"{Convert.ToHexStringLower(bytes[..most])}…",
    };

    internal static string Bytes(long count) => count == 1 ? "1 byte" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{count} bytes");
}
