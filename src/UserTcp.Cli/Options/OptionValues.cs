using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace UserTcp.Cli.Options;

/// <summary>Reads the values of options: fractions, durations, rates, addresses.</summary>
internal static class OptionValues
{
    /// <summary>"1%" or "0.01", from 0 to 1.</summary>
    public static bool TryFraction(string text, out double fraction)
    {
        bool percent = text.EndsWith('%');
        bool read = double.TryParse(percent ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out fraction);
        if (percent)
            fraction /= 100;
        return read && fraction is >= 0 and <= 1;
    }

    /// <summary>"20ms", "1.5s", "2m", or plain seconds.</summary>
    public static bool TryDuration(string text, out TimeSpan duration)
    {
        (string number, double milliseconds) = text switch
        {
            _ when text.EndsWith("us", StringComparison.Ordinal) => (text[..^2], 0.001),
            _ when text.EndsWith("ms", StringComparison.Ordinal) => (text[..^2], 1d),
            _ when text.EndsWith('s') => (text[..^1], 1000d),
            _ when text.EndsWith('m') => (text[..^1], 60_000d),
            _ => (text, 1000d),
        };
        duration = default;
        // A day is more than any run lasts and keeps every sum of durations far from overflow.
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) || value * milliseconds > 86_400_000)
            return false;
        duration = TimeSpan.FromMilliseconds(value * milliseconds);
        return true;
    }

    /// <summary>"10mbit", "500kbit", "1gbit", or plain bits per second.</summary>
    public static bool TryRate(string text, out long bitsPerSecond)
    {
        (string number, double factor) = text switch
        {
            _ when text.EndsWith("kbit", StringComparison.OrdinalIgnoreCase) => (text[..^4], 1e3),
            _ when text.EndsWith("mbit", StringComparison.OrdinalIgnoreCase) => (text[..^4], 1e6),
            _ when text.EndsWith("gbit", StringComparison.OrdinalIgnoreCase) => (text[..^4], 1e9),
            _ => (text, 1d),
        };
        bitsPerSecond = 0;
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) || value * factor is < 1000 or > 1e12)
            return false;
        bitsPerSecond = (long)(value * factor);
        return true;
    }

    /// <summary>An IPv4 address in the usual four numbers. "10.1" and "0x0a000001" are refused: they are typing errors more often than meant.</summary>
    public static bool TryAddress(string text, [NotNullWhen(true)] out IPAddress? address)
        => IPAddress.TryParse(text, out address) && address.AddressFamily == AddressFamily.InterNetwork && address.ToString() == text;
}
