using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>What an ARP packet says (RFC 826).</summary>
public enum ArpOperation : ushort
{
    /// <summary>Who has the target's protocol address?</summary>
    Request = 1,

    /// <summary>The sender has its protocol address.</summary>
    Reply = 2,
}

/// <summary>An ARP packet for IPv4 over Ethernet (RFC 826): 28 bytes.</summary>
public readonly record struct ArpPacket(
    ArpOperation Operation, MacAddress SenderMac, IpAddress SenderAddress, MacAddress TargetMac, IpAddress TargetAddress)
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 28;

    private const ushort HardwareEthernet = 1;

    /// <summary>Reads a packet; padding after it is ignored.</summary>
    public static ParseError TryParse(ReadOnlySpan<byte> bytes, out ArpPacket packet)
    {
        packet = default;
        if (bytes.Length < Size) return ParseError.Truncated;
        if (BinaryPrimitives.ReadUInt16BigEndian(bytes) != HardwareEthernet || bytes[4] != MacAddress.Size) return ParseError.HardwareType;
        if (BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) != (ushort)EtherType.Ipv4 || bytes[5] != IpAddress.V4Size) return ParseError.HardwareType;
        var operation = (ArpOperation)BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]);
        if (operation is not (ArpOperation.Request or ArpOperation.Reply)) return ParseError.Value;
        packet = new(operation, MacAddress.Read(bytes[8..]), IpAddress.ReadV4(bytes[14..]), MacAddress.Read(bytes[18..]), IpAddress.ReadV4(bytes[24..]));
        return ParseError.None;
    }

    /// <summary>Writes <see cref="Size"/> bytes.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, HardwareEthernet);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)EtherType.Ipv4);
        destination[4] = MacAddress.Size;
        destination[5] = IpAddress.V4Size;
        BinaryPrimitives.WriteUInt16BigEndian(destination[6..], (ushort)Operation);
        SenderMac.Write(destination[8..]);
        SenderAddress.WriteV4(destination[14..]);
        TargetMac.Write(destination[18..]);
        TargetAddress.WriteV4(destination[24..]);
    }
}
