using System.Globalization;
using System.Net;

namespace UserTcp.Cli.Options;

/// <summary>An IPv4 address with the length of its network's prefix, such as 10.0.0.2/24 (RFC 4632 3.1).</summary>
internal readonly record struct Cidr(IPAddress Address, int PrefixLength)
{
    /// <summary>Reads "10.0.0.2/24". An address without a prefix is refused, since guessing it would send frames to the wrong neighbour.</summary>
    public static bool TryParse(string text, out Cidr cidr)
    {
        cidr = default;
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !OptionValues.TryAddress(text[..slash], out IPAddress? address))
            return false;
        if (!int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int prefix) || prefix is < 1 or > 32)
            return false;
        cidr = new(address, prefix);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Address}/{PrefixLength}";
}
