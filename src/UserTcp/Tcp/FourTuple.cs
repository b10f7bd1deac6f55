using UserTcp.Wire;

namespace UserTcp.Tcp;

/// <summary>What names a connection: its two endpoints, seen from our side (RFC 9293 3.3.1). They do not change (RFC 9293 3.9.1.1, MUST-45).</summary>
public readonly record struct FourTuple(IpEndpoint Local, IpEndpoint Remote)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Local} → {Remote}";
}
