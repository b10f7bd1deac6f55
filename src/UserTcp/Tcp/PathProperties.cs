namespace UserTcp.Tcp;

/// <summary>What the way to the peer is like.</summary>
/// <param name="Mtu">The largest IP packet, in bytes.</param>
/// <param name="HeaderBytes">Bytes of the IP header without options.</param>
/// <param name="MaximumSuperSegment">The largest payload that one <see cref="OutgoingSegment"/> may carry, for the link to cut; 0 when the link cuts nothing.</param>
/// <param name="PathMtu">The largest IP packet that is known to fit all the way to the peer, in bytes; nothing is known by default.</param>
internal readonly record struct PathProperties(int Mtu, int HeaderBytes = 20, int MaximumSuperSegment = 0, int PathMtu = int.MaxValue)
{
    /// <summary>The MSS to announce: what is left of the MTU behind both fixed headers, options not deducted (RFC 6691 2, RFC 9293 3.7.1, MUST-67).</summary>
    internal int MaximumSegmentSize => Math.Clamp(Mtu - HeaderBytes - Wire.TcpHeader.MinimumSize, 1, ushort.MaxValue);
}
