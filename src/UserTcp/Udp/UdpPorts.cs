using UserTcp.Wire;

namespace UserTcp.Udp;

/// <summary>Whoever owns a UDP port. Called with the stack's lock held.</summary>
internal interface IUdpReceiver
{
    /// <summary>A datagram arrived. The span ends with the call.</summary>
    void Arrived(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload, Instant now);

    /// <summary>An ICMP error came for a datagram that was sent to <paramref name="remote"/> (RFC 1122 4.1.3.3: it must be passed up).</summary>
    /// <param name="localPort">The port it was sent from.</param>
    /// <param name="remote">Where it was sent to.</param>
    /// <param name="hard">Whether trying again is pointless.</param>
    /// <param name="reason">What was reported.</param>
    /// <param name="now">The time.</param>
    void Undeliverable(ushort localPort, IpEndpoint remote, bool hard, string reason, Instant now);
}

/// <summary>Which UDP port belongs to whom (RFC 768, RFC 1122 4.1).</summary>
internal sealed class UdpPorts(Func<uint> random)
{
    // RFC 6056 3.2: ephemeral ports from 1024 on, so that guessing one (RFC 5452 9.2) takes as long as it can.
    private const int FirstEphemeral = 1024, EphemeralCount = 65_536 - FirstEphemeral;
    private const int RandomTries = 10;

    private readonly Dictionary<ushort, IUdpReceiver> _owners = [];

    /// <summary>Gives a port to an owner; port 0 asks for a random free one (RFC 6056 3.3.1).</summary>
    /// <returns>False when the port, or every port, is taken.</returns>
    internal bool TryBind(IUdpReceiver owner, ref ushort port)
    {
        if (port != 0) return _owners.TryAdd(port, owner);
        if (_owners.Count >= EphemeralCount) return false;
        for (int i = 0; ; i++)
        {
            uint offset = i < RandomTries ? random() : (uint)(port - FirstEphemeral + 1); // then one after the other
            port = (ushort)(FirstEphemeral + offset % EphemeralCount);
            if (_owners.TryAdd(port, owner)) return true;
            if (i > RandomTries + EphemeralCount) return false; // only low ports were free
        }
    }

    /// <summary>Takes a port back.</summary>
    internal void Release(ushort port) => _owners.Remove(port);

    /// <summary>Hands a datagram to the owner of its destination port.</summary>
    /// <returns>False when nobody owns it: then the sender is told "port unreachable" (RFC 1122 4.1.3.1).</returns>
    internal bool TryDeliver(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload, Instant now)
    {
        if (!_owners.TryGetValue(local.Port, out IUdpReceiver? owner)) return false;
        owner.Arrived(local, remote, payload, now);
        return true;
    }

    /// <summary>Hands an ICMP error to the owner of the port that the datagram came from.</summary>
    internal void ReportError(ushort localPort, IpEndpoint remote, bool hard, string reason, Instant now)
    {
        if (_owners.TryGetValue(localPort, out IUdpReceiver? owner)) owner.Undeliverable(localPort, remote, hard, reason, now);
    }
}
