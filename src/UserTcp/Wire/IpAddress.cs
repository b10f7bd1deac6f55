using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace UserTcp.Wire;

/// <summary>An IP address in 16 bytes. IPv4 lives in its IPv6-mapped form ::ffff:a.b.c.d (RFC 4291 2.5.5.2).</summary>
/// <remarks>Only Network/ and Wire/ ask which of the two it is; everything above compares and hashes it as one value.</remarks>
public readonly record struct IpAddress(ulong High, ulong Low)
{
    private const ulong MappedPrefix = 0xffff_0000_0000;

    /// <summary>The bytes of an IPv4 address on the wire.</summary>
    public const int V4Size = 4;

    /// <summary>0.0.0.0, "this host" (RFC 1122 3.2.1.3 (a)).</summary>
    public static IpAddress AnyV4 => FromV4(0);

    /// <summary>255.255.255.255, everybody on this link (RFC 1122 3.2.1.3 (c)).</summary>
    public static IpAddress BroadcastV4 => FromV4(0xffff_ffff);

    /// <summary>Whether it is an IPv4 address.</summary>
    public bool IsV4 => High == 0 && Low >> 32 == MappedPrefix >> 32;

    /// <summary>The 32 bits of an IPv4 address.</summary>
    public uint V4Bits => (uint)Low;

    /// <summary>224.0.0.0/4 (RFC 1112 4).</summary>
    public bool IsV4Multicast => IsV4 && V4Bits >> 28 == 0xe;

    /// <summary>127.0.0.0/8 (RFC 1122 3.2.1.3 (g)).</summary>
    public bool IsV4Loopback => IsV4 && V4Bits >> 24 == 127;

    /// <summary>An IPv4 address of its 32 bits, the first octet in the highest.</summary>
    public static IpAddress FromV4(uint bits) => new(0, MappedPrefix | bits);

    /// <summary>Reads four bytes of an IPv4 address.</summary>
    public static IpAddress ReadV4(ReadOnlySpan<byte> source) => FromV4(BinaryPrimitives.ReadUInt32BigEndian(source));

    /// <summary>Writes the four bytes of an IPv4 address.</summary>
    public void WriteV4(Span<byte> destination) => BinaryPrimitives.WriteUInt32BigEndian(destination, V4Bits);

    /// <summary>Reads "192.0.2.1" or an IPv6 address. Octal, hexadecimal and shortened forms of IPv4 ("010.1", "0x7f000001") are refused: they hide what is meant.</summary>
    public static bool TryParse(string? text, out IpAddress address)
    {
        address = default;
        if (!IPAddress.TryParse(text, out IPAddress? parsed)) return false;
        bool plain = parsed.AddressFamily == AddressFamily.InterNetwork ? parsed.ToString() == text : text.AsSpan().IndexOfAny("[]%") < 0;
        if (!plain) return false;
        address = From(parsed);
        return true;
    }

    /// <summary>Reads "192.0.2.1" or an IPv6 address.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static IpAddress Parse(string text)
        => TryParse(text, out IpAddress address) ? address : throw new FormatException($"'{text}' is not an IP address such as 192.0.2.1.");

    /// <summary>Takes over .NET's form.</summary>
    public static IpAddress From(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        return new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
    }

    /// <summary>.NET's form.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
        return IsV4 ? new IPAddress(bytes[12..]) : new IPAddress(bytes);
    }

    /// <inheritdoc/>
    public override string ToString() => ToIPAddress().ToString();
}

/// <summary>An address and a port.</summary>
public readonly record struct IpEndpoint(IpAddress Address, ushort Port)
{
    /// <inheritdoc/>
    public override string ToString() => Address.IsV4 ? $"{Address}:{Port}" : $"[{Address}]:{Port}";
}
