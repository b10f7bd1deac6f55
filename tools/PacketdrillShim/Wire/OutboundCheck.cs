using UserTcp.Wire;

namespace UserTcp.PacketdrillShim.Wire;

/// <summary>Verifies what packetdrill takes for granted: that the packets which leave the stack are well formed and their checksums right.</summary>
internal static class OutboundCheck
{
    /// <summary>Looks at one packet.</summary>
    /// <exception cref="InvalidDataException">It is wrong. That ends the process: a stack that sends such packets passes no script.</exception>
    internal static void Verify(ReadOnlySpan<byte> packet)
    {
        ParseError error = Ipv4Header.TryParse(packet, out Ipv4Header header, out _, out ReadOnlySpan<byte> payload);
        if (error != ParseError.None) throw new InvalidDataException($"The stack has sent an IPv4 packet that does not parse: {error}.");
        if (header.TotalLength != packet.Length)
            throw new InvalidDataException($"The stack has sent an IPv4 packet of {packet.Length} bytes that says it has {header.TotalLength}.");
        if (header.Protocol != IpProtocol.Tcp || header.IsFragment) return;
        error = TcpHeader.TryParse(payload, out TcpHeader tcp, out ReadOnlySpan<byte> options, out _);
        if (error == ParseError.None) error = TcpOptions.TryParse(options, out _);
        if (error != ParseError.None) throw new InvalidDataException($"The stack has sent a TCP segment that does not parse: {error}.");
        if (!TcpHeader.ChecksumIsRight(payload, header.Source, header.Destination))
            throw new InvalidDataException($"The stack has sent a TCP segment with a wrong checksum: {tcp}.");
    }
}
