using System.Text;
using UserTcp.Tls;

namespace UserTcp.Explain.Lesson;

/// <summary>TLS values in the words of the RFCs.</summary>
internal static class TlsWords
{
    /// <summary>An alert as RFC 5246 7.2 writes it, such as "close_notify (0)".</summary>
    internal static string Of(TlsAlert alert)
    {
        var name = new StringBuilder();
        foreach (char c in alert.ToString())
        {
            if (char.IsAsciiLetterUpper(c) && name.Length > 0) name.Append('_');
            name.Append(char.ToLowerInvariant(c));
        }
        return $"{name} ({(byte)alert})";
    }

    /// <summary>Bytes in hexadecimal; of long ones the first.</summary>
    internal static string Hex(ReadOnlySpan<byte> bytes, int most = 32) => bytes.Length switch
    {
        0 => "empty",
        _ when bytes.Length <= most => Convert.ToHexStringLower(bytes),
        _ => $"{Convert.ToHexStringLower(bytes[..most])}…",
    };

    internal static string Bytes(long count) => count == 1 ? "1 byte" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{count} bytes");
}
