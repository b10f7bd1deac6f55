using UserTcp.Wire;

namespace UserTcp.Network;

/// <summary>Cuts a datagram that is larger than the MTU (RFC 791 2.3). Only large echoes need it: TCP never sends more than fits.</summary>
internal static class Ipv4Fragmenter
{
    /// <summary>How many packets a payload needs.</summary>
    internal static int Count(int payloadLength, int mtu)
        => payloadLength <= mtu - Ipv4Header.MinimumSize ? 1 : (payloadLength + PerFragment(mtu) - 1) / PerFragment(mtu);

    /// <summary>The header of one packet, and which part of the payload it carries.</summary>
    /// <param name="whole">The datagram's header. Its length, flags and offset are replaced; DF is dropped when there is more than one fragment.</param>
    /// <param name="payloadLength">Bytes of the whole payload.</param>
    /// <param name="mtu">The link's MTU in bytes.</param>
    /// <param name="index">Which of the <see cref="Count"/> packets.</param>
    /// <param name="part">The part of the payload.</param>
    internal static Ipv4Header At(in Ipv4Header whole, int payloadLength, int mtu, int index, out Range part)
    {
        int count = Count(payloadLength, mtu);
        int offset = index * PerFragment(mtu);
        int end = index == count - 1 ? payloadLength : offset + PerFragment(mtu);
        part = offset..end;
        return whole with
        {
            TotalLength = (ushort)(Ipv4Header.MinimumSize + end - offset),
            Flags = count == 1 ? whole.Flags : end < payloadLength ? Ipv4Flags.MoreFragments : Ipv4Flags.None,
            FragmentOffset = (ushort)offset,
        };
    }

    private static int PerFragment(int mtu) => (mtu - Ipv4Header.MinimumSize) & ~7; // offsets count 8 bytes (RFC 791 3.1)
}
