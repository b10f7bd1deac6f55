using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>ICMP message types (RFC 792). Source quench (4) is none that anybody here would heed (RFC 9293 3.9.2.2, MUST-55; RFC 6633 3).</summary>
public enum IcmpType : byte
{
    /// <summary>Answer to an echo request.</summary>
    EchoReply = 0,

    /// <summary>A datagram could not be delivered; the code says why.</summary>
    DestinationUnreachable = 3,

    /// <summary>A better first hop; ignored here (RFC 1122 3.2.2.2 wants care, and a TAP has one router).</summary>
    Redirect = 5,

    /// <summary>Asks for an echo.</summary>
    EchoRequest = 8,

    /// <summary>The hop limit or the time for reassembly ran out (RFC 1122 3.2.2.4).</summary>
    TimeExceeded = 11,

    /// <summary>A header field is wrong (RFC 1122 3.2.2.5).</summary>
    ParameterProblem = 12,
}

/// <summary>Codes of <see cref="IcmpType.DestinationUnreachable"/> (RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1).</summary>
public enum UnreachableCode : byte
{
#pragma warning disable CS1591 // The names are the RFC's.
    Network = 0,
    Host = 1,
    Protocol = 2,
    Port = 3,
    FragmentationNeeded = 4,
    SourceRouteFailed = 5,
    NetworkProhibited = 9,
    HostProhibited = 10,
    AdministrativelyProhibited = 13,
#pragma warning restore CS1591
}

/// <summary>An ICMP message (RFC 792): 8 bytes of header, then the echo's data or the quoted packet.</summary>
/// <param name="Type">The kind of message.</param>
/// <param name="Code">The kind within the kind.</param>
/// <param name="RestOfHeader">The second 32-bit word, whose meaning depends on the type.</param>
public readonly record struct IcmpMessage(IcmpType Type, byte Code, uint RestOfHeader)
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderSize = 8;

    /// <summary>Whether it reports a problem with a packet that it quotes. Errors are never answered by errors (RFC 1122 3.2.2).</summary>
    public bool IsError => Type is IcmpType.DestinationUnreachable or IcmpType.Redirect or IcmpType.TimeExceeded or IcmpType.ParameterProblem;

    /// <summary>An echo's identifier.</summary>
    public ushort EchoIdentifier => (ushort)(RestOfHeader >> 16);

    /// <summary>An echo's sequence number.</summary>
    public ushort EchoSequence => (ushort)RestOfHeader;

    /// <summary>The next hop's MTU in a "fragmentation needed" (RFC 1191 4); 0 from old routers.</summary>
    public ushort NextHopMtu => (ushort)RestOfHeader;

    /// <summary>An echo request or reply.</summary>
    public static IcmpMessage Echo(IcmpType type, ushort identifier, ushort sequence) => new(type, 0, (uint)identifier << 16 | sequence);

    /// <summary>Reads a message and checks its checksum.</summary>
    public static ParseError TryParse(ReadOnlySpan<byte> bytes, out IcmpMessage message, out ReadOnlySpan<byte> payload)
    {
        message = default;
        payload = default;
        if (bytes.Length < HeaderSize) return ParseError.Truncated;
        if (InternetChecksum.Of(bytes) != 0) return ParseError.Checksum;
        message = new((IcmpType)bytes[0], bytes[1], BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]));
        payload = bytes[HeaderSize..];
        return ParseError.None;
    }

    /// <summary>Writes the header in front of a payload that is already in place, with the checksum over both.</summary>
    /// <param name="message">Header and payload; its length is the message's.</param>
    public void Write(Span<byte> message)
    {
        message[0] = (byte)Type;
        message[1] = Code;
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], 0);
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], RestOfHeader);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], InternetChecksum.Of(message));
    }
}
