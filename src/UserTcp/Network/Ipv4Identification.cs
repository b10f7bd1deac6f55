namespace UserTcp.Network;

/// <summary>Gives every datagram an identification (RFC 6864).</summary>
/// <remarks>
/// Only fragments need it: it must not repeat while fragments of an earlier datagram can be on their way (RFC 6864 4.2). TCP sends with DF set, where
/// any value will do (RFC 6864 4.1); a retransmission gets a new one like everything else. A full-period congruential sequence repeats after
/// 65,536 datagrams like a counter does, but does not count our packets for everybody who can see one (RFC 6274 3.5.2.1).
/// </remarks>
internal sealed class Ipv4Identification
{
    private readonly ushort _multiplier, _increment;
    private ushort _last;

    /// <summary>Starts somewhere.</summary>
    internal Ipv4Identification(Func<uint> random)
    {
        uint bits = random();
        _multiplier = (ushort)((bits & 0xfffc) | 1); // a ≡ 1 mod 4 and c odd: the period is the whole 2^16 (Hull and Dobell 1962)
        _increment = (ushort)(bits >> 16 | 1);
        _last = (ushort)random();
    }

    /// <summary>The next identification.</summary>
    internal ushort Next() => _last = unchecked((ushort)(_last * _multiplier + _increment));
}
