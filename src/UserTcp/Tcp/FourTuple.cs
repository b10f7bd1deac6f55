using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>What names a connection: its two endpoints, seen from our side. They stay the same for its whole life (RFC 9293 3.9.1.1, MUST-45).</summary>
public readonly record struct FourTuple(IpEndpoint Local, IpEndpoint Remote)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Local} → {Remote}";
}
