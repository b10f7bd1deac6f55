using System.Globalization;
using UserTcp.Wire;

namespace UserTcp.Network;

/// <summary>An address with the length of its network's prefix, such as 192.0.2.7/24 (RFC 4632 3.1). The address may have host bits.</summary>
/// <param name="Address">The address, IPv4.</param>
/// <param name="Length">The bits of the network part, 0 to 32.</param>
public readonly record struct Ipv4Prefix(IpAddress Address, int Length)
{
    /// <summary>0.0.0.0/0, which contains every address.</summary>
    public static Ipv4Prefix Everything => new(IpAddress.AnyV4, 0);

    /// <summary>The network's own address: the host bits are zero.</summary>
    public IpAddress Network => IpAddress.FromV4(Address.V4Bits & Mask);

    /// <summary>The address of all hosts of the network: the host bits are one (RFC 1122 3.2.1.3 (d)). /31 and /32 have none (RFC 3021 2.1).</summary>
    public IpAddress? Broadcast => Length <= 30 ? IpAddress.FromV4(Address.V4Bits | ~Mask) : null;

    private uint Mask => Length == 0 ? 0 : uint.MaxValue << (32 - Length);

    /// <summary>Whether an address lies in the network.</summary>
    public bool Contains(IpAddress address) => address.IsV4 && (address.V4Bits & Mask) == (Address.V4Bits & Mask);

    /// <summary>Reads "192.0.2.7/24"; without a length it is /32.</summary>
    public static bool TryParse(string? text, out Ipv4Prefix prefix)
    {
        prefix = default;
        if (text is null) return false;
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        int length = 32;
        if (slash >= 0 && !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length)) return false;
        if (length > 32 || !IpAddress.TryParse(slash < 0 ? text : text[..slash], out IpAddress address) || !address.IsV4) return false;
        prefix = new(address, length);
        return true;
    }

    /// <summary>Reads "192.0.2.7/24".</summary>
    /// <exception cref="FormatException">It is not that.</exception>
    public static Ipv4Prefix Parse(string text)
        => TryParse(text, out Ipv4Prefix prefix) ? prefix : throw new FormatException($"'{text}' is not an IPv4 address with a prefix length such as 192.0.2.7/24.");

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}/{Length}");
}
